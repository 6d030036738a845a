import type { Feed } from '../contracts/remote-adapter.ts'
import { defined, type Json } from '../env/json.ts'
import { hash128 } from '../model/identity.ts'
import { asJson, type FeedEntry } from '../model/stored.ts'
import type { Filters, SyncPorts, Work } from './ports.ts'

function feedOf(names: readonly string[], all: Filters): Feed {
  const scoped = names.flatMap((name) => (all[name] ? [[name, all[name]] as const] : []))
  const filters = Object.fromEntries(scoped)
  const text = names.join(',')
  // A changed scope is another feed with a cursor of its own, so it is listed anew without further code.
  const id = `${text.length > 200 ? hash128(text) : text}@${hash128(JSON.stringify(filters)).slice(0, 16)}`
  return { id, collections: names, ...(scoped.length > 0 ? { filters } : {}) }
}

/** Where a feed's entry is kept. */
export const feedKey = (feed: Feed): string => `feed/${feed.id}`

/**
 * Where it is noted, in table `meta`, why everything was last to be listed anew: another value for each reason. A run that began
 * under another one must not go on, in whatever tab.
 */
export const historyKey = 'relisted'

/** Every feed there is an entry of, by key. */
export const storedFeeds = (meta: Iterable<readonly [string, unknown]>): readonly (readonly [string, FeedEntry])[] =>
  [...meta].flatMap(([key, entry]) => (key.startsWith('feed/') ? [[key, entry as FeedEntry] as const] : []))

/** A feed's entry; that of a feed never pulled before where there is none. */
export const feedEntry = ({ ledger }: Pick<SyncPorts, 'ledger'>, feed: Feed): FeedEntry =>
  (ledger.meta.get(feedKey(feed)) as unknown as FeedEntry | undefined) ?? {
    cursor: null,
    run: { kind: 'snapshot', first: true },
    state: 'open',
  }

/** An open feed's entry as it is stored: marks that are not known are left out. */
export function openEntry(
  cursor: string | null,
  run: FeedEntry['run'],
  { epoch, now, at }: { readonly [Mark in 'epoch' | 'now' | 'at']?: FeedEntry[Mark] | undefined },
): Json {
  return asJson(defined<FeedEntry>({ cursor, run, state: 'open', epoch, now, at }))
}

/** The entry of a feed that has to be listed again, over rows that are here already and of the history known so far. */
export const relisting = (known: Pick<FeedEntry, 'epoch'> = {}): Json =>
  openEntry(null, { kind: 'snapshot', first: false }, { epoch: known.epoch })

/**
 * Forgets feeds that are no longer asked for: they are listed anew when they come back. Those that take their place find rows
 * here, of the history known so far: they begin as listings that are repeated, so that they sweep, and start again when cut off.
 */
export async function forgetOthers(
  { ledger, take }: Pick<Work, 'ledger' | 'take'>,
  feeds: readonly Feed[],
): Promise<void> {
  const { meta } = ledger
  const current = feeds.map(feedKey)
  const stale = storedFeeds(meta).filter(([key]) => !current.includes(key))
  if (stale.length === 0) return
  const known = stale.find(([, { epoch }]) => epoch !== undefined)
  await take(({ draft }) => {
    for (const [key] of stale) draft.meta.set(key, undefined)
    for (const key of current) if (!meta.has(key)) draft.meta.set(key, relisting(known?.[1]))
  })
}

/**
 * The feeds of this cycle: one for all collections where the remote can, else one for each. A closed one would close a joint
 * feed for all, so as long as there is one, or the joint feed is closed, each goes on its own.
 */
export function feedsOf(ports: SyncPorts, filters: Filters): readonly Feed[] {
  const { remote, collections: names } = ports
  const single = names.map((name) => feedOf([name], filters))
  const joint = feedOf(names, filters)
  const apart =
    remote.capabilities.feedSpan === 'collection' || [joint, ...single].some((feed) => isClosed(ports, feed))
  return apart ? single : [joint]
}

/** Whether the user may not read the feed, or the server does not have it. */
export const isClosed = (ports: Pick<SyncPorts, 'ledger'>, feed: Feed): boolean =>
  feedEntry(ports, feed).state === 'forbidden'
