import type { Collection } from '../client/collection.ts'
import { liveValue } from '../client/host.ts'
import type { CollectionShape } from '../client/options.ts'
import { type Parts, partsOf } from '../client/parts.ts'
import { decorationOf, shared } from '../client/reads.ts'
import { keyOf } from '../client/write-one.ts'
import type { JsonObject } from '../env/json.ts'
import { invalidInput } from '../errors/sync-error.ts'
import { LiveQuery } from '../live/live-query.ts'
import type { Source, Watch } from '../live/watch.ts'
import type { Query } from '../model/query.ts'
import type { CheckWith, Loaded, Row, WithOf } from '../model/schema.ts'
import { planQuery, windowOf } from '../query/plan.ts'
import { countOf } from './count.ts'
import { textOfPlace } from './place.ts'
import { type PagePlan, planPage } from './plan.ts'
import { seek } from './seek.ts'

/** A query for one page. Its `limit`, at least 1, is the size of the page; its `offset` counts from `after`. */
export interface PageQuery<T> extends Query<T> {
  /** The `after` of the page before. `null` or `undefined`: the first page. */
  readonly after?: string | null
}

/** Some rows of a query, and where to go on. */
export interface Page<T> {
  readonly rows: readonly T[]
  /** For the next page's query; opaque. `null`: there is nothing behind these rows. */
  readonly after: string | null
}

type Given = { readonly with?: object }

/** The page that begins a list of rows, which goes on behind the page by one row at least where there are more. */
function pageOf({ plan }: PagePlan, shape: CollectionShape, list: readonly JsonObject[]): Page<JsonObject> {
  const rows = list.length > plan.limit ? list.slice(0, plan.limit) : list
  const last = rows.at(-1)
  const after =
    last && list.length > plan.limit ? textOfPlace(plan.order, { id: keyOf(shape, last), record: last }) : null
  return Object.freeze({ rows: Object.freeze(rows), after })
}

function collectionParts(collection: object): Parts & { readonly shape: CollectionShape } {
  const { host, shape } = partsOf(collection)
  if (shape) return { host, shape }
  throw invalidInput('not a collection')
}

async function read(collection: object, query: Given): Promise<Page<JsonObject>> {
  const { host, shape } = collectionParts(collection)
  const asked = planPage(host, shape, query)
  const decoration = decorationOf(host, shape, query)
  await host.open()
  const { plan, behind, place } = asked
  const more = { ...plan, limit: plan.limit + 1 }
  const found = windowOf(seek(shape.table, plan, behind, place, more.offset + more.limit), more)
  const { rows, after } = pageOf(
    asked,
    shape,
    found.map(({ record }) => record),
  )
  return Object.freeze({ rows: decoration.apply(rows), after })
}

const samePage = (a: Page<JsonObject>, b: Page<JsonObject>): boolean =>
  a.after === b.after && a.rows.length === b.rows.length && a.rows.every((row, at) => row === b.rows[at])

/** A live page; the same object while nothing in it changed. */
function livePage(
  asked: PagePlan,
  shape: CollectionShape,
  live: LiveQuery,
): Pick<Source<Page<JsonObject>>, 'read' | 'follow'> {
  let list: readonly JsonObject[] | undefined
  let page: Page<JsonObject> | undefined
  return {
    follow: (changed) => live.follow(changed),
    read: () => {
      const now = live.read()
      if (page && now === list) return page
      list = now
      const fresh = pageOf(asked, shape, now)
      page = page && samePage(page, fresh) ? page : fresh
      return page
    },
  }
}

const watches = new WeakMap<CollectionShape, ReturnType<typeof shared>>()

/** The Watch by this name of a collection: one, for as long as anybody holds it. */
function sharedWatch<T>(shape: CollectionShape, name: unknown, make: () => Watch<T>): Watch<T> {
  const share = watches.get(shape) ?? shared()
  watches.set(shape, share)
  return share(JSON.stringify(name), make)
}

function watch(collection: object, query: Given): Watch<Page<JsonObject>> {
  const { host, shape } = collectionParts(collection)
  const asked = planPage(host, shape, query)
  const plan = { ...asked.behind, limit: asked.plan.limit + 1 }
  const decoration = decorationOf(host, shape, query)
  return sharedWatch(shape, ['page', plan, query.with], () =>
    liveValue(host, livePage(asked, shape, new LiveQuery(shape.table, plan, decoration))),
  )
}

/**
 * One page of a query. An index that stands in the query's order, also backwards, is read from `after` on and no further than
 * the page; without one, all that the query finds is put in order.
 *
 * @example
 * let after: string | null = null
 * do {
 *   const page = await readPage(tasks, { orderBy: { due: 'asc' }, limit: 50, after })
 *   after = page.after
 * } while (after !== null)
 * @throws SyncError `SYNC_INPUT_INVALID` naming what is wrong, as for an `after` of another order
 */
export const readPage: <C, D, const W extends WithOf<C, D> = Record<never, never>>(
  collection: Collection<C, D>,
  query: PageQuery<Row<D>> & { readonly with?: W & CheckWith<C, D, W> },
) => Promise<Page<Loaded<C, D, W>>> = read as never

/**
 * One page as a live value: rows that come and go move its end, and it always begins behind the same place. Equal queries share
 * one Watch.
 * @throws SyncError as {@link readPage}
 */
export const watchPage: <C, D, const W extends WithOf<C, D> = Record<never, never>>(
  collection: Collection<C, D>,
  query: PageQuery<Row<D>> & { readonly with?: W & CheckWith<C, D, W> },
) => Watch<Page<Loaded<C, D, W>>> = watch as never

/**
 * How many records a query finds, as a live value; its cost is that of the change. Equal queries share one Watch.
 * @throws SyncError `SYNC_INPUT_INVALID` naming what is wrong
 */
export function watchCount<C, D>(collection: Collection<C, D>, query: Query<Row<D>> = {}): Watch<number> {
  const { host, shape } = collectionParts(collection)
  const plan = planQuery(query, host.operators)
  return sharedWatch(shape, ['count', plan], () => liveValue(host, countOf(shape.table, plan)))
}
