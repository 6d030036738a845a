import { isObject } from '../json.ts'
import { packed, unpacked } from './bytes.ts'
import { meets, type Tests } from './filters.ts'
import { type Item, type ItemStore, scanKey } from './items.ts'
import { ResolverError } from './refusals.ts'

/** Arguments of `syncX` and `listX`. */
export interface PageArguments {
  readonly filter?: Tests | null
  readonly limit?: number | null
  readonly nextToken?: string | null
  readonly lastSync?: number | null
}

/** A page of items. */
export interface ItemPage {
  readonly items: readonly Item[]
  readonly nextToken: string | null
  readonly startedAt: number
}

/** Where a run stands: what it reads, since when, when it began, and the last thing it has seen. */
interface Run {
  readonly table: string
  readonly since: number | null
  readonly startedAt: number
  readonly after: string | number | null
}

const badToken = (): ResolverError => new ResolverError('BadRequestException', 'Invalid pagination token given.')

function runOf(store: ItemStore, table: string, deltaTableTtlMs: number, { nextToken, lastSync }: PageArguments): Run {
  const now = store.now()
  if (nextToken === undefined || nextToken === null) {
    // A time before the delta table's reach is answered by a scan of the base table, and nobody is told.
    const reaches = typeof lastSync === 'number' && lastSync >= now - deltaTableTtlMs
    return { table, since: reaches ? lastSync : null, startedAt: now, after: null }
  }
  const run = unpacked(nextToken)
  if (!isObject(run) || run['table'] !== table) throw badToken()
  return run as unknown as Run
}

/** What a run has still to read, each with its place. */
function restOf(store: ItemStore, { table, since, after }: Run): readonly (readonly [string | number, Item])[] {
  if (since !== null) {
    const from = typeof after === 'number' ? after + 1 : 0
    return store
      .changes(table, since)
      .map((item, at) => [at, item] as const)
      .slice(from)
  }
  const places = store.scan(table).map((item) => [scanKey(item.id), item] as const)
  return typeof after === 'string' ? places.filter(([place]) => place > after) : places
}

/**
 * `Sync` of a versioned data source. `limit` (100, at most 1000) counts what is looked at; owner and filter are tested
 * afterwards, so pages may be short or empty while there is more. Whoever has looked at as many as allowed gets a token,
 * also where nothing follows.
 */
export function readPage(
  store: ItemStore,
  table: string,
  user: string,
  deltaTableTtlMs: number,
  page: PageArguments,
): ItemPage {
  const limit = page.limit ?? 100
  if (limit < 1 || limit > 1000) throw new ResolverError('BadRequestException', 'limit must be between 1 and 1000')
  const run = runOf(store, table, deltaTableTtlMs, page)
  const looked = restOf(store, run).slice(0, limit)
  const last = looked.at(-1)
  const items = looked.flatMap(([, item]) =>
    item.owner === user && meets(page.filter, attributesOf(item)) ? [item] : [],
  )
  const nextToken = last && looked.length === limit ? packed({ ...run, after: last[0] }) : null
  return { items, nextToken, startedAt: run.startedAt }
}

/** What filters and conditions see of an item. */
export const attributesOf = ({ id, owner, attributes }: Item): Item['attributes'] => ({ ...attributes, id, owner })
