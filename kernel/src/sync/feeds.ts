import type { Feed } from '../contracts/remote-adapter.ts'
import { hash128 } from '../model/identity.ts'
import type { FeedEntry } from '../model/stored.ts'
import type { SyncPorts } from './ports.ts'

function feedOf(names: readonly string[], scopeOf: SyncPorts['scopeOf']): Feed {
  const scoped = names.flatMap((name) => {
    const filter = scopeOf(name)
    return filter ? [[name, filter] as const] : []
  })
  const filters = Object.fromEntries(scoped)
  const text = names.join(',')
  // A changed scope is another feed with a cursor of its own, so it is listed anew without further code.
  const id = `${text.length > 200 ? hash128(text) : text}@${hash128(JSON.stringify(filters)).slice(0, 16)}`
  return { id, collections: names, ...(scoped.length > 0 ? { filters } : {}) }
}

/** The feeds of this cycle: one for all collections where the remote can, else one for each. */
export function feedsOf({ remote, collections, scopeOf }: SyncPorts): readonly Feed[] {
  const names = [...collections].sort()
  const joint = remote.capabilities.feedSpan === 'collections'
  return (joint ? [names] : names.map((name) => [name])).map((group) => feedOf(group, scopeOf))
}

/** Where a feed's entry is kept. */
export const feedKey = (feed: Feed): string => `feed/${feed.id}`

/** A feed's entry; that of a feed never pulled before where there is none. */
export const feedEntry = ({ ledger }: Pick<SyncPorts, 'ledger'>, feed: Feed): FeedEntry =>
  (ledger.meta.get(feedKey(feed)) as unknown as FeedEntry | undefined) ?? {
    cursor: null,
    run: { kind: 'snapshot', first: true },
    state: 'open',
  }
