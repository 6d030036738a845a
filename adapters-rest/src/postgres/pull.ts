import type { Feed, Filter, Json, PullPage, PullRequest, RemoteChange } from '@rowkeep/kernel'
import { cursorOf, isStorable, type Position, positionOf } from './cursor.ts'

const known: ReadonlySet<string> = new Set(['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'in', 'startsWith'])

const storable = (value: Json | undefined): boolean => {
  if (typeof value === 'string') return isStorable(value)
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every(([field, part]) => isStorable(field) && storable(part))
}

/** Whether SQL gives a filter the kernel's meaning. Sending too much is allowed, sending too little is not. */
export function isExact(filter: Filter): boolean {
  if ('all' in filter) return filter.all.every(isExact)
  if ('any' in filter) return filter.any.every(isExact)
  if ('not' in filter) return isExact(filter.not)
  return known.has(filter.is) && !filter.ignoreCase && isStorable(filter.field) && storable(filter.value)
}

const filtersOf = ({ collections, filters = {} }: Feed): Readonly<Record<string, Filter>> =>
  Object.fromEntries(
    collections.flatMap((name) => {
      const filter = Object.hasOwn(filters, name) ? filters[name] : undefined
      return filter !== undefined && isExact(filter) ? [[name, filter]] : []
    }),
  )

/** A pull as the SQL function takes it. */
interface Ask {
  readonly collections: readonly string[]
  readonly filters: Readonly<Record<string, Filter>>
  readonly at: Position | null
  readonly limit: number
}

/** The ask of a pull; a cursor that this storage did not make points nowhere, and is answered `expired`. */
export const askOf = ({ feed, cursor, limit }: PullRequest): Ask => ({
  collections: feed.collections,
  filters: filtersOf(feed),
  at: cursor === null ? null : positionOf(cursor),
  limit,
})

/**
 * The ask for what the versions of a feed's rows add up to; `undefined`: SQL would not give one of the filters the kernel's
 * meaning, so that other rows would be counted than a device has.
 */
export const digestAskOf = (feed: Feed): (Omit<Ask, 'at'> & { readonly digest: true }) | undefined =>
  feed.collections.every((name) => !feed.filters?.[name] || isExact(feed.filters[name]))
    ? { collections: feed.collections, filters: filtersOf(feed), digest: true, limit: 1 }
    : undefined

interface Head {
  readonly epoch: string
  readonly now: number
  readonly safe: string
  readonly from: string
}

/** What the SQL function answers. */
export type PullAnswer =
  | (Head & { readonly kind: 'expired' })
  | (Head & {
      readonly kind: 'page'
      readonly changes: readonly RemoteChange[]
      readonly more: boolean
      readonly last: Pick<Position, 'xid' | 'collection' | 'id'> | null
    })

/** The page for the wire. The cursor that ends a run is the safe point: what commits later is all above it. */
export function pageOf(answer: PullAnswer, at: Position | null): PullPage {
  const { epoch, now, safe, from } = answer
  if (answer.kind === 'expired') return { kind: 'expired', epoch, now }
  const mode = at?.mode ?? 'listing'
  const end: Position = { mode: 'delta', epoch, from: safe, xid: safe, collection: '', id: '' }
  const next: Position = answer.more && answer.last ? { mode, epoch, from, ...answer.last } : end
  const kind = mode === 'listing' ? 'snapshot' : 'delta'
  return { kind, changes: answer.changes, cursor: cursorOf(next), more: answer.more, epoch, now }
}
