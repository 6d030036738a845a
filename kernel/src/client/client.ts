import type { Watch } from '../live/watch.ts'
import type { Observer } from '../model/events.ts'
import type { CycleResult } from '../sync/cycle.ts'
import type { Collection } from './collection.ts'
import type { Plugin } from './options.ts'
import type { Status } from './status.ts'

/** The app's data, on the device at once and in step with the backend. */
export interface SyncClient<C> {
  readonly collections: { readonly [N in keyof C]: Collection<C, C[N]> }
  readonly status: Watch<Status>
  /** Opens the store, connects, and syncs from now on by itself. Also after `stop()`, and after signing in again. */
  start(): Promise<void>
  /** Ends requests, subscriptions and timers. Data stays, writes are kept. */
  stop(): Promise<void>
  /** One full cycle at once, whatever the back-off says. @throws SyncError as the cycle ended; `SYNC_UNSUPPORTED` without a remote */
  synchronize(): Promise<CycleResult>
  /** Looks on; the result ends it. */
  observe(observer: Observer): () => void
  /** Adds a plugin, innermost; the result removes it. */
  use(plugin: Plugin<C>): () => void
  /** Stops, closes the store and the adapter, ends every iteration. Every later call fails with `SYNC_CLOSED`. Safe twice. */
  dispose(): Promise<void>
}
