import type { Json, JsonObject } from '../env/json.ts'
import { compareValues, sameValue, valueAt } from '../model/compare.ts'
import type { Filter, FilterOperator } from '../model/filter.ts'

/** Whether a value passes, given the operand and the whole record. */
export type Test = (value: Json, wanted: Json, record: JsonObject) => boolean

/** Where a test of a field holds its own code: that of an operator which the app gave to the client by value. */
export const own: unique symbol = Symbol('own')

/** Ordered comparison holds only between two values of one scalar type; anything else, also null, is false. */
const ordered =
  (holds: (order: number) => boolean): Test =>
  (value, wanted) =>
    typeof value === typeof wanted && typeof value !== 'object' && holds(compareValues(value, wanted))

/** The operators that every client knows. */
export const tests: { readonly [operator in FilterOperator]?: Test } = {
  eq: sameValue,
  ne: (value, wanted) => !sameValue(value, wanted),
  gt: ordered((order) => order > 0),
  gte: ordered((order) => order >= 0),
  lt: ordered((order) => order < 0),
  lte: ordered((order) => order <= 0),
  in: (value, wanted) => (wanted as readonly Json[]).some((one) => sameValue(value, one)),
  startsWith: (value, wanted) => typeof value === 'string' && value.startsWith(wanted as string),
}

/**
 * Whether a record meets a filter that `normaliseWhere` made: it gave every test an operator of this list, or code of its
 * own.
 */
export function matches(filter: Filter & { readonly [own]?: Test }, record: JsonObject): boolean {
  if ('all' in filter) return filter.all.every((one) => matches(one, record))
  if ('any' in filter) return filter.any.some((one) => matches(one, record))
  if ('not' in filter) return !matches(filter.not, record)
  const holds = filter[own] ?? (tests[filter.is] as Test)
  return holds(valueAt(record, filter.field), filter.value ?? null, record)
}
