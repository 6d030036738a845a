import type { JsonObject } from '../env/json.ts'
import { SyncError } from '../errors/sync-error.ts'
import { compareValues, fieldOf } from '../model/compare.ts'
import type { Filter } from '../model/filter.ts'
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

const invalid = (message: string): SyncError => new SyncError('SYNC_INPUT_INVALID', { message })

function wholeNumber(name: string, value: unknown, absent: number): number {
  if (value === undefined) return absent
  if (!Number.isSafeInteger(value) || (value as number) < 0)
    throw invalid(`${name} must be a whole number of 0 or more`)
  return value as number
}

function orderOf(orderBy: unknown): readonly OrderField[] {
  if (orderBy === undefined) return []
  if (typeof orderBy !== 'object' || orderBy === null)
    throw invalid('orderBy must be an object, for example { title: "asc" }')
  return Object.entries(orderBy).map(([field, direction]) => {
    if (direction !== 'asc' && direction !== 'desc') throw invalid(`orderBy.${field} must be "asc" or "desc"`)
    return { field, descending: direction === 'desc' }
  })
}

const known = ['where', 'orderBy', 'limit', 'offset', 'with']

/** Checks and normalises the app's query. @throws SyncError `SYNC_INPUT_INVALID` naming what is wrong */
export function planQuery(query: unknown): QueryPlan {
  if (typeof query !== 'object' || query === null) throw invalid('a query must be an object')
  const stranger = Object.keys(query).find((name) => !known.includes(name))
  if (stranger !== undefined) throw invalid(`a query has no "${stranger}"; known: ${known.join(' ')}`)
  const { where = {}, orderBy, limit, offset } = query as Record<string, unknown>
  return {
    filter: normaliseWhere(where),
    order: orderOf(orderBy),
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
