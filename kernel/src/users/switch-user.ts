import type { SyncClient } from '../client/client.ts'
import { makeEngine } from '../client/create-client.ts'
import type { Host, Opened } from '../client/host.ts'
import { leave } from '../client/life.ts'
import { partsOf } from '../client/parts.ts'
import { openSession } from '../client/session.ts'
import { onAbort } from '../errors/deadline.ts'
import { asSyncError, invalidInput, SyncError } from '../errors/sync-error.ts'
import { isUser } from '../model/identity.ts'
import { planQuery } from '../query/plan.ts'
import { nobody } from './nobody.ts'
import { checkStrategy, keepLocal, type SwitchStrategy } from './strategies.ts'

function checkUser(user: unknown): asserts user is string | undefined {
  if (user === undefined || isUser(user)) return
  throw invalidInput(
    typeof user === 'string'
      ? 'the name of the user has NUL or half a character, or is too long'
      : 'a user is a name, or undefined for nobody',
  )
}

/** Takes every row out of the tables. */
function forgetRows({ shapes, events }: Host): void {
  const all = planQuery({}, undefined)
  const moves = [...shapes.values()].map(
    ({ table }) => [table, table.apply(table.select(all).map(({ id }) => ({ id, record: null })))] as const,
  )
  for (const [table, moved] of moves) events.guard(() => table.moved.tell(moved))
}

/** Whether the next session syncs by itself: as the one before it, else as the option says. */
const runsAfter = ({ sync }: Host, before: Opened | undefined): boolean => before?.engine?.wanted ?? sync !== 'manual'

/** The way from what is open to the user's session; to that of nobody where it fails, with the reason. */
async function change(
  host: Host,
  before: Opened | undefined,
  user: string | undefined,
): Promise<readonly [opened: Opened, failure?: SyncError | undefined]> {
  const runs = runsAfter(host, before)
  if (before?.user === user && before) return [{ ...before, runs: runs && user !== undefined }]
  let failure: SyncError | undefined
  try {
    if (before) await leave(before, new SyncError('SYNC_ABORTED', { message: 'the user was switched' }))
    forgetRows(host)
    if (user !== undefined && !host.ended.aborted) {
      const session = await openSession({ ...host, user })
      return [{ ...session, engine: makeEngine(host, session), runs }]
    }
  } catch (thrown) {
    failure = asSyncError(thrown, 'SYNC_STORE_FAILED')
  }
  // What failed may have shown rows already.
  forgetRows(host)
  return [await nobody(host, runs), failure]
}

interface Turn {
  readonly over: AbortController
  readonly done: Promise<unknown>
}

/** By client, the switch that is being prepared. */
const preparing = new WeakMap<Host, Turn>()

/** Prepares a switch; one that was being prepared gives way to it. */
async function prepare(host: Host, to: string | undefined, how: SwitchStrategy, earlier?: Turn): Promise<void> {
  const over = new AbortController()
  const { signal } = over
  // No signal made of both: one that somebody listens to is kept alive for ever, with all that waits.
  const follow = (): void => over.abort(host.ended.reason)
  const forget = onAbort(host.ended, follow)
  if (host.ended.aborted) follow()
  const run = async (): Promise<void> => {
    earlier?.over.abort(new SyncError('SYNC_ABORTED', { message: 'another switch took its place' }))
    await earlier?.done
    signal.throwIfAborted()
    await how.prepare?.({ host, from: await host.open(), to, signal })
    signal.throwIfAborted()
  }
  const done = run()
  const turn: Turn = { over, done: done.catch(() => undefined) }
  preparing.set(host, turn)
  try {
    await done
  } finally {
    forget()
    if (preparing.get(host) === turn) preparing.delete(host)
  }
}

/**
 * Makes the client another user's, or with `undefined` nobody's. It stays the same object: its collections, Watches, observers
 * and plugins go on, and show the other user's data, from one moment to the next. What the user who is left has on this device,
 * writes that wait included, stays there and is back when they are. The same user again, for example after signing in anew, resumes.
 *
 * What waits for the user who is left ends: writes that are not yet accepted, `settled`, `synchronize`, transactions and fetches with
 * `SYNC_ABORTED`, a `remoteFirst` write with `SYNC_OUTCOME_UNKNOWN`; iterations and subscriptions go on. Calls made after this one
 * wait for the other user, unless `how` first does something: until then they are for the user who is left. A switch that is asked
 * for while another is being prepared takes its place, and that one fails with `SYNC_ABORTED`.
 *
 * While nobody is signed in, reads find nothing, nothing is sent, the status is `authRequired` (without a remote `offline`), and
 * every write, fetch, `synchronize()`, `pause()` and `resume()` fails with `SYNC_AUTH_REQUIRED`. What `start()` and `stop()` ask for holds for
 * the next user. The same holds where the switch fails in mid-way because a store does:
 * the next switch, to whomever, is the way out.
 *
 * @example await switchUser(client, session.user.id, syncThenSwitch({ deadlineMs: 5_000 }))
 * @param how what happens before; default {@link keepLocal}
 * @throws SyncError `SYNC_INPUT_INVALID`; `SYNC_UNSYNCED` as `how` says, and then the user stays; `SYNC_ABORTED`; `SYNC_CLOSED`;
 * errors of the store, and then nobody is signed in, unless `how` met them before the switch: the user stays, as the status tells
 */
export async function switchUser<C>(
  client: SyncClient<C>,
  user: string | undefined,
  how: SwitchStrategy = keepLocal(),
): Promise<void> {
  const { host } = partsOf(client)
  checkUser(user)
  checkStrategy(how)
  host.ended.throwIfAborted()
  const earlier = preparing.get(host)
  if (how.prepare || earlier) await prepare(host, user, how, earlier)
  let failure: SyncError | undefined
  await host.replace(async (before) => {
    const [opened, reason] = await change(host, before, user)
    failure = reason
    return opened
  })
  if (failure) throw failure
  host.ended.throwIfAborted()
}
