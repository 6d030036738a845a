import type { Feed } from '../contracts/remote-adapter.ts'
import type { Filter } from '../model/filter.ts'
import { hash128 } from '../model/identity.ts'
import type { FeedEntry } from '../model/stored.ts'
import type { SyncPorts } from './ports.ts'

function feedOf(names: readonly string[], scopeOf: (collection: string) => Filter | undefined): Feed {
  const scoped = names.flatMap((name) => {
    const filter = scopeOf(name)
    return filter ? [[name, filter] as const] : []
  })
  const filters = Object.fromEntries(scoped)
  const text = names.join(',')
  // A changed scope is another feed with a cursor of its own, so a changed scope lists anew without further code.
  const id = `${text.length > 200 ? hash128(text) : text}@${hash128(JSON.stringify(filters)).slice(0, 16)}`
  return scoped.length > 0 ? { id, collections: names, filters } : { id, collections: names }
}

/** The feeds of this cycle: one for all collections where the remote can, else one for each. */
export function feedsOf({ remote, collections, scopeOf }: SyncPorts): readonly Feed[] {
  const names = [...collections].sort()
  if (remote.capabilities.feedSpan === 'collections') return [feedOf(names, scopeOf)]
  return names.map((name) => feedOf([name], scopeOf))
}

/** A feed that was never pulled. */
export const freshFeed: FeedEntry = { cursor: null, run: { kind: 'snapshot', first: true }, state: 'open' }

/** Where a feed's entry is kept. */
export const feedKey = (feed: Feed): string => `feed/${feed.id}`
