import type { LiveEvent, LiveRemote, RemoteAdapter } from '../contracts/remote-adapter.ts'
import { SyncError } from '../errors/sync-error.ts'
import { retryDelay } from './backoff.ts'
import { contextOf } from './call.ts'
import { feedKey, type KnownFeed } from './feeds.ts'
import { hear as heard } from './intake.ts'
import type { Work } from './ports.ts'

const isLive = (remote: RemoteAdapter): remote is RemoteAdapter & LiveRemote => remote.capabilities.live !== 'none'

/**
 * Keeps a feed subscribed where the remote can tell of changes; after `down` again, later and later. The result ends it.
 */
function keepSubscribed(work: Work, feed: KnownFeed): () => void {
  const { env, remote, signal, untold } = work
  const key = feedKey(feed)
  if (!isLive(remote)) return () => {}
  let failures = 0
  let current = {}
  let end = (): void => {}
  const timers: (() => void)[] = []
  const later = (leastMs?: number): void => {
    timers.push(env.setTimer(retryDelay(work, failures, leastMs), subscribe))
  }
  const subscribe = (): void => {
    // While the remote does not answer only a cycle asks whether it does again.
    const rest = work.restMs()
    // Looked at again soon: a clock that went back makes it long.
    if (rest > 0) return later(Math.min(rest, work.retryMaxMs))
    const mine = {}
    current = mine
    try {
      end = remote.subscribe(feed, (event) => current === mine && hear(event), contextOf(work, signal()))
    } catch {
      hear({ kind: 'down', error: { code: 'SYNC_NETWORK' } })
    }
  }
  const hear = (event: LiveEvent): void => {
    // One that came up has told nothing yet.
    untold.set(key, (event.kind === 'up' && untold.get(key)) || 0)
    if (event.kind === 'data') heard(work, feed, event.changes)
    else if (event.kind === 'down') {
      close()
      untold.delete(key)
      failures += 1
      later(event.error.retryAfterMs)
    } else {
      // What changed before the subscription took hold is pulled now, what it may still miss after `settleMs`.
      if (event.kind === 'up') timers.push(env.setTimer(remote.capabilities.limits.settleMs, () => work.want(true)))
      failures = 0
      work.want(true)
    }
  }
  const close = (): void => {
    current = {}
    // That it was silent is remembered, that it told something is over.
    if ((untold.get(key) ?? -1) >= 0) untold.delete(key)
    for (const cancel of timers.splice(0)) cancel()
    end()
  }
  subscribe()
  return close
}

/** Runs in a row that bring what a channel should have told, until that counts as silent. */
const patience = 3

/** Whether a channel is silent, and to be begun anew: said once, until it tells something or goes down; meanwhile the timer pulls. */
function isSilent({ untold, events }: Work, key: string): boolean {
  if (untold.get(key) !== patience) return false
  untold.set(key, Number.NEGATIVE_INFINITY)
  const error = new SyncError('SYNC_NETWORK', { message: 'the live channel is silent' })
  events.emit('sync:failed', { error, retryInMs: 0 })
  return true
}

/** The feeds that are subscribed; told which they are to be, it ends and begins what differs, and begins anew what is silent. */
export function subscriptions(lent: () => Work): (feeds: readonly KnownFeed[]) => void {
  /** What ends the subscription, by key of the feed. */
  const live = new Map<string, () => void>()
  return (feeds) => {
    const work = lent()
    const wanted = feeds.map(feedKey)
    for (const [key, end] of live) {
      if (wanted.includes(key) && !isSilent(work, key)) continue
      end()
      live.delete(key)
    }
    for (const feed of feeds) if (!live.has(feedKey(feed))) live.set(feedKey(feed), keepSubscribed(work, feed))
  }
}
