import type { Feed, LiveEvent, LiveRemote, RemoteAdapter, RemoteChange } from '../contracts/remote-adapter.ts'
import { retryDelay } from './backoff.ts'
import { contextOf } from './call.ts'
import type { Work } from './ports.ts'

const isLive = (remote: RemoteAdapter): remote is RemoteAdapter & LiveRemote =>
  remote.capabilities.live !== 'none' && 'subscribe' in remote

/**
 * Keeps a feed subscribed where the remote can tell of changes; after `down` again, later and later. `heard` gets the changes
 * told; `undefined`: there may be some to pull. The result ends it.
 */
export function keepSubscribed(work: Work, feed: Feed, heard: (changes?: readonly RemoteChange[]) => void): () => void {
  const { env, remote, signal } = work
  if (!isLive(remote)) return () => {}
  let failures = 0
  let current = {}
  let end = (): void => {}
  const timers: (() => void)[] = []
  const subscribe = (): void => {
    const mine = {}
    current = mine
    try {
      end = remote.subscribe(feed, (event) => current === mine && hear(event), contextOf(work, signal()))
    } catch {
      hear({ kind: 'down', error: { code: 'SYNC_NETWORK' } })
    }
  }
  const hear = (event: LiveEvent): void => {
    if (event.kind === 'data') heard(event.changes)
    else if (event.kind === 'down') {
      close()
      failures += 1
      timers.push(env.setTimer(retryDelay(work, failures, event.error.retryAfterMs), subscribe))
    } else {
      // What changed before the subscription took hold is pulled now, what it may still miss after `settleMs`.
      if (event.kind === 'up') timers.push(env.setTimer(remote.capabilities.limits.settleMs, () => heard()))
      failures = 0
      heard()
    }
  }
  const close = (): void => {
    current = {}
    for (const cancel of timers.splice(0)) cancel()
    end()
  }
  subscribe()
  return close
}
