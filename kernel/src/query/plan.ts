import type { JsonObject } from '../env/json.ts'
import { invalidInput } from '../errors/sync-error.ts'
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

function wholeNumber(name: string, value: unknown): number {
  if (Number.isInteger(value) && (value as number) >= 0) return value as number
  throw invalidInput(`${name} must be a whole number of 0 or more`)
}

/** Checks and normalises the app's query. @throws SyncError `SYNC_INPUT_INVALID` naming what is wrong */
export function planQuery(query: object): QueryPlan {
  // Loading relations is not for the plan to do, but `with` is no mistake either.
  const { where = {}, orderBy = {}, limit, offset = 0, with: _, ...rest } = { ...query } as Record<string, unknown>
  const [stranger] = Object.keys(rest)
  if (!isObject(query) || !isObject(orderBy)) throw invalidInput('a query, and its orderBy, must be objects')
  if (stranger !== undefined) throw invalidInput(`a query has no "${stranger}"`)
  const order = Object.entries(orderBy).map(([field, direction]) => {
    if (direction !== 'asc' && direction !== 'desc') throw invalidInput(`orderBy.${field} must be "asc" or "desc"`)
    return { field, descending: direction === 'desc' }
  })
  return {
    filter: normaliseWhere(where),
    order,
    offset: wholeNumber('offset', offset),
    limit: limit === undefined ? Number.POSITIVE_INFINITY : wholeNumber('limit', limit),
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
