import type { Watch } from '../live/watch.ts'
import type { Resolution } from '../model/conflict.ts'
import type { Observer } from '../model/events.ts'
import type { CycleResult } from '../sync/engine.ts'
import type { Collection } from './collection.ts'
import type { Plugin } from './options.ts'
import type { ParkedConflict, QuarantinedWrite } from './shelves.ts'
import type { Status } from './status.ts'

/** Conflicts that wait for a person. */
export interface ConflictInbox<N extends string> extends Watch<readonly ParkedConflict<N>[]> {
  /** Ends one, as `Resolution` says. @throws SyncError `SYNC_NOT_FOUND` `SYNC_INPUT_INVALID` */
  resolve(id: string, how: Resolution<object>): Promise<void>
}

/** Writes the server refused for good. */
export interface Quarantine<N extends string> extends Watch<readonly QuarantinedWrite<N>[]> {
  /** Sends one again as a new operation, with other fields where `change` gives them. @throws SyncError `SYNC_NOT_FOUND` `SYNC_INPUT_INVALID` `SYNC_TOO_LARGE` */
  requeue(id: string, change?: object): Promise<void>
  /** Gives one up. @throws SyncError `SYNC_NOT_FOUND` */
  discard(id: string): Promise<void>
}

/** The app's data, on the device at once and in step with the backend. */
export interface SyncClient<C> {
  readonly collections: { readonly [N in keyof C]: Collection<C, C[N]> }
  readonly status: Watch<Status>
  readonly conflicts: ConflictInbox<keyof C & string>
  readonly quarantine: Quarantine<keyof C & string>
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
