import type { Json } from '@rowkeep/kernel'

export { flawOf, isObject } from '@rowkeep/kernel/adapters'

/** Bytes of the value's JSON in UTF-8. */
export const bytesOf = (value: Json): number => new TextEncoder().encode(JSON.stringify(value)).length

/** Whether a text in the value matches, names included. */
export function someText(value: Json, pattern: RegExp): boolean {
  if (typeof value === 'string') return pattern.test(value)
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) return value.some((part: Json) => someText(part, pattern))
  return Object.entries(value).some(([name, part]) => pattern.test(name) || someText(part, pattern))
}
