import type { Json } from '../env/json.ts'
import { fieldOf } from '../model/compare.ts'
import type { FieldTest, Filter } from '../model/filter.ts'
import { canonicalOf, type FieldCodec, type Fields } from './fields.ts'

/** Turns the text of a value into the backend's own form of it. */
export type Encode = (codec: FieldCodec, text: string) => Json

function testIn(test: FieldTest, fields: Fields, encode: Encode): Filter {
  const { field, is, value = null } = test
  const codec = fieldOf(fields as never, field) as FieldCodec | null
  if (!codec || !['eq', 'ne', 'in'].includes(is)) return test
  // No row has another text for a value than the one.
  const can = (one: Json): boolean => one === null || canonicalOf(codec, one) === one
  const encoded = (one: Json): Json => (one === null ? one : encode(codec, String(one)))
  if (Array.isArray(value)) return { ...test, value: value.filter(can).map(encoded) }
  if (can(value)) return { ...test, value: encoded(value) }
  return is === 'eq' ? { any: [] } : { all: [] }
}

/**
 * A filter over records as one over the values of a backend that has types for them: `eq`, `ne` and `in` mean the same there,
 * because each value has one text. Other tests stay: text has another order than numbers, so they must not be left to it.
 */
export function encodedFilter(filter: Filter, fields: Fields, encode: Encode): Filter {
  if ('field' in filter) return testIn(filter, fields, encode)
  const inner = (one: Filter): Filter => encodedFilter(one, fields, encode)
  if ('not' in filter) return { not: inner(filter.not) }
  return 'all' in filter ? { all: filter.all.map(inner) } : { any: filter.any.map(inner) }
}
