import type { JsonObject } from '../env/json.ts'
import { invalidInput, refuseRest } from '../errors/sync-error.ts'
import { compareValues, fieldOf } from '../model/compare.ts'
import type { Filter } from '../model/filter.ts'
import { isObject } from '../model/value.ts'
import { normaliseWhere } from './normalise.ts'

/** One field of an order. */
export interface OrderField {
  readonly field: string
  readonly descending: boolean
}

/** A query, checked and normalised. */
export interface QueryPlan {
  readonly filter: Filter
  readonly order: readonly OrderField[]
  readonly offset: number
  /** `Infinity` where the app gave none. */
  readonly limit: number
}

function wholeNumber(name: string, value: unknown, absent: number): number {
  if (value === undefined) return absent
  if (Number.isInteger(value) && (value as number) >= 0) return value as number
  throw invalidInput(`${name} must be a whole number >= 0`)
}

/** Checks and normalises the app's query. @throws SyncError `SYNC_INPUT_INVALID` naming what is wrong */
export function planQuery(query: object): QueryPlan {
  // Loading relations is not for the plan to do, but `with` is no mistake either.
  const { where = {}, orderBy = {}, limit, offset, with: _, ...rest } = { ...query } as Record<string, unknown>
  if (!isObject(query) || !isObject(orderBy)) throw invalidInput('query and orderBy must be an object')
  refuseRest('a query', rest)
  const order = Object.entries(orderBy).map(([field, direction]) => {
    if (direction !== 'asc' && direction !== 'desc') throw invalidInput(`orderBy.${field} must be "asc" or "desc"`)
    return { field, descending: direction === 'desc' }
  })
  return {
    filter: normaliseWhere(where),
    order,
    offset: wholeNumber('offset', offset, 0),
    limit: wholeNumber('limit', limit, Number.POSITIVE_INFINITY),
  }
}

/** A record with its id, as tables and live queries hold it. */
export interface Entry {
  readonly id: string
  readonly record: JsonObject
}

/** Compares by the order's fields, then by id, so that no two records are equal. */
export function comparator(order: readonly OrderField[]): (a: Entry, b: Entry) => number {
  return (a, b) => {
    for (const { field, descending } of order) {
      const by = compareValues(fieldOf(a.record, field), fieldOf(b.record, field))
      if (by !== 0) return descending ? -by : by
    }
    return a.id < b.id ? -1 : Number(a.id > b.id)
  }
}
