/** Bytes a document id or a field name may have in Firestore (UTF-8). */
export const nameBytes = 1500

const encoder = new TextEncoder()

/** Bytes of a text in UTF-8. */
export const bytesOf = (text: string): number => encoder.encode(text).length

/** Whether the text holds half of a surrogate pair, which UTF-8 has no bytes for. */
export const isTorn = (text: string): boolean => /\p{Surrogate}/u.test(text)

const percent = (char: string): string =>
  Array.from(encoder.encode(char), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')

/**
 * A record's id as a document id. Most stay as they are; what Firestore forbids (`/`, `.`, `..`, `__x__`, nothing) and control
 * characters are percent-encoded, and so is `%` itself. The text must be well-formed.
 */
export function documentIdOf(id: string): string {
  if (id === '') return '%'
  const plain = id.replace(/[%/\p{Cc}]/gu, percent)
  return /^(\.\.?|__.*__)$/su.test(plain) ? percent(plain[0] ?? '') + plain.slice(1) : plain
}

/** The record's id behind a document id; `undefined`: {@link documentIdOf} never gives this one. */
export function recordIdOf(documentId: string): string | undefined {
  if (documentId === '%') return ''
  try {
    // Not decodeURIComponent on the whole: it would leave the question of what else was escaped to somebody else.
    const id = documentId.replace(/(%[0-9A-F]{2})+/g, (run) => decodeURIComponent(run))
    return documentIdOf(id) === documentId ? id : undefined
  } catch {
    return undefined
  }
}

/** Fields beside the record's own, in the same document. */
export const own: { readonly revision: string; readonly changedAt: string; readonly deleted: string } = Object.freeze({
  revision: '_rev',
  changedAt: '_changedAt',
  deleted: '_deleted',
})

/** Maps that stand for what Firestore has no value for: a list inside a list, and what is nested too deep. */
export const wrappers: { readonly list: string; readonly json: string } = Object.freeze({
  list: '$list',
  json: '$json',
})

/** Names that are not free for a record's fields: those above, and what Firestore reserves. */
function isTaken(name: string): boolean {
  if (name === '' || /^__.*__$/su.test(name)) return true
  if (name === own.revision || name === own.changedAt || name === own.deleted) return true
  if (name === wrappers.list || name === wrappers.json) return true
  return name.startsWith('$') && isTaken(name.slice(1))
}

/** A record's field name as a document has it: a `$` goes before names that are not free. */
export const fieldNameOf = (name: string): string => (isTaken(name) ? `$${name}` : name)

/** The record's field behind the name in a document. */
export const recordFieldOf = (name: string): string =>
  name.startsWith('$') && isTaken(name.slice(1)) ? name.slice(1) : name
