import type { Json } from '@rowkeep/kernel'

export { flawOf, isObject, maxDepth } from '@rowkeep/kernel/adapters'

/** The same value with every text in it, field names too, put through `change`. `__proto__` stays a field like any other. */
export function mapText(value: Json, change: (text: string) => string): Json {
  if (typeof value === 'string') return change(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((part: Json) => mapText(part, change))
  return Object.fromEntries(Object.entries(value).map(([field, part]) => [change(field), mapText(part, change)]))
}
