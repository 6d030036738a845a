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
  /**
   * Opens the store, connects, and syncs from now on by itself. Also after `stop()`, and after signing in again. While paused it
   * only takes note: `resume()` connects. Safe twice. @throws SyncError of the store; `SYNC_CLOSED`
   */
  start(): Promise<void>
  /**
   * Ends requests, subscriptions and timers. Data stays, writes are kept, and `start()` settles what was under way. It is gone
   * with the process: the next run begins as `sync` says. Safe twice, and before the first use. @throws SyncError `SYNC_CLOSED`
   */
  stop(): Promise<void>
  /**
   * A switch that survives restarts, for this user on this device and in all its tabs: ends requests, subscriptions and timers, and
   * nothing goes to the remote by whatever call until `resume()`. Writes are accepted and wait. Resolves once that is durable.
   * Safe twice. @throws SyncError of the store; `SYNC_CLOSED`
   */
  pause(): Promise<void>
  /** Takes `pause()` back; connects if it is started. Safe twice, and without a pause. @throws SyncError of the store; `SYNC_CLOSED` */
  resume(): Promise<void>
  /**
   * One full cycle at once, whatever the back-off says; also while stopped, and then nothing after it.
   * @throws SyncError as the cycle ended; `SYNC_NETWORK` while paused; `SYNC_ABORTED` by `stop()` or `pause()`; `SYNC_UNSUPPORTED`
   * without a remote; `SYNC_CLOSED`
   */
  synchronize(): Promise<CycleResult>
  /** Looks on; the result ends it. */
  observe(observer: Observer): () => void
  /** Adds a plugin, innermost; the result removes it. */
  use(plugin: Plugin<C>): () => void
  /** Stops, closes the store and the adapter, ends every iteration. Every later call fails with `SYNC_CLOSED`. Safe twice. */
  dispose(): Promise<void>
}
