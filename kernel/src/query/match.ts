import type { Json, JsonObject } from '../env/json.ts'
import { SyncError } from '../errors/sync-error.ts'
import { compareValues, fieldOf, sameValue } from '../model/compare.ts'
import type { FieldTest, Filter, FilterOperator } from '../model/filter.ts'

type Test = (value: Json, wanted: Json) => boolean

/** Ordered comparison holds only between two values of one scalar type; anything else, also null, is false. */
const ordered =
  (holds: (order: number) => boolean): Test =>
  (value, wanted) =>
    typeof value === typeof wanted && typeof value !== 'object' && holds(compareValues(value, wanted))

const tests: { readonly [operator in FilterOperator]?: Test } = {
  eq: sameValue,
  ne: (value, wanted) => !sameValue(value, wanted),
  gt: ordered((order) => order > 0),
  gte: ordered((order) => order >= 0),
  lt: ordered((order) => order < 0),
  lte: ordered((order) => order <= 0),
  in: (value, wanted) => (wanted as readonly Json[]).some((one) => sameValue(value, one)),
  startsWith: (value, wanted) => typeof value === 'string' && value.startsWith(wanted as string),
}

/** Operators the kernel's matcher knows. */
export const operators: readonly string[] = Object.keys(tests)

function testField(test: FieldTest, record: JsonObject): boolean {
  const holds = tests[test.is]
  if (!holds) throw new SyncError('SYNC_UNSUPPORTED', { message: `operator "${test.is}" is not known here` })
  return holds(fieldOf(record, test.field), test.value ?? null)
}

/**
 * Whether a record meets a filter: the norm for the meaning of every operator (see {@link Filter}).
 * @throws SyncError `SYNC_UNSUPPORTED` for an operator this version does not know
 */
export function matches(filter: Filter, record: JsonObject): boolean {
  if ('all' in filter) return filter.all.every((one) => matches(one, record))
  if ('any' in filter) return filter.any.some((one) => matches(one, record))
  if ('not' in filter) return !matches(filter.not, record)
  return testField(filter, record)
}
