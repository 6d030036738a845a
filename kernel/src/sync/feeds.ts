import type { Taking } from '../conflict/context.ts'
import type { evictRow } from '../conflict/receive.ts'
import type { Feed, RemoteChange } from '../contracts/remote-adapter.ts'
import { defined, type Json } from '../env/json.ts'
import { hash128, type RecordKey } from '../model/identity.ts'
import { asJson, type BaseEntry, type FeedEntry } from '../model/stored.ts'
import type { Filters, Intake, SyncPorts, Work } from './ports.ts'

/** A feed as the kernel works with it, and what the values of `/feeds` bring along for it. */
export interface KnownFeed extends Feed {
  /** Of a feed that the server names: what its entry is kept under, another one when its collections or filters change. */
  readonly key?: string
  /** Takes a row out of this feed, where rows may be in several; absent: `evictRow`. */
  readonly leave?: typeof evictRow
  /** After a change came by this feed; `before`: what was here. */
  readonly took?: (taking: Taking, key: RecordKey, change: RemoteChange, before: BaseEntry | undefined) => void
  /** After a completed run: whether the rows here are others than the server's. */
  readonly differs?: (work: Work) => Promise<boolean>
}

/** By remote: the feeds of this cycle. An app that asks for nothing of it ships nothing of it. */
export const feedSource: WeakMap<object, (work: Work) => readonly KnownFeed[] | Promise<readonly KnownFeed[]>> =
  new WeakMap()

/** A feed of these collections, with those of the filters that are theirs. */
export function feedOf(names: readonly string[], all: Filters): Feed {
  const scoped = names.flatMap((name) => (all[name] ? [[name, all[name]] as const] : []))
  const filters = Object.fromEntries(scoped)
  const text = names.join(',')
  // A changed scope is another feed with a cursor of its own, so it is listed anew without further code.
  const id = `${text.length > 200 ? hash128(text) : text}@${hash128(JSON.stringify(filters)).slice(0, 16)}`
  return { id, collections: names, ...(scoped.length > 0 ? { filters } : {}) }
}

/** Where a feed's entry is kept. */
export const feedKey = ({ id, key = id }: KnownFeed): string => `feed/${key}`

/** Whether the feed is of the record's collection. */
export const isIn = ({ collections }: Feed, key: RecordKey): boolean =>
  collections.includes(key.slice(0, key.indexOf('/')))

/**
 * Where it is noted, in table `meta`, why everything was last to be listed anew: another value for each reason. A run that began
 * under another one must not go on, in whatever tab.
 */
export const historyKey = 'relisted'

/** Every feed there is an entry of, by key. */
export const storedFeeds = (meta: Iterable<readonly [string, unknown]>): readonly (readonly [string, FeedEntry])[] =>
  [...meta].flatMap(([key, entry]) => (key.startsWith('feed/') ? [[key, entry as FeedEntry] as const] : []))

/** An open feed's entry as it is stored: marks that are not known are left out. */
export function openEntry(
  cursor: string | null,
  run: FeedEntry['run'],
  { epoch, now, at }: { readonly [Mark in 'epoch' | 'now' | 'at']?: FeedEntry[Mark] | undefined },
): Json {
  return asJson(defined<FeedEntry>({ cursor, run, state: 'open', epoch, now, at }))
}

/** A feed's entry; that of a feed never pulled before where there is none. */
export const feedEntry = ({ ledger }: Pick<SyncPorts, 'ledger'>, feed: KnownFeed): FeedEntry =>
  (ledger.meta.get(feedKey(feed)) ?? openEntry(null, { kind: 'snapshot', first: true }, {})) as unknown as FeedEntry

/** The entry of a feed that has to be listed again, over rows that are here already and of the history known so far. */
export const relisting = ({ epoch }: { readonly epoch?: string | undefined } = {}): Json =>
  openEntry(null, { kind: 'snapshot', first: false }, { epoch })

/**
 * Forgets feeds that are no longer asked for: they are listed anew when they come back. Those that take their place find rows
 * here, of the history known so far: they begin as listings that are repeated, so that they sweep, and start again when cut off.
 */
export async function forgetOthers(
  { ledger, take }: Pick<Work, 'ledger' | 'take'>,
  feeds: readonly KnownFeed[],
  also: (taking: Intake) => void = () => {},
): Promise<void> {
  const { meta } = ledger
  const current = feeds.map(feedKey)
  const stale = storedFeeds(meta).filter(([key]) => !current.includes(key))
  if (stale.length === 0) return
  // Of several it is none of them: whichever is listed replaces what is here.
  const epoch = [...new Set(stale.flatMap(([, known]) => known.epoch ?? []))].join() || undefined
  await take((taking) => {
    for (const [key] of stale) taking.draft.meta.set(key, undefined)
    for (const key of current) if (!meta.has(key)) taking.draft.meta.set(key, relisting({ epoch }))
    also(taking)
  })
}

/**
 * The feeds of this cycle: one for all collections where the remote can, else one for each. A closed one would close a joint
 * feed for all, so as long as there is one, or the joint feed is closed, each goes on its own.
 */
export function feedsOf(work: Work): readonly KnownFeed[] {
  const { remote, collections: names, scope } = work
  const single = names.map((name) => feedOf([name], scope))
  const joint = feedOf(names, scope)
  const apart = remote.capabilities.feedSpan === 'collection' || [joint, ...single].some((feed) => isClosed(work, feed))
  return apart ? single : [joint]
}

/** Whether the user may not read the feed, or the server does not have it. */
export const isClosed = (ports: Pick<SyncPorts, 'ledger'>, feed: KnownFeed): boolean =>
  feedEntry(ports, feed).state === 'forbidden'
