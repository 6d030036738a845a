import type { Host } from '../client/host.ts'
import type { CollectionShape } from '../client/options.ts'
import { keyOf } from '../client/write-one.ts'
import { invalidInput } from '../errors/sync-error.ts'
import { isObject } from '../model/value.ts'
import { type Entry, planQuery, type QueryPlan } from '../query/plan.ts'
import { behindPlace, placeOf } from './place.ts'

/** A page's query, checked. */
export interface PagePlan {
  /** As if there were no place. */
  readonly plan: QueryPlan
  /** `undefined`: the beginning. */
  readonly place: Entry | undefined
  /** Only what stands behind the place. */
  readonly behind: QueryPlan
}

/** Checks a page's query. @throws SyncError `SYNC_INPUT_INVALID` naming what is wrong */
export function planPage({ operators }: Host, shape: CollectionShape, query: object): PagePlan {
  if (!isObject(query)) throw invalidInput('query must be an object')
  const { after, ...rest } = query as { readonly after?: unknown }
  const plan = planQuery(rest, operators)
  if (plan.limit === 0) throw invalidInput('limit of a page must be at least 1')
  const place = placeOf(plan.order, after)
  return { plan, place, behind: behindPlace(plan, place, (record) => keyOf(shape, record)) }
}
