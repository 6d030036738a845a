import { awaitsVersion } from '../conflict/reconcile.ts'
import type { RefreshableRemote } from '../contracts/remote-adapter.ts'
import { isSyncError } from '../errors/sync-error.ts'
import { headsOf } from '../journal/view.ts'
import { keyOfRecord } from '../model/identity.ts'
import { feedSource, feedsOf, forgetOthers, isClosed } from './feeds.ts'
import type { Tally, Work } from './ports.ts'
import { pullFeed } from './pull.ts'
import { push } from './push.ts'

/** What happened in one cycle. */
export interface CycleResult extends Readonly<Tally> {
  readonly durationMs: number
}

async function pull(work: Work): Promise<void> {
  work.scope = work.filters()
  const source = feedSource.get(work.remote) ?? feedsOf
  let feeds = await source(work)
  // Also what this tab could not read: another one reads it from now on.
  work.unread.clear()
  work.renewed >>= 1
  if (work.tabs?.isPulled(feeds)) return work.follow([])
  for (;;) {
    await forgetOthers(work, feeds)
    work.follow(feeds)
    for (const feed of feeds) await pullFeed(work, feed)
    // One collection closes a joint feed for all: each on its own, those that can be read go on.
    if (!feeds.some((feed) => !feed.key && feed.collections.length > 1 && isClosed(work, feed))) break
    feeds = await source(work)
  }
  for (const error of work.unread.values()) {
    // What the others wait for goes first.
    await push(work, false)
    throw error
  }
  work.lastPullAt = work.env.now()
}

/** What was sent and never answered first, then a pull where one is wanted, then what waits. */
async function cycle(work: Work, pulls: boolean): Promise<CycleResult> {
  const { env, events, tally } = work
  const startedAt = env.now()
  Object.assign(tally, { pushed: 0, pulled: 0, conflicts: 0 })
  events.emit('sync:started', { pending: headsOf(work.ledger).length })
  // Before its first pull a session does not know whether the history is still the one its operations were made for.
  if (work.lastPullAt !== undefined) await push(work, true)
  // Where versions are not compared, what others wrote has to be known before anything goes on top of it.
  if (pulls || work.remote.capabilities.conditional === 'none') await pull(work)
  await push(work, false)
  const result = { ...tally, durationMs: env.now() - startedAt }
  events.emit('sync:finished', result)
  return result
}

/**
 * A cycle; where the sign-in has run out it is renewed once for everything that waits, one tab after the other, and the cycle is
 * tried once more, whatever came of that: a refresh token that was used already says that a sibling has renewed it, not that
 * the user is signed out. A second refusal is final.
 */
export async function runCycle(work: Work, pulls: boolean): Promise<CycleResult> {
  const { remote, call, env, user } = work
  try {
    return await cycle(work, pulls)
  } catch (error) {
    if (!isSyncError(error, 'SYNC_AUTH_REQUIRED') || !('refresh' in remote)) throw error
    await call((context) => {
      const renew = (): Promise<boolean> => (remote as unknown as RefreshableRemote).refresh(context)
      return env.locks?.hold(`refresh/${user}`, renew) ?? renew()
    })
    return cycle(work, true)
  }
}

/** Whether a conflict that came without its row can be decided only after a pull. Not where a resolver is being asked. */
export const awaitsPull = ({ ledger, asking }: Work): boolean =>
  headsOf(ledger).some((head) => awaitsVersion(head) && !asking.has(keyOfRecord(head.op)))
