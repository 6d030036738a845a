const tagsOf = (header: string): readonly string[] => header.match(/(?:W\/)?"[^"]*"/g) ?? []
const isWeak = (tag: string): boolean => tag.startsWith('W/')
const opaque = (tag: string): string => tag.replace(/^W\//, '')

/** `If-Match` (RFC 9110, 13.1.1): strong comparison; `*` is any current representation. */
function ifMatchHolds(header: string, tag: string | undefined, exists: boolean): boolean {
  if (header.trim() === '*') return exists
  return exists && tag !== undefined && !isWeak(tag) && tagsOf(header).includes(tag)
}

/** `If-None-Match` (RFC 9110, 13.1.2): weak comparison. */
export function ifNoneMatchHolds(header: string, tag: string | undefined, exists: boolean): boolean {
  if (header.trim() === '*') return !exists
  return tag === undefined || !exists || !tagsOf(header).map(opaque).includes(opaque(tag))
}

/** The status that refuses a write; `undefined`: its preconditions hold. Evaluated in the order of RFC 9110, 13.2.2. */
export function refusedBy(request: Request, tag: string | undefined, exists: boolean): 412 | 428 | undefined {
  const match = request.headers.get('if-match')
  const noneMatch = request.headers.get('if-none-match')
  if (match === null && noneMatch === null) return 428
  if (match !== null && !ifMatchHolds(match, tag, exists)) return 412
  return noneMatch !== null && !ifNoneMatchHolds(noneMatch, tag, exists) ? 412 : undefined
}
