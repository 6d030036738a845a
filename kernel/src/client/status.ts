import type { Durability } from '../contracts/local-store.ts'
import type { SyncError } from '../errors/sync-error.ts'
import { unreadableIn } from '../journal/unreadable.ts'
import type { Watch } from '../live/watch.ts'
import { sumCounts, type WriteCounts } from '../outbox/counts.ts'
import { storedFeeds } from '../sync/feeds.ts'
import { derived, type Host, type Opened } from './host.ts'

/** How a client stands, honestly: `synced` means nothing waits and the last complete pull is young enough. */
export interface Status {
  /**
   * `synced` · `syncing` a cycle runs or is about to · `offline` the last one failed, or there is no backend; see `error` ·
   * `paused` not started, or stopped · `authRequired` sign in again, then `start()` · `forbidden` all is in step but for
   * feeds this user may not read, or the server does not have; see `forbidden` · `outdated` an app of a higher version has
   * the data in another tab: nothing is written or sent any more, reload the app
   */
  readonly state: 'offline' | 'syncing' | 'synced' | 'paused' | 'authRequired' | 'forbidden' | 'outdated'
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
  /** Feeds the user may not read, or the server does not have, by id; their rows are kept. */
  readonly forbidden: readonly string[]
  /** Stored entries that could not be read; they were left out, and the server's rows listed anew. */
  readonly damaged: number
  /** Rows of the server that cannot be read; what was here of them before is kept. `unreadable` of `/inbox` lists them. */
  readonly unreadable: number
}

function stateOf(
  { env, pullIntervalMs }: Host,
  { engine, outdated }: Opened,
  waits: boolean,
  forbidden: boolean,
): Status['state'] {
  if (outdated()) return 'outdated'
  if (engine && engine.state !== 'idle' && engine.state !== 'waiting') return engine.state
  if (!engine || engine.error || !env.online.now()) return 'offline'
  const age = env.now() - (engine.lastPullAt ?? Number.POSITIVE_INFINITY)
  // A clock that went back says nothing about the age.
  const young = age >= 0 && age < 2 * pullIntervalMs
  if (waits || !young) return 'syncing'
  return forbidden ? 'forbidden' : 'synced'
}

/** The status as a live value. */
export function statusOf(host: Host): Watch<Status> {
  return derived(host, (opened) => {
    const { store, ledger, engine, damaged } = opened
    const { meta, queues } = ledger
    const writes = sumCounts(meta)
    // Counted from the queue itself, so that damaged counts never hide a write that waits.
    let pending = 0
    // With each commit, and there may be thousands: so no lists are made of them.
    for (const queue of queues.values()) {
      for (const { op } of queue) if (op.state === 'pending') pending += op.writes.length
    }
    const forbidden = storedFeeds(meta).filter(([, { state }]) => state === 'forbidden')
    return Object.freeze({
      state: stateOf(host, opened, pending > 0, forbidden.length > 0),
      pending,
      durability: store.durability,
      writes,
      lastPullAt: engine?.lastPullAt,
      error: engine?.error,
      forbidden: forbidden.map(([key]) => key.slice(5)),
      damaged,
      unreadable: unreadableIn(ledger).length,
    })
  })
}
