import type { Durability } from '../contracts/local-store.ts'
import type { SyncError } from '../errors/sync-error.ts'
import type { Ledger } from '../journal/ledger.ts'
import type { FeedEntry } from '../model/stored.ts'
import { sumCounts, type WriteCounts } from '../outbox/counts.ts'
import type { Engine } from '../sync/engine.ts'

/** How a client stands, honestly: `synced` means nothing waits and the last complete pull is young enough. */
export interface Status {
  /**
   * `synced` · `syncing` a cycle runs or is about to · `offline` the last one failed, or there is no backend; see `error` ·
   * `paused` not started, or stopped · `authRequired` sign in again, then `start()`
   */
  readonly state: 'offline' | 'syncing' | 'synced' | 'paused' | 'authRequired'
  /** Writes on their way. Quarantine and inbox are counted in `writes`, not here. */
  readonly pending: number
  /** What the store grants. `none`: data is gone with the process. */
  readonly durability: Durability
  /** Writes this device accepted, and how they ended. `parked` and `quarantined` are those waiting there now. */
  readonly writes: WriteCounts
  /** When the last complete pull of this run ended, ms on the device's clock; `undefined`: none yet. */
  readonly lastPullAt: number | undefined
  /** Why the last cycle failed; `undefined` after one that did not. */
  readonly error: SyncError | undefined
  /** Feeds the user may not read, by id; their rows are kept. */
  readonly forbidden: readonly string[]
  /** Stored entries that could not be read. */
  readonly damaged: number
}

/** What a status is made from. */
export interface StatusPorts {
  readonly ledger: Ledger
  readonly durability: Durability
  readonly damaged: number
  /** `undefined`: there is no backend. */
  readonly engine: Engine | undefined
  readonly online: boolean
  readonly now: number
  readonly pullIntervalMs: number
}

function stateOf({ engine, online, now, pullIntervalMs }: StatusPorts, pending: number): Status['state'] {
  if (!engine) return 'offline'
  if (engine.state === 'authRequired') return 'authRequired'
  if (engine.state === 'running') return 'syncing'
  if (engine.state === 'stopped') return 'paused'
  if (engine.error || !online) return 'offline'
  const young = engine.completedAt !== undefined && now - engine.completedAt < 2 * pullIntervalMs
  return pending === 0 && young ? 'synced' : 'syncing'
}

/** The status now. */
export function statusOf(ports: StatusPorts): Status {
  const { ledger, durability, damaged, engine } = ports
  const metas = [...ledger.metas()]
  const { accepted, ...ended } = sumCounts(metas)
  const pending = accepted - Object.values(ended).reduce((sum, count) => sum + count, 0)
  return Object.freeze({
    state: stateOf(ports, pending),
    pending,
    durability,
    writes: { accepted, ...ended },
    lastPullAt: engine?.completedAt,
    error: engine?.error,
    forbidden: metas
      .filter(([key, value]) => key.startsWith('feed/') && (value as unknown as FeedEntry).state === 'forbidden')
      .map(([key]) => key.slice(5)),
    damaged,
  })
}
