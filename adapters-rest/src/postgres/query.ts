import { type Filter, type QueryRequest, SyncError } from '@rowkeep/kernel'
import { isStorable, listIn } from './cursor.ts'
import { isExact } from './pull.ts'

/** A query as the SQL function takes it. */
export interface QueryAsk {
  readonly collection: string
  readonly filter?: Filter
  readonly order?: QueryRequest['order']
  readonly limit?: number
  /** The place an answer before ended at, as the function wrote it. */
  readonly at?: string
  readonly count?: true
}

function mustBePlace(after: string, order: readonly unknown[]): void {
  const place = listIn(after)
  const id = place.length === order.length + 1 ? place.at(-1) : undefined
  if (typeof id === 'string' && isStorable(after) && !after.includes('\\u0000')) return
  throw new SyncError('SYNC_PROTOCOL', { message: 'after is no place in an answer to this query' })
}

/**
 * The ask of a query or a count. @throws SyncError `SYNC_UNSUPPORTED` for a filter or an order that SQL does not answer as the
 * kernel; `SYNC_PROTOCOL` for an `after` that this storage did not make
 */
export function queryAskOf(request: Pick<QueryRequest, 'collection' | 'filter'> & Partial<QueryRequest>): QueryAsk {
  const { collection, filter, order = [], limit, after } = request
  if ((filter && !isExact(filter)) || !order.every(({ field }) => isStorable(field))) {
    throw new SyncError('SYNC_UNSUPPORTED', { message: 'the database does not answer this query as a device does' })
  }
  if (after !== undefined) mustBePlace(after, order)
  const rest = limit === undefined ? ({ count: true } as const) : { order, limit }
  return { collection, ...(filter ? { filter } : {}), ...rest, ...(after === undefined ? {} : { at: after }) }
}
