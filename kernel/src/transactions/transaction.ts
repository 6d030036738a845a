import type { SyncClient } from '../client/client.ts'
import type { Host } from '../client/host.ts'
import { partsOf } from '../client/parts.ts'
import { moved } from '../client/write-one.ts'
import { abortable } from '../errors/deadline.ts'
import { invalidInput, refuseRest, SyncError } from '../errors/sync-error.ts'
import type { Draft } from '../journal/draft.ts'
import type { Collections } from '../model/schema.ts'
import { isObject } from '../model/value.ts'
import { Attempt } from './attempt.ts'
import { acceptAll } from './commit.ts'
import { hasMoved } from './moved.ts'
import type { Transaction } from './types.ts'

/** What a transaction can be given. */
export interface TransactionOptions {
  /**
   * `true`: whole on this device only; the server gets each operation alone, and may refuse one and take the others. Default
   * `false`: whole on the server too, as one atomic request.
   */
  readonly split?: boolean
  /** Takes the transaction back while it is not yet accepted (`SYNC_ABORTED`). */
  readonly signal?: AbortSignal
}

/** So often a transaction is run whose records others keep changing. */
const maxRuns = 10

type Run = (collections: never) => unknown

function optionsOf(options: unknown): TransactionOptions {
  const given: TransactionOptions & { readonly options?: unknown } = isObject(options) ? options : { options }
  const { split = false, signal, ...rest } = given
  refuseRest('a transaction', rest)
  if (typeof split !== 'boolean') throw invalidInput('split must be true or false')
  if (signal && !('aborted' in Object(signal))) throw invalidInput('signal must be an AbortSignal')
  return { split, ...(signal ? { signal } : {}) }
}

function mustBeAtomic({ remote }: Host): void {
  if (!remote || remote.capabilities.atomicity === 'batch') return
  throw new SyncError('SYNC_UNSUPPORTED', {
    message: `${remote.name} takes no atomic requests: give split: true if whole on this device is enough`,
  })
}

/** Runs the app's function. @throws SyncError `SYNC_INPUT_INVALID` if it returned before a call that it made had ended */
async function runOnce(attempt: Attempt, run: Run, signal: AbortSignal): Promise<unknown> {
  const result = await abortable(signal, (resolve, reject) => {
    const start = async (): Promise<unknown> => run(attempt.collections as never)
    start().then(resolve, reject)
  })
  if (attempt.end()) throw invalidInput('the transaction returned before a call in it had ended: await them all')
  return result
}

async function runTransaction(host: Host, run: unknown, given: unknown): Promise<unknown> {
  if (typeof run !== 'function') throw invalidInput('a transaction needs a function')
  const { split = false, signal: own } = optionsOf(given)
  if (!split) mustBeAtomic(host)
  const { journal, ledger, engine, ending } = await host.open()
  const signal = own ? AbortSignal.any([own, ending.signal]) : ending.signal
  let last: unknown
  for (let runs = 0; runs < maxRuns; runs += 1) {
    const attempt = new Attempt(host, ledger)
    try {
      const result = await runOnce(attempt, run as Run, signal)
      await journal.write((draft: Draft) => {
        if (signal.aborted) throw new SyncError('SYNC_ABORTED')
        if (hasMoved(draft, attempt)) throw moved
        attempt.rehearsal.again(draft)
        acceptAll(host, draft, attempt, split)
      })
      engine?.want()
      return result
    } catch (error) {
      attempt.end()
      // What failed on records that were not of one moment may be well on those of now; one that is taken back ends in its next run.
      if (error !== moved && (signal.aborted || !hasMoved(ledger, attempt))) throw error
      last = error
      // What overtook it may be on its way to the store: only after that it is shown.
      await journal.write(() => undefined)
    }
  }
  throw new SyncError('SYNC_CONFLICT', {
    message: `the transaction was run ${maxRuns} times, and each time others changed what it had read`,
    cause: last,
  })
}

/**
 * Runs `run`, then makes everything it wrote through `tx` durable as one commit: all or nothing, also after a crash. What it
 * throws is thrown on, and leaves no trace. The result is that of `run`.
 *
 * Nothing is locked. Where somebody else changes a record or the answer of a query that `run` read, it is run again, ten times
 * at the most, so it should do nothing but read and write through `tx`. A function that never returns holds up nobody; `signal`
 * and `dispose()` end its transaction. A transaction inside of another is one of its own.
 *
 * On the server it is whole too: one atomic request, and whoever refuses one operation refuses all. That takes a remote whose
 * `atomicity` is `batch`; for others, and only for the device, there is `split`.
 *
 * @example
 * await transaction(client, async (tx) => {
 *   const task = await tx.tasks.create({ title: 'Order ferns', projectId })
 *   await tx.projects.update(projectId, { newest: task.id })
 * })
 * @throws SyncError `SYNC_UNSUPPORTED` for a remote without atomic requests; `SYNC_TOO_LARGE` over what it takes in one;
 * `SYNC_CONFLICT` when ten runs were overtaken; `SYNC_INPUT_INVALID` where a call was not awaited; `SYNC_ABORTED`; errors of the
 * store. None of them leaves anything behind
 */
export const transaction: <C, T>(
  client: SyncClient<C>,
  run: (tx: Transaction<C>) => Promise<T> | T,
  options?: TransactionOptions,
) => Promise<T> = (async (client: SyncClient<Collections>, run: unknown, options: unknown = {}) =>
  runTransaction(partsOf(client).host, run, options)) as never
