import type { Json, JsonObject } from '../env/json.ts'
import { isObject } from './value.ts'

const types = ['boolean', 'number', 'string', 'object']
const rank = (value: Json): number => (value === null ? -1 : types.indexOf(typeof value))

/**
 * The one total order of values: null, false, true, numbers, text by UTF-16 code unit, then arrays and objects by their
 * JSON text. Negative: `a` comes first.
 */
export function compareValues(a: Json, b: Json): number {
  if (a === b) return 0
  const byType = rank(a) - rank(b)
  if (byType) return byType
  if (typeof a === 'object') return compareValues(JSON.stringify(a), JSON.stringify(b))
  return (a as string) < (b as string) ? -1 : 1
}

/** The field's value; `null` where the record does not have it as its own. */
export const fieldOf = (record: JsonObject, field: string): Json =>
  Object.hasOwn(record, field) ? (record[field] as Json) : null

/**
 * The value a dot path leads to; `null` where it leads nowhere. A field whose whole name is the path goes before what the path
 * would find inside another field. Paths lead into objects, not into lists.
 */
export function valueAt(value: Json, path: string): Json {
  if (!isObject(value)) return null
  if (Object.hasOwn(value, path)) return (value as JsonObject)[path] as Json
  const dot = path.indexOf('.')
  return dot < 0 ? null : valueAt(fieldOf(value as JsonObject, path.slice(0, dot)), path.slice(dot + 1))
}

/** Deep equality of two JSON values; the order of an object's fields does not matter. */
export function sameValue(a: Json | undefined, b: Json | undefined): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || !a || !b || Array.isArray(a) !== Array.isArray(b))
    return a === b
  const [x, y] = [a as JsonObject, b as JsonObject]
  const fields = Object.keys(x)
  return (
    fields.length === Object.keys(y).length &&
    fields.every((field) => Object.hasOwn(y, field) && sameValue(x[field], y[field]))
  )
}
