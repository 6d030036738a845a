import type { Json, JsonObject } from '@rowkeep/kernel'

/** Levels of nesting a value may have: the bound the kernel puts on every record. */
const maxDepth = 100

/** True for an object that is no list. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Why a parsed value may not be kept, or `undefined` if it may: nested too deep, or a number too large to be finite. */
export function flawOf(value: Json, room: number = maxDepth): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'a number is not finite'
  if (typeof value !== 'object' || value === null) return undefined
  if (room === 0) return `nested deeper than ${maxDepth} levels`
  for (const part of Object.values(value)) {
    const flaw = flawOf(part, room - 1)
    if (flaw !== undefined) return flaw
  }
  return undefined
}

/** Whether some text in the value, field names included, holds half of a surrogate pair: it has no form in UTF-8. */
export function hasHalfCharacter(value: Json): boolean {
  if (typeof value === 'string') return /\p{Surrogate}/u.test(value)
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(([field, part]) => hasHalfCharacter(field) || hasHalfCharacter(part))
}

const encoder = new TextEncoder()

/** Bytes of the value's JSON in UTF-8. */
export const byteLength = (value: Json): number => encoder.encode(JSON.stringify(value)).length
