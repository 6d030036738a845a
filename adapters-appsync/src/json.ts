import type { Json } from '@rowkeep/kernel'

export { flawOf, isObject } from '@rowkeep/kernel/adapters'

/** Whether some text in the value, field names included, holds half of a surrogate pair: it has no form in UTF-8. */
export function hasHalfCharacter(value: Json): boolean {
  if (typeof value === 'string') return /\p{Surrogate}/u.test(value)
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(([field, part]) => hasHalfCharacter(field) || hasHalfCharacter(part))
}

const encoder = new TextEncoder()

/** Bytes of the value's JSON in UTF-8. */
export const byteLength = (value: Json): number => encoder.encode(JSON.stringify(value)).length
