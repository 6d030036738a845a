import type { DigestRemote, RemoteAdapter, RowHead } from '../contracts/remote-adapter.ts'
import type { Ledger } from '../journal/ledger.ts'
import { unreadableIn } from '../journal/unreadable.ts'
import { headsOf } from '../journal/view.ts'
import { keyOfRecord, splitKey } from '../model/identity.ts'
import { isIn, type KnownFeed } from '../sync/feeds.ts'
import type { Work } from '../sync/ports.ts'
import { bring } from './bring.ts'

/** Pull intervals between two comparisons of a feed: an hour, unless the app pulls more or less often. */
const intervals = 60

/** The living rows of a feed; where rows say which feeds they are in, those that are in this one. */
function* rowsOf({ base }: Ledger, feed: KnownFeed): Iterable<RowHead> {
  for (const [key, { record, revision, feeds }] of base) {
    const [collection, id] = splitKey(key)
    const here = feeds ? feeds.includes(feed.id) : !feed.key
    if (record && here && isIn(feed, key)) yield { collection, id, revision }
  }
}

/** Whether the answer would say something: no operation is about to change it, and every row could be read. */
const isSettled = ({ ledger }: Work, feed: KnownFeed): boolean =>
  !headsOf(ledger).some(({ op }) => op.state === 'pending' && isIn(feed, keyOfRecord(op))) &&
  !unreadableIn(ledger).some((key) => isIn(feed, key))

/** By engine, and by id of a feed: when it was last compared, ms on the device's clock. */
const compared = new WeakMap<Work, Map<string, number>>()

async function differs(remote: DigestRemote, work: Work, feed: KnownFeed): Promise<boolean> {
  const { env, ledger, pullIntervalMs, call } = work
  const times = compared.get(work) ?? new Map<string, number>()
  compared.set(work, times)
  const age = env.now() - (times.get(feed.id) ?? Number.NEGATIVE_INFINITY)
  // A clock that went back says nothing about the age.
  if ((age >= 0 && age < intervals * pullIntervalMs) || !isSettled(work, feed)) return false
  const same = await call((context) => remote.same(feed, rowsOf(ledger, feed), context))
  times.set(feed.id, env.now())
  return !same
}

/**
 * Lets the client compare the versions of its rows with the server's, and list a feed anew where they differ: the way to find
 * what the feed cannot tell, such as rows that an administrator removed from the database. Asked after the first completed run of
 * a session and then every 60 pull intervals, by default each hour; not while writes wait or a row cannot be read. What differs
 * only because somebody wrote in that moment costs one listing.
 *
 * @example
 * createSyncClient({ collections, remote: withDigest(remote) })
 * @param remote an adapter with `same()`
 * @returns the same remote, for `createSyncClient`
 */
export function withDigest<R extends RemoteAdapter & DigestRemote>(remote: R): R {
  return bring('withDigest', remote, 'same', { differs: (work, feed) => differs(remote, work, feed) })
}
