import type { Json, JsonObject } from '@rowkeep/kernel'

const maxDepth = 100

/** True for a JSON object: no array, no null. `value` is what `JSON.parse` gave. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Why a parsed value may not be kept, or `undefined` if it may: deeper than the kernel keeps, or a number that is not finite. */
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

/** Bytes of the value's JSON in UTF-8. */
export const bytesOf = (value: Json): number => new TextEncoder().encode(JSON.stringify(value)).length

/** Whether a text in the value matches, names included. */
export function someText(value: Json, pattern: RegExp): boolean {
  if (typeof value === 'string') return pattern.test(value)
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) return value.some((part: Json) => someText(part, pattern))
  return Object.entries(value).some(([name, part]) => pattern.test(name) || someText(part, pattern))
}
