import type { SharedPlugin } from '../client/options.ts'
import type { RemoteChange } from '../contracts/remote-adapter.ts'
import type { Env } from '../env/env.ts'
import type { Json, JsonObject } from '../env/json.ts'
import { invalidConfig } from '../errors/sync-error.ts'
import { borrowEnv } from '../middleware/borrowed-env.ts'
import { checkNames, checkOptions } from '../middleware/options.ts'
import { keepStamps, resolveStamped } from '../middleware/stamps.ts'
import { fieldOf } from '../model/compare.ts'
import { compareStamps, readStamp, type Stamp, stampText } from './stamp.ts'

/** Where {@link hybridClock} keeps its stamps. */
export interface HybridClockOptions {
  /** Field for the stamp, text of 34 characters; later is greater. */
  readonly field: string
  /** A stamp further ahead of this device's clock is not taken in, ms. Default 300 000 (5 min). */
  readonly maxDriftMs?: number
  /** Only these collections. Default: all of the client. */
  readonly collections?: readonly string[]
}

const mostCount = 0xffff
const mostMs = 2 ** 48 - 1

/** Time that never goes back: the device's clock, or one more than the latest stamp made or seen (Kulkarni et al. 2014). */
class HybridTime {
  #ms = 0
  #count = 0
  #node = ''

  /** Takes in a stamp seen elsewhere, unless it is too far ahead to be believed. */
  see(stamp: Stamp | undefined, latest: number): void {
    const own = { ms: this.#ms, count: this.#count, node: '' }
    if (!stamp || stamp.ms > latest || compareStamps({ ...stamp, node: '' }, own) <= 0) return
    // A stamp of another kind may have parts of a millisecond, or a count beyond what fits.
    this.#ms = Math.min(mostMs, Math.ceil(stamp.ms))
    this.#count = Math.min(mostCount, stamp.count)
  }

  next(env: Env): string {
    this.#node ||= env.uuid().replaceAll('-', '').slice(0, 16).toLowerCase()
    const now = Math.min(mostMs, Math.max(0, Math.floor(env.now())))
    if (now > this.#ms) {
      this.#ms = now
      this.#count = 0
    } else if (this.#count < mostCount) this.#count += 1
    else {
      this.#ms += 1
      this.#count = 0
    }
    return stampText({ ms: this.#ms, count: this.#count, node: this.#node })
  }
}

function check(options: HybridClockOptions): void {
  checkOptions('hybridClock', options, ['field', 'maxDriftMs', 'collections'])
  const { field, maxDriftMs = 0, collections } = options
  checkNames('hybridClock', 'field', [field])
  if (!(maxDriftMs >= 0)) throw invalidConfig('hybridClock(): maxDriftMs must be 0 or more')
  checkNames('hybridClock', 'collections', collections)
}

/**
 * A plugin that stamps every write with a hybrid logical clock (Kulkarni, Demirbas et al., "Logical Physical Clocks", 2014): near
 * the device's time, never back within a run of the app, and after every stamp this device has seen, so that what was made on a
 * change is later than it even where the clocks disagree. Made for `lastWriteWins({ by: field })`. The field must be optional in
 * the schema. A conflict at nothing but the stamp is not put to the resolver and ends with the later one.
 *
 * @example use: [hybridClock({ field: 'stamp' })], conflict: { tasks: lastWriteWins({ by: 'stamp' }) }
 * @throws SyncError `SYNC_CONFIG_INVALID` naming the option
 */
export function hybridClock(options: HybridClockOptions): SharedPlugin {
  check(options)
  const { field, maxDriftMs = 300_000, collections } = options
  const borrowed = borrowEnv('hybridClock')
  const time = new HybridTime()
  const concerns = (collection: string): boolean => collections?.includes(collection) ?? true
  const latest = (): number => borrowed.env().now() + maxDriftMs
  const see = (record: object | null): void => {
    if (record) time.see(readStamp(fieldOf(record as JsonObject, field)), latest())
  }
  const seeRows = (rows: readonly (RemoteChange | undefined)[]): void => {
    for (const row of rows) if (row?.kind === 'record' && concerns(row.collection)) see(row.record)
  }
  const believed = (stamp: Json): Stamp | undefined => {
    const read = readStamp(stamp)
    return read && read.ms <= latest() ? read : undefined
  }
  const newer = (a: Json, b: Json): boolean => compareStamps(believed(a), believed(b)) > 0
  return {
    name: 'hybrid-clock',
    setup: borrowed.setup,
    middleware: {
      create: (operation, next) =>
        concerns(operation.collection)
          ? next({ ...operation, record: { ...(operation.record as object), [field]: time.next(borrowed.env()) } })
          : next(),
      update: (operation, next) => {
        if (!concerns(operation.collection)) return next()
        const kept = keepStamps(operation.change, [field])
        if (Object.keys(kept).length === 0) return next({ ...operation, change: kept })
        // Also after a restart, and for rows that came live, the stamp is after that of what was changed.
        see(operation.record as object)
        return next({ ...operation, change: { ...kept, [field]: time.next(borrowed.env()) } })
      },
      pull: async (_, next) => {
        const page = await next()
        if (page.kind !== 'expired') seeRows(page.changes)
        return page
      },
      push: async (_, next) => {
        const verdicts = await next()
        seeRows(verdicts.map((verdict) => ('row' in verdict ? verdict.row : undefined)))
        return verdicts
      },
      resolve: resolveStamped({ fields: [field], newest: field, newer }, concerns),
    },
  }
}
