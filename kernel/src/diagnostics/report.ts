import type { Durability } from '../contracts/local-store.ts'
import type { SyncError } from '../errors/sync-error.ts'
import type { EngineState } from '../sync/engine.ts'

/** A write that is tried again and again. */
export interface FailingWrite {
  readonly collection: string
  /** The record's id. */
  readonly id: string
  /** Tries that failed in a row, in this run of the app. */
  readonly attempts: number
  /** Why the last one did. */
  readonly error: SyncError
  /** When it is tried next by itself, ms on the device's clock; absent: nothing is timed. */
  readonly nextAt?: number
}

/** What waits on the device. All counts are of the app's writes. */
export interface OutboxHealth {
  readonly pending: number
  /** In the conflict inbox. */
  readonly parked: number
  readonly quarantined: number
  /** By collection, those on their way; collections without any are left out. */
  readonly byCollection: Readonly<Record<string, number>>
  /** When the oldest of those on their way was accepted, ms on the device's clock; `undefined`: none waits. */
  readonly oldestAt: number | undefined
  /** What keeps failing, most tries first; at most 100. */
  readonly failing: readonly FailingWrite[]
}

/** One feed of the server. */
export interface FeedHealth {
  /** Internal name; for comparing and for messages. */
  readonly id: string
  /** `open` · `forbidden` the user may not read it, or the server does not have it. */
  readonly state: 'open' | 'forbidden'
  /** Whether its last run came to its end; `false` also while one is under way. */
  readonly isComplete: boolean
  /** Whether changes are told live at the moment; where not, they come with the next pull. */
  readonly isLive: boolean
}

/** Where the data is kept. */
export interface StoreHealth {
  readonly name: string
  /** What the store itself stands on, where it tells (`localforage`: the name of its driver); `undefined`: it does not. */
  readonly driver: string | undefined
  /** What was granted; `none`: data is gone with the process. */
  readonly durability: Durability
  /** The least the app asked for. */
  readonly wanted: Durability
  /** Whether the platform may delete the data without asking. */
  readonly isEvictable: boolean
  /** Whether the platform promised not to, as the store tells; `undefined`: not known. */
  readonly isPersisted: boolean | undefined
  /**
   * `kept` there was data when it was opened · `new` there was none: a new device or user, or a platform that deleted it, and
   * nobody can tell which. All is pulled anew; that a row is not here never deletes it on the server · `broken` it lost
   * what it had acknowledged, or does not know whether it has: make a new client, which loads what there is
   */
  readonly storage: 'kept' | 'new' | 'broken'
  /** Bytes of all entries as JSON in UTF-8, without what the store adds, or saves by compressing. */
  readonly entryBytes: number
  /** Bytes in use, as the store measures them; `undefined`: it does not. */
  readonly usedBytes: number | undefined
  /** Bytes free, as the platform tells; `undefined`: not known. */
  readonly freeBytes: number | undefined
  /** Entries that could not be read when it was opened. */
  readonly damaged: number
  /** Why it refused the last commit; `undefined`: it did not. */
  readonly error: SyncError | undefined
}

/** Counted from the first call of `health` for the client on. */
export interface SyncTotals {
  /** Cycles that ended well, that failed, and starts by the watchdog. */
  readonly finished: number
  readonly failed: number
  readonly restarted: number
  /** Operations that took effect, changes that arrived, conflicts found, operations refused for good. */
  readonly pushed: number
  readonly pulled: number
  readonly conflicts: number
  readonly quarantined: number
  /** Time of all cycles that ended well, ms. */
  readonly durationMs: number
}

/** How sync fares, in numbers: for a page of diagnostics, a log, a support request. All times are of the device's clock, ms. */
export interface Health {
  /** Where the engine stands; `undefined`: there is no remote. */
  readonly engine: EngineState | undefined
  readonly isOnline: boolean
  readonly outbox: OutboxHealth
  readonly feeds: readonly FeedHealth[]
  /** When the last complete pull of this run ended; `undefined`: none yet. */
  readonly lastPullAt: number | undefined
  /** When the next cycle begins by itself; `undefined`: one is under way, none is timed, or there is no network. */
  readonly nextAt: number | undefined
  /**
   * How far what is pulled lies behind what the server has, by this device's own writes: how old the oldest one that took effect
   * was when a complete pull, begun after it, did not bring it. 0: none is known to be missing. Other devices' writes lag alike.
   */
  readonly remoteLagMs: number
  /** The server's clock less the device's, ms, at the last page that told it; `undefined`: none did. Nothing depends on it. */
  readonly clockOffsetMs: number | undefined
  /** Why the last cycle failed; `undefined` after one that did not. */
  readonly error: SyncError | undefined
  readonly store: StoreHealth
  readonly totals: SyncTotals
}
