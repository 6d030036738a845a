import { type Host, type Opened, reach } from '../client/host.ts'
import type { JsonObject } from '../env/json.ts'
import { abortable } from '../errors/deadline.ts'
import { invalidInput, refuseRest, SyncError } from '../errors/sync-error.ts'
import { isObject } from '../model/value.ts'
import { withDeadline } from '../sync/call.ts'

/** Writes of the user who is left that are not on the server. */
export interface Unsynced {
  /** Whose they are; `undefined`: nobody is signed in. */
  readonly user: string | undefined
  /** Who signs in; `undefined`: nobody. */
  readonly to: string | undefined
  /** Writes on their way. */
  readonly pending: number
  /** Writes in the conflict inbox. */
  readonly parked: number
  /** Writes the server refused. */
  readonly quarantined: number
}

/** A switch that is being prepared: both users' data are as they were. */
export interface Switching {
  readonly host: Host
  /** What is open. */
  readonly from: Opened
  readonly to: string | undefined
  /** Aborts when the client is disposed, or another switch takes the place of this one. */
  readonly signal: AbortSignal
}

/**
 * What happens before a switch: made by {@link keepLocal}, {@link syncThenSwitch}, {@link promptIfUnsynced} or
 * {@link clearAndFetch}.
 */
export interface SwitchStrategy {
  /** One of these, not any text: a function that was not called has a `name` too, and is an error of the compiler so. */
  readonly name: 'keepLocal' | 'syncThenSwitch' | 'promptIfUnsynced' | 'clearAndFetch'
  /** Internal. Rejects where the switch is refused; nothing has changed then. Absent: nothing is prepared. */
  readonly prepare?: (switching: Switching) => Promise<void>
}

/** Refuses what is no strategy. @throws SyncError `SYNC_INPUT_INVALID` */
export function checkStrategy(how: unknown): asserts how is SwitchStrategy {
  const { name, prepare = () => {} } = Object(how) as Partial<SwitchStrategy>
  if (typeof name === 'string' && isObject(how) && typeof prepare === 'function') return
  throw invalidInput('how to switch is one of keepLocal() syncThenSwitch() promptIfUnsynced() clearAndFetch()')
}

/** What is not on the server, once all that was accepted up to now is stored. */
async function unsyncedOf({ from, to }: Switching): Promise<Unsynced> {
  const { journal, ledger, user } = from
  await journal.write(() => undefined)
  const held = { pending: 0, parked: 0, quarantined: 0 }
  for (const queue of ledger.queues.values()) for (const { op } of queue) held[op.state] += op.writes.length
  return { user, to, ...held }
}

function unsynced(message: string, { pending, parked, quarantined }: Unsynced, cause?: unknown): SyncError {
  const details: JsonObject = { pending, parked, quarantined }
  return new SyncError('SYNC_UNSYNCED', { message, details, cause })
}

/** Switches at once. What each user has on this device, and has not sent, stays there and waits for them. The default. */
export const keepLocal = (): SwitchStrategy => ({ name: 'keepLocal' })

/** What {@link syncThenSwitch} can be given. */
export interface SyncThenSwitchOptions {
  /** How long the sync may take, ms. Default 30 000. */
  readonly deadlineMs?: number
  /** `true`: switches also where writes could not be sent; they stay on this device and wait for their user. Default `false`. */
  readonly keepUnsynced?: boolean
}

/**
 * Sends what waits, then switches. Where a write is still on its way after that (offline, signed out, at the deadline) the switch
 * is refused with `SYNC_UNSYNCED`, whose `cause` says why, and the user stays; with `keepUnsynced` it goes on, and the write waits
 * on this device. Writes in quarantine and in the conflict inbox are not on their way: they wait for their user.
 * @throws SyncError `SYNC_INPUT_INVALID` for options that are wrong
 */
export function syncThenSwitch(options: SyncThenSwitchOptions = {}): SwitchStrategy {
  const given = isObject(options) ? options : ({ options } as SyncThenSwitchOptions)
  const { deadlineMs = 30_000, keepUnsynced = false, ...rest } = given
  refuseRest('syncThenSwitch', rest)
  if (typeof deadlineMs !== 'number' || !(deadlineMs > 0)) throw invalidInput('deadlineMs must be a time in ms')
  if (typeof keepUnsynced !== 'boolean') throw invalidInput('keepUnsynced must be true or false')
  return {
    name: 'syncThenSwitch',
    async prepare(switching) {
      const { host, signal } = switching
      if ((await unsyncedOf(switching)).pending === 0) return
      const times = { env: host.env, requestTimeoutMs: deadlineMs }
      const cause = await withDeadline(times, signal, async () => (await reach(host, true)).engine.synchronize()).then(
        () => undefined,
        (error: unknown) => error,
      )
      signal.throwIfAborted()
      const left = await unsyncedOf(switching)
      if (left.pending > 0 && !keepUnsynced)
        throw unsynced(`writes not on the server: ${left.pending}; keepUnsynced leaves them`, left, cause)
    },
  }
}

/**
 * Asks the app where writes of the user who is left are not on the server; where all are, it switches at once. The answer is how
 * to switch, for example `keepLocal()`; `undefined`: not at all, and the switch fails with `SYNC_UNSYNCED`. What `ask` throws is
 * thrown on. To give the writes up, `clear(client, { discardPending: true })` in it.
 *
 * @example promptIfUnsynced(async ({ pending }) => ((await confirm(`Send ${pending} changes first?`)) ? syncThenSwitch() : undefined))
 * @throws SyncError `SYNC_INPUT_INVALID` for anything that is not a function
 */
export function promptIfUnsynced(
  ask: (unsynced: Unsynced) => SwitchStrategy | undefined | Promise<SwitchStrategy | undefined>,
): SwitchStrategy {
  if (typeof ask !== 'function') throw invalidInput('promptIfUnsynced needs a function')
  return {
    name: 'promptIfUnsynced',
    async prepare(switching) {
      const held = await unsyncedOf(switching)
      if (held.pending + held.parked + held.quarantined === 0) return
      // A question that is never answered holds up neither another switch nor the end of the client.
      const how = await abortable<SwitchStrategy | undefined>(switching.signal, (resolve, reject) => {
        const asking = async (): Promise<SwitchStrategy | undefined> => ask(Object.freeze(held))
        asking().then(resolve, reject)
        return () => {}
      })
      if (how === undefined) throw unsynced('not switched', held)
      checkStrategy(how)
      await how.prepare?.(switching)
    },
  }
}
