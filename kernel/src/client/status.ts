import type { Durability } from '../contracts/local-store.ts'
import type { SyncError } from '../errors/sync-error.ts'
import { unreadableIn } from '../journal/unreadable.ts'
import type { Watch } from '../live/watch.ts'
import { pendingWrites, sumCounts, type WriteCounts } from '../outbox/counts.ts'
import { storedFeeds } from '../sync/feeds.ts'
import { derived, type Host, type Opened } from './host.ts'

/** How a client stands, honestly: `synced` means nothing waits and the last complete pull is young enough. */
export interface Status {
  /**
   * `synced` · `syncing` a cycle runs or is about to · `offline` the last one failed, or there is no backend; see `error` ·
   * `degraded` the store failed or is full, and refused what was to be stored; see `error` ·
   * `paused` not started, stopped or paused · `authRequired` sign in again, then `start()` · `forbidden` all is in step but for
   * collections this user may not read, or the server does not have; see `forbidden` · `outdated` an app of a higher version
   * has the data in another tab: nothing is written or sent any more, reload the app
   */
  readonly state: 'offline' | 'syncing' | 'synced' | 'degraded' | 'paused' | 'authRequired' | 'forbidden' | 'outdated'
  /** Writes on their way. Quarantine and inbox are counted in `writes`, not here. */
  readonly pending: number
  /** What the store grants. `none`: data is gone with the process. */
  readonly durability: Durability
  /** Writes this device accepted, and how they ended. `parked` and `quarantined` are those waiting there now. */
  readonly writes: WriteCounts
  /** When the last complete pull of this run ended, ms on the device's clock; `undefined`: none yet. */
  readonly lastPullAt: number | undefined
  /** Why the store refused the last commit, else why the last cycle failed; `undefined` after ones that did not. */
  readonly error: SyncError | undefined
  /** Collections the user may not read, or the server does not have; their rows are kept. */
  readonly forbidden: readonly string[]
  /** Stored entries that could not be read; they were left out, and the server's rows listed anew. */
  readonly damaged: number
  /** Rows of the server that cannot be read; what was here of them before is kept. `unreadable` of `/inbox` lists them. */
  readonly unreadable: number
}

/** Whether the last complete pull is young enough. */
function isYoung({ env, pullIntervalMs, opened }: Host): boolean {
  const age = env.now() - (opened()?.engine?.work.lastPullAt ?? Number.POSITIVE_INFINITY)
  // A clock that went back says nothing about the age.
  return age >= 0 && age < 2 * pullIntervalMs
}

function stateOf(
  host: Host,
  { engine, outdated, journal }: Opened,
  isWhole: unknown,
  isClosed: boolean,
): Status['state'] {
  if (outdated()) return 'outdated'
  if (engine && engine.state !== 'idle' && engine.state !== 'waiting') return engine.state
  if (journal.trouble) return 'degraded'
  if (!engine || engine.error || !host.env.online.now()) return 'offline'
  if (!isWhole || engine.wantsPull || !isYoung(host)) return 'syncing'
  return isClosed ? 'forbidden' : 'synced'
}

/** The status as a live value. */
export function statusOf(host: Host): Watch<Status> {
  const compute = (opened: Opened): Status => {
    const { store, ledger, engine, damaged, journal } = opened
    const { meta } = ledger
    const pending = pendingWrites(ledger)
    const feeds = storedFeeds(meta)
    // A feed of several is asked for one by one as soon as it is closed, so it says nothing of any of them.
    const forbidden = [...host.shapes.keys()].filter((name) =>
      feeds.some(([key, { state }]) => state !== 'open' && key.startsWith(`feed/${name}@`)),
    )
    // Without any feed: another tab cleared the device. A run may also be another tab's.
    const isWhole =
      !pending &&
      (feeds.length || engine?.work.hasNoFeeds) &&
      feeds.every(([, { run, state }]) => !run || state !== 'open')
    return Object.freeze({
      state: stateOf(host, opened, isWhole, forbidden.length > 0),
      pending,
      durability: store.durability,
      writes: sumCounts(meta),
      lastPullAt: engine?.work.lastPullAt,
      error: journal.trouble ?? engine?.error,
      forbidden,
      damaged,
      unreadable: unreadableIn(ledger).length,
    })
  }
  return derived(host, compute, () => isYoung(host))
}
