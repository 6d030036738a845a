import type { QueriedRow, QueryableRemote, RemoteAdapter, RemoteChange } from '../contracts/remote-adapter.ts'
import { SyncError } from '../errors/sync-error.ts'
import type { Filter } from '../model/filter.ts'
import type { Fields } from './fields.ts'

/** Fields a filter tests. */
function fieldsOf(filter: Filter = { all: [] }): readonly string[] {
  if ('field' in filter) return [filter.field]
  if ('not' in filter) return fieldsOf(filter.not)
  return ('all' in filter ? filter.all : filter.any).flatMap(fieldsOf)
}

/**
 * The queries of a remote with codecs, if it answers any: rows are read by `readable`. A field that the backend keeps as a
 * type of its own it does not compare as text, as the device does: a query that names one is refused.
 */
export function queriesWith(
  remote: RemoteAdapter & Partial<QueryableRemote>,
  typed: (collection: string) => Fields,
  readable: (change: RemoteChange) => RemoteChange,
): Partial<QueryableRemote> {
  const { query, count } = remote
  if (!query || !count) return {}
  const mustCompare = (collection: string, names: readonly string[]): void => {
    const fields = typed(collection)
    const name = names.find((one) => Object.hasOwn(fields, one))
    if (name === undefined) return
    const message = `the backend does not compare ${name} (${fields[name]}) as this device does`
    throw new SyncError('SYNC_UNSUPPORTED', { message })
  }
  return {
    async query(request, context) {
      const { collection, filter, order = [] } = request
      mustCompare(collection, [...fieldsOf(filter), ...order.map(({ field }) => field)])
      const page = await query.call(remote, request, context)
      return { ...page, rows: page.rows.map((row) => readable(row) as QueriedRow) }
    },
    async count(request, context) {
      mustCompare(request.collection, fieldsOf(request.filter))
      return count.call(remote, request, context)
    },
  }
}
