import type { Json, QueryRequest } from '@rowkeep/kernel'
import { aFilter } from './filter-shape.ts'
import { aFlag, aNumber, anObject, aText, field, listOf, type Shape, unfit } from './shape.ts'

/** A query as the storage takes it; without `limit`: a count. */
export type AnyQuery = Pick<QueryRequest, 'collection' | 'filter'> & { readonly rows?: QueryRequest }

const anOrderField: Shape<{ readonly field: string; readonly descending: boolean }> = (value, at) => {
  const raw = anObject(value, at)
  return {
    field: aText(field(raw, 'field'), `${at}.field`),
    descending: aFlag(field(raw, 'descending'), `${at}.descending`),
  }
}

const mostOrderFields = 32

/**
 * A query, or a count; `limit` is cut to `pageRows`.
 * @throws SyncError `SYNC_PROTOCOL` naming the field that is not right
 */
export function queryRequestOf(body: Json, pageRows: number): AnyQuery {
  const raw = anObject(body, 'the body')
  const optional = <T>(name: string, shape: Shape<T>): Readonly<Record<string, T>> => {
    const value = field(raw, name)
    return value === undefined ? {} : { [name]: shape(value, name) }
  }
  const asked = { collection: aText(field(raw, 'collection'), 'collection'), ...optional('filter', aFilter) }
  if (field(raw, 'count') !== undefined) {
    if (field(raw, 'count') !== true) throw unfit('count', 'true or absent')
    return asked
  }
  const limit = aNumber(field(raw, 'limit'), 'limit')
  if (!Number.isInteger(limit) || limit < 1) throw unfit('limit', 'a whole number of at least 1')
  const order = listOf(anOrderField)(field(raw, 'order') ?? [], 'order')
  if (order.length > mostOrderFields) throw unfit('order', `a list of at most ${mostOrderFields}`)
  const rows = { ...asked, order, limit: Math.min(limit, pageRows), ...optional('after', aText) }
  return { ...asked, rows }
}
