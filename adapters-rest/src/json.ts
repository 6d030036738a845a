import type { Json, JsonObject } from '@rowkeep/kernel'

/** Levels of nesting a value may have: the bound the kernel puts on every record. */
export const maxDepth = 100

/** True for a JSON object: no array, no null. `value` is what `JSON.parse` gave. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Why a parsed value may not be kept, or `undefined` if it may: deeper than {@link maxDepth} levels, or a number too large
 * to be finite (`1e999` is JSON, and parses to Infinity).
 */
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

/** The same value with every text in it, field names too, put through `change`. `__proto__` stays a field like any other. */
export function mapText(value: Json, change: (text: string) => string): Json {
  if (typeof value === 'string') return change(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((part: Json) => mapText(part, change))
  return Object.fromEntries(Object.entries(value).map(([field, part]) => [change(field), mapText(part, change)]))
}
