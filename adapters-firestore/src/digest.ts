import type { Json, PushOperation } from '@rowkeep/kernel'

/** JSON with the fields of objects in order, so that equal values have one text. */
function canonical(value: Json | undefined): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null)
  if (Array.isArray(value)) return `[${value.map((part: Json) => canonical(part)).join()}]`
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([name, part]) => `${JSON.stringify(name)}:${canonical(part)}`).join()}}`
}

/** cyrb53 of bryc (public domain): 53 bits, quick on long text. Not for secrets; it only tells slips of an app apart. */
function hash(text: string, seed: number): string {
  let a = 0xdeadbeef ^ seed
  let b = 0x41c6ce57 ^ seed
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    a = Math.imul(a ^ code, 2654435761)
    b = Math.imul(b ^ code, 1597334677)
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909)
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909)
  return (4294967296 * (2097151 & b) + (a >>> 0)).toString(16).padStart(14, '0')
}

/** A digest of what one operation id stands for; what may differ between two sendings (`record`, `resend`) is no part of it. */
export function digestOf({ kind, collection, id, expected, change, condition }: PushOperation): string {
  const text = canonical([kind, collection, id, expected, change as Json, (condition ?? null) as Json])
  return hash(text, 1) + hash(text, 2)
}
