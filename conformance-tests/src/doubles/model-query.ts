import {
  compareValues,
  type Filter,
  fieldOf,
  type Json,
  type JsonObject,
  type QueriedRow,
  type QueryPage,
  type QueryRequest,
} from '@rowkeep/kernel'
import { matches } from '@rowkeep/kernel/adapters'
import { type Account, isLive, keyOf, type ModelRow, remoteRow } from './account.ts'
import type { Profile } from './profile.ts'

/** A query, or without `limit` a count. */
export type ModelQuery = Pick<QueryRequest, 'collection' | 'filter'> & Partial<QueryRequest>

type Live = ModelRow & { readonly record: JsonObject }

/** Logic of three values, cut down to two where it is too late: what SQL makes of a comparison with null. */
const withoutNulls = (filter: Filter, record: JsonObject): boolean =>
  'field' in filter && filter.is === 'ne' && fieldOf(record, filter.field) === null ? false : matches(filter, record)

const bytes = (value: Json): Json =>
  typeof value === 'string'
    ? [...new TextEncoder().encode(value)].map((one) => String.fromCharCode(one)).join('')
    : value

function compared(a: Json, b: Json, { defect }: Profile): number {
  if (defect === 'order-by-bytes') return compareValues(bytes(a), bytes(b))
  if (defect === 'nulls-last' && (a === null) !== (b === null)) return a === null ? 1 : -1
  return compareValues(a, b)
}

function found(account: Account, { collection, filter }: ModelQuery, { defect }: Profile): readonly Live[] {
  const holds = defect === 'null-unequal' ? withoutNulls : matches
  const rows = [...account.rows.values()].filter((row) => row.collection === collection)
  const live = rows.filter((row): row is Live => (defect === 'deleted-row-found' ? !row.evicted : isLive(row)))
  return live
    .map((row) => ({ ...row, record: row.record ?? { id: row.id } }))
    .filter(({ record }) => !filter || holds(filter, record))
}

function page(account: Account, request: ModelQuery, profile: Profile): QueryPage {
  const { order = [], after, limit = 1 } = request
  const { defect } = profile
  const rows = [...found(account, request, profile)].sort((a, b) => {
    for (const { field, descending } of order) {
      const by = compared(fieldOf(a.record, field), fieldOf(b.record, field), profile)
      if (by !== 0) return descending ? -by : by
    }
    return a.id < b.id ? -1 : 1
  })
  const start = after === undefined ? 0 : Number(after)
  const end = start + (defect === 'limit-ignored' ? limit + 1 : limit)
  const again = defect === 'row-on-two-pages' && limit > 1 && end < rows.length ? 1 : 0
  const whole = rows.slice(start, end).map((row) => remoteRow(row, profile) as QueriedRow)
  const cut = whole.map((row) => {
    return row.kind === 'record' ? { ...row, record: { id: row.id, title: row.record['title'] ?? null } } : row
  })
  return { rows: defect === 'query-cuts-rows' ? cut : whole, after: end < rows.length ? String(end - again) : null }
}

/** Answers a query, or a count, over what one user has. */
export function modelQuery(
  account: Account,
  request: ModelQuery,
  profile: Profile,
): QueryPage | { readonly count: number } {
  const { collection, limit } = request
  const [first] = found(account, request, profile)
  if (profile.defect === 'query-writes' && first && limit !== undefined) {
    account.rows.set(keyOf(collection, first.id), { ...first, record: { ...first.record, seen: true } })
  }
  if (limit !== undefined) return page(account, request, profile)
  const { length } = found(account, request, profile)
  return { count: profile.defect === 'count-of-page' ? Math.min(length, 2) : length }
}
