import type { JsonObject } from '../env/json.ts'
import { invalidInput, refuseRest } from '../errors/sync-error.ts'
import { compareValues, valueAt } from '../model/compare.ts'
import type { Filter } from '../model/filter.ts'
import { isObject } from '../model/value.ts'
import { normaliseWhere, type ReadTest } from './normalise.ts'

/** One field of an order. */
export interface OrderField {
  /** A name or dot path. */
  readonly field: string
  readonly descending: boolean
  /** Where `null` and absent values stand, whatever the direction. */
  readonly nullsLast: boolean
}

/** A record with its id, as tables and live queries hold it. */
export interface Entry {
  readonly id: string
  readonly record: JsonObject
}

/** A query, checked and normalised. */
export interface QueryPlan {
  readonly filter: Filter
  readonly order: readonly OrderField[]
  readonly offset: number
  /** `Infinity` where the app gave none. */
  readonly limit: number
}

/** What an order by a field may be, by whether it descends and whether null and absent values come last. */
const directions = ['asc', 'asc nulls last', 'desc nulls first', 'desc']

/** Checks and normalises the app's query. @throws SyncError `SYNC_INPUT_INVALID` naming what is wrong */
export function planQuery(query: object, read?: ReadTest): QueryPlan {
  // Loading relations is not for the plan to do, but `with` is no mistake either.
  const { where = {}, orderBy = {}, limit, offset, with: _, ...rest } = { ...query } as Record<string, unknown>
  if (!isObject(query) || !isObject(orderBy)) throw invalidInput('query and orderBy must be an object')
  refuseRest('a query', rest)
  const order = Object.entries(orderBy).map(([field, given]) => {
    const at = directions.indexOf(given)
    if (at < 0) throw invalidInput(`orderBy.${field} must be one of ${directions}`)
    return { field, descending: at > 1, nullsLast: at % 2 > 0 }
  })
  if ([limit, offset].some((value) => value !== undefined && !(Number.isInteger(value) && (value as number) >= 0))) {
    throw invalidInput('limit and offset must be whole numbers >= 0')
  }
  return {
    filter: normaliseWhere(where, read),
    order,
    offset: (offset ?? 0) as number,
    limit: (limit ?? Number.POSITIVE_INFINITY) as number,
  }
}

/** Compares by the order's fields, then by id, so that no two records are equal. */
export function comparator(order: readonly OrderField[]): (a: Entry, b: Entry) => number {
  return (a, b) => {
    for (const { field, descending, nullsLast } of order) {
      const [x, y] = [valueAt(a.record, field), valueAt(b.record, field)]
      const by = compareValues(x, y)
      if (by) return (x === null || y === null ? nullsLast : descending) ? -by : by
    }
    return compareValues(a.id, b.id)
  }
}

/** The plan's window of all that it finds. */
export const windowOf = <T>(list: readonly T[], { offset, limit }: QueryPlan): readonly T[] =>
  list.slice(offset, offset + limit)
