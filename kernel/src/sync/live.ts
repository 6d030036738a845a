import type { Feed, LiveEvent, LiveRemote, RemoteAdapter, RemoteChange } from '../contracts/remote-adapter.ts'
import { retryDelay } from './backoff.ts'
import { contextOf } from './call.ts'
import type { SyncPorts } from './ports.ts'

/** What live events lead to. */
export interface LiveActions {
  readonly poke: () => void
  readonly data: (feed: Feed, changes: readonly RemoteChange[]) => void
}

const isLive = (remote: RemoteAdapter): remote is RemoteAdapter & LiveRemote =>
  remote.capabilities.live !== 'none' && 'subscribe' in remote

/** Keeps one feed subscribed until the signal aborts; after `down` again, later and later. */
function keepSubscribed(
  ports: SyncPorts,
  remote: LiveRemote,
  feed: Feed,
  signal: AbortSignal,
  actions: LiveActions,
): () => void {
  const { env, timing } = ports
  const { settleMs } = ports.remote.capabilities.limits
  let failures = 0
  let generation = 0
  let end = (): void => {}
  const cancels = new Set<() => void>()
  const later = (ms: number, run: () => void): void => void cancels.add(env.setTimer(ms, run))
  const hear = (from: number, event: LiveEvent): void => {
    if (from !== generation || signal.aborted) return
    if (event.kind === 'up') {
      failures = 0
      // What changed before the subscription took hold is pulled now, what it may still miss after `settleMs`.
      actions.poke()
      later(settleMs, actions.poke)
    } else if (event.kind === 'poke') actions.poke()
    else if (event.kind === 'data') actions.data(feed, event.changes)
    else {
      end()
      generation += 1
      failures += 1
      later(retryDelay(env, timing, failures, event.error.retryAfterMs), subscribe)
    }
  }
  const subscribe = (): void => {
    const from = generation
    end = remote.subscribe(feed, (event) => hear(from, event), contextOf(ports, signal))
  }
  subscribe()
  return () => {
    generation += 1
    end()
    for (const cancel of cancels) cancel()
  }
}

/** Subscribes the feeds where the remote can tell of changes; a hint, never a cursor. The result ends it. */
export function subscribeFeeds(
  ports: SyncPorts,
  feeds: readonly Feed[],
  signal: AbortSignal,
  actions: LiveActions,
): () => void {
  const { remote } = ports
  if (!isLive(remote)) return () => {}
  const ends = feeds.map((feed) => keepSubscribed(ports, remote, feed, signal, actions))
  return () => {
    for (const end of ends) end()
  }
}
