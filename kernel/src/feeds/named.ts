import type { Taking } from '../conflict/context.ts'
import { evictRow } from '../conflict/receive.ts'
import type { Feed, RemoteAdapter, ScopedRemote } from '../contracts/remote-adapter.ts'
import { asSyncError, invalidConfig, SyncError } from '../errors/sync-error.ts'
import { headOf } from '../journal/view.ts'
import { sameValue } from '../model/compare.ts'
import { hash128, type RecordKey } from '../model/identity.ts'
import type { BaseEntry } from '../model/stored.ts'
import { matches } from '../query/match.ts'
import { feedEntry, feedKey, feedOf, forgetOthers, isIn, type KnownFeed, relisting } from '../sync/feeds.ts'
import type { Intake, Work } from '../sync/ports.ts'
import { bring } from './bring.ts'

/** Takes a row out of one feed; it leaves when that was its last. */
function leaveFeed(taking: Pick<Taking, 'draft'>, id: string, key: RecordKey, lost?: boolean): void {
  const base = taking.draft.base.get(key)
  const feeds = base?.feeds?.filter((one) => one !== id)
  if (!base || !feeds?.length) evictRow(taking, key, lost)
  else if (feeds.length !== base.feeds?.length) taking.draft.base.set(key, { ...base, feeds })
}

/** Notes, after a row came, that it is in the feed, beside those it was in before. */
function joinFeed({ draft }: Taking, id: string, key: RecordKey, before: BaseEntry | undefined): void {
  const base = draft.base.get(key)
  if (!base) return
  const known = base.feeds ?? before?.feeds ?? []
  const feeds = known.includes(id) ? known : [...known, id]
  const isSame = before && before.revision === base.revision && sameValue(before.record, base.record)
  // What was here and is in no other feed than before stays the object it is, so that nothing is stored.
  if (!isSame) draft.base.set(key, { ...base, feeds })
  else draft.base.set(key, before.feeds === feeds ? before : { ...before, feeds })
}

/** A feed as the server named it, with those of its collections that the app has. @throws SyncError `SYNC_PROTOCOL` */
function known(given: Feed, collections: readonly string[]): KnownFeed {
  const { id, filters = {} } = given
  if (typeof id !== 'string' || !/^[!-~]{1,256}$/.test(id))
    throw new SyncError('SYNC_PROTOCOL', { message: 'the server names a feed that has no good id' })
  const named = given.collections.map(String)
  const made = feedOf(
    collections.filter((name) => named.includes(name)),
    filters,
  )
  return {
    ...made,
    id,
    // Its first collection stands for all of them where the status names what is closed.
    key: `${made.collections[0]}@${hash128(made.id)}/${id}`,
    leave: (taking, key, lost) => leaveFeed(taking, id, key, lost),
    took: (taking, key, change, before) => {
      const filter = filters[change.collection]
      if (change.kind !== 'record' && change.kind !== 'tombstone') return
      joinFeed(taking, id, key, before)
      if (change.kind === 'record' && filter && !matches(filter, change.record)) leaveFeed(taking, id, key)
    },
  }
}

function knownFeeds(given: readonly Feed[], collections: readonly string[]): readonly KnownFeed[] {
  try {
    const feeds = given.map((feed) => known(feed, collections))
    const ids = new Set(feeds.map(({ id }) => id))
    if (ids.size < feeds.length) throw new SyncError('SYNC_PROTOCOL', { message: 'the server names a feed twice' })
    return feeds.filter((feed) => feed.collections.length > 0)
  } catch (thrown) {
    throw asSyncError(thrown, 'SYNC_PROTOCOL')
  }
}

/** Lets go of what no feed has any more, in the commit that forgets the feeds that are gone. */
function letGo({ draft, ledger }: Intake, feeds: readonly KnownFeed[]): void {
  for (const [key, { feeds: were }] of ledger.base) {
    const over = feeds.filter((feed) => isIn(feed, key))
    if (over.length === 0) evictRow({ draft }, key)
    for (const id of were ?? []) if (!feeds.some((feed) => feed.id === id)) leaveFeed({ draft }, id, key)
    // Written here, and not told by any feed since: which of them has it now only a listing says.
    if (!were && !headOf(draft, key))
      for (const feed of over) draft.meta.set(feedKey(feed), relisting(feedEntry({ ledger }, feed)))
  }
}

/**
 * Lets the server name the feeds of this user, as it does where membership in a team decides who sees what: they are asked for at
 * the start of each cycle. A new feed is listed from its start, whatever the age of its rows. With one that is no longer named
 * go the rows that no other feed has, at once; those with unsent writes when these have ended. There can be no `scope` beside
 * it (`SYNC_CONFIG_INVALID`). An answer that is none (`SYNC_PROTOCOL`), or that does not come, changes nothing. Collections the
 * app does not have are passed over, and so is a feed of no others.
 *
 * @example
 * createSyncClient({ collections, remote: withNamedFeeds(remote) })
 * @param remote an adapter with `feeds()`
 * @returns the same remote, for `createSyncClient`
 */
export function withNamedFeeds<R extends RemoteAdapter & ScopedRemote>(remote: R): R {
  const named = async (work: Work): Promise<readonly KnownFeed[]> => {
    const { collections, scope, call } = work
    if (Object.values(scope).some(Boolean)) throw invalidConfig('the server names the feeds: there can be no scope')
    const feeds = knownFeeds(await call((context) => remote.feeds(context)), collections)
    work.hasNoFeeds = feeds.length === 0
    await forgetOthers(work, feeds, (taking) => letGo(taking, feeds))
    return feeds
  }
  return bring('withNamedFeeds', remote, 'feeds', { named })
}
