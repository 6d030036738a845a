import type { Feed, LiveEvent, LiveRemote, RemoteAdapter } from '../contracts/remote-adapter.ts'
import { retryDelay } from './backoff.ts'
import { contextOf } from './call.ts'
import { hear as heard } from './intake.ts'
import type { Work } from './ports.ts'

const isLive = (remote: RemoteAdapter): remote is RemoteAdapter & LiveRemote =>
  remote.capabilities.live !== 'none' && 'subscribe' in remote

/**
 * Keeps a feed subscribed where the remote can tell of changes; after `down` again, later and later. The result ends it.
 */
function keepSubscribed(work: Work, feed: Feed): () => void {
  const { env, remote, signal } = work
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
    if (rest > 0) return later(rest)
    const mine = {}
    current = mine
    try {
      end = remote.subscribe(feed, (event) => current === mine && hear(event), contextOf(work, signal()))
    } catch {
      hear({ kind: 'down', error: { code: 'SYNC_NETWORK' } })
    }
  }
  const hear = (event: LiveEvent): void => {
    if (event.kind === 'data') heard(work, feed, event.changes)
    else if (event.kind === 'down') {
      close()
      failures += 1
      later(event.error.retryAfterMs)
    } else {
      work.up.add(feed.id)
      // What changed before the subscription took hold is pulled now, what it may still miss after `settleMs`.
      if (event.kind === 'up') timers.push(env.setTimer(remote.capabilities.limits.settleMs, () => work.want(true)))
      failures = 0
      work.want(true)
    }
  }
  const close = (): void => {
    current = {}
    work.up.delete(feed.id)
    for (const cancel of timers.splice(0)) cancel()
    end()
  }
  subscribe()
  return close
}

/** The feeds that are subscribed; told which they are to be, it ends and begins what differs. */
export function subscriptions(work: () => Work): (feeds: readonly Feed[]) => void {
  /** What ends the subscription, by id of the feed. */
  const live = new Map<string, () => void>()
  return (feeds) => {
    for (const [id, end] of live) {
      if (feeds.some((feed) => feed.id === id)) continue
      end()
      live.delete(id)
    }
    for (const feed of feeds) if (!live.has(feed.id)) live.set(feed.id, keepSubscribed(work(), feed))
  }
}
