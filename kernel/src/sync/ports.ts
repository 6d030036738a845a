import type { RemoteAdapter } from '../contracts/remote-adapter.ts'
import type { Env } from '../env/env.ts'
import type { JsonObject } from '../env/json.ts'
import type { Events } from '../events/emitter.ts'
import type { Journal } from '../journal/journal.ts'
import type { Ledger } from '../journal/ledger.ts'
import type { Conflict } from '../model/conflict.ts'
import type { Filter } from '../model/filter.ts'
import type { Operations } from '../pipeline/middleware.ts'

/** Times and sizes of the engine, ms. */
export interface SyncTiming {
  readonly requestTimeoutMs: number
  readonly pullIntervalMs: number
  readonly retryMinMs: number
  readonly retryMaxMs: number
}

/** Everything the engine may touch, for one session of one user. */
export interface SyncPorts {
  readonly env: Env
  readonly user: string
  readonly remote: RemoteAdapter
  readonly ledger: Ledger
  readonly journal: Journal
  readonly events: Events
  readonly timing: SyncTiming
  readonly collections: readonly string[]
  /** The scope of a collection, asked at the start of each cycle; `undefined`: all of it. */
  readonly scopeOf: (collection: string) => Filter | undefined
  /** Whether the app decides conflicts of this collection. */
  readonly asks: (collection: string) => boolean
  readonly resolve: (collection: string, id: string, conflict: Conflict<JsonObject>) => Promise<unknown>
  /** The record's key is that of `id`. */
  readonly hasId: (collection: string, record: JsonObject, id: string) => boolean
  /** Runs the app's middleware of a kind around a call. */
  readonly around: <K extends 'pull' | 'push' | 'request'>(
    kind: K,
    operation: Operations[K][0],
    last: (operation: Operations[K][0]) => Promise<Operations[K][1]>,
  ) => Promise<Operations[K][1]>
  /** The engine's state changed: the status is to be shown anew. */
  readonly changed: () => void
}
