import type { PushOperation, PushVerdict } from '../contracts/remote-adapter.ts'
import { defined } from '../env/json.ts'
import { abortable } from '../errors/deadline.ts'
import { asSyncError, errorOf, SyncError } from '../errors/sync-error.ts'
import type { Queued } from '../journal/ledger.ts'
import { baseOf, groundOf, groupsOf, headOf, headsOf, sentOf } from '../journal/view.ts'
import { applyOperation } from '../model/change.ts'
import { keyOfRecord } from '../model/identity.ts'
import type { Operation } from '../model/stored.ts'
import { byteLength } from '../model/value.ts'
import { unsent } from '../outbox/unsent.ts'
import { retryDelay } from './backoff.ts'
import type { Work } from './ports.ts'
import { type FinalVerdict, takeVerdict } from './verdict.ts'

/** How long an operation has still to wait, ms; a clock that went back ends the wait. */
export function waitOf({ failures, env }: Work, opId: string): number {
  const { since = 0, waitMs = 0 } = failures.get(opId) ?? {}
  const now = env.now()
  return now < since ? 0 : Math.max(0, since + waitMs - now)
}

type Waits = ReturnType<NonNullable<Work['related']>['waits']> | undefined

/** Whether the remote may have forgotten that it has done this, and would do it once more: it has to be read first. */
export const isForgotten = ({ unsettled, remote, env }: Work, { opId, kind, at }: Operation): boolean => {
  const { conditional, idempotency, limits } = remote.capabilities
  const isUnchecked = kind === 'update' && conditional === 'none' && idempotency !== 'natural'
  return isUnchecked && unsettled.has(opId) && env.now() - at > limits.opIdMemoryMs
}

/** An operation as it goes over the wire; `undefined`: it cannot be sent now, or is not its record's first. */
function wireOf(work: Work, queued: Queued, settling: boolean, waits: Waits): PushOperation | undefined {
  const { op } = queued
  const key = keyOfRecord(op)
  if (
    work.busy.has(key) ||
    work.tabs?.isOthers(queued.key) ||
    waits?.(queued) ||
    headOf(work.ledger, key) !== queued ||
    op.state !== 'pending' ||
    isForgotten(work, op) ||
    op.expected === undefined
  )
    return undefined
  const { opId, kind, collection, id, expected } = op
  const { change, condition } = sentOf(op)
  const resend = work.mayBeSent(queued)
  if ((settling && !work.unsettled.has(opId)) || waitOf(work, opId) > 0 || work.unread.has(collection)) return undefined
  // Where versions are not compared, the whole record goes on top of what is there: what others wrote must be in it.
  const there = work.remote.capabilities.conditional === 'none' && baseOf(work.ledger, key).record
  const record = applyOperation(there || groundOf(work.ledger, key).record, op)
  unsent.delete(op)
  return defined<PushOperation>({ opId, kind, collection, id, expected, change, record, condition, resend })
}

/** One request. */
type Batch = readonly [operations: readonly PushOperation[], atomic: boolean]

const nothing: Batch = [[], true]

/**
 * What can be sent now: of each record the first operation, within the limits of a request; where there is no more of those, a
 * transaction whose operations are all the first ones of their records.
 */
function nextBatch(work: Work, settling: boolean): Batch {
  const batch: PushOperation[] = []
  const waits = work.related?.waits(work.ledger)
  let bytes = 100
  for (const head of headsOf(work.ledger)) {
    const operation = !head.op.group && wireOf(work, head, settling, waits)
    if (!operation) continue
    bytes += byteLength(operation as never) + 1
    if (batch.length > 0 && bytes > work.remote.capabilities.limits.requestBytes) break
    if (batch.push(operation) >= work.batch) break
  }
  if (batch.length > 0) return [batch, false]
  const inOrder = work.related?.inOrder(work.ledger)
  for (const members of groupsOf(work.ledger).values()) {
    const whole = (inOrder?.(members) ?? members).flatMap((queued) => wireOf(work, queued, settling, waits) ?? [])
    if (whole.length === members.length) return [whole, true]
  }
  return nothing
}

/** @throws SyncError `SYNC_PROTOCOL` `SYNC_OUTCOME_UNKNOWN`, and what the adapter throws: the outcome of all is unknown */
async function send(
  { remote, around, signal, call }: Work,
  sent: readonly PushOperation[],
  atomic: boolean,
): Promise<readonly PushVerdict[]> {
  try {
    const verdicts = await around(
      'push',
      { kind: 'push', operations: sent, atomic, signal: signal() },
      ({ operations }) => call((context) => remote.push({ operations, atomic }, context)),
    )
    if (verdicts.length === sent.length) return verdicts
  } catch (thrown) {
    const error = asSyncError(thrown, 'SYNC_OUTCOME_UNKNOWN')
    if (error.code !== 'SYNC_TOO_LARGE') throw error
    return sent.map(() => ({ kind: 'retry', outcome: 'unknown', error }))
  }
  throw new SyncError('SYNC_PROTOCOL', { message: 'a wrong number of verdicts' })
}

/** Books an operation that has to be sent again; the result is an error that concerns all of them. */
function bookRetry(
  work: Work,
  { opId, resend }: PushOperation,
  { outcome, error: failure }: Extract<PushVerdict, { kind: 'retry' }>,
  sent: number,
): SyncError | undefined {
  const { unsettled, failures } = work
  const error = errorOf(failure)
  const { code, retry, retryAfterMs } = error
  // That this try had no effect says nothing about an earlier one.
  if (outcome === 'unapplied' && !resend) unsettled.delete(opId)
  if (retry === 'afterAuth' || code === 'SYNC_RATE_LIMITED') return error
  // One of them may be what the server cannot take: in smaller requests it stands alone in the end.
  if ((code === 'SYNC_TOO_LARGE' || code === 'SYNC_PROTOCOL') && sent > 1)
    work.batch = Math.min(work.batch, Math.ceil(sent / 2))
  else {
    const count = (failures.get(opId)?.count ?? 0) + 1
    failures.set(opId, { count, since: work.env.now(), waitMs: retryDelay(work, count, retryAfterMs), error })
  }
  return undefined
}

type Final = readonly [PushOperation, FinalVerdict]

/** Of an atomic request all have ended this try when one of them has. */
const endedIn = (sent: readonly PushOperation[], final: readonly Final[], atomic: boolean): readonly PushOperation[] =>
  atomic && final.length > 0 ? sent : final.map(([operation]) => operation)

/** What is sent now is in nobody's hands any more: it is neither merged nor made anew before its outcome is known. */
function handOut(work: Work, settling: boolean): Batch {
  const { busy, env, remote } = work
  for (const [key, since] of busy) {
    const age = env.now() - (since ?? Number.NaN)
    if (age < 0 || age >= remote.capabilities.limits.minWriteIntervalMs) busy.delete(key)
  }
  const batch = nextBatch(work, settling)
  for (const operation of batch[0]) {
    work.unsettled.add(operation.opId)
    busy.set(keyOfRecord(operation), undefined)
  }
  return batch
}

/** Sends one request, and takes its verdicts. */
async function pushOnce(work: Work, sent: Batch[0], atomic: boolean): Promise<void> {
  const { unsettled, failures, take } = work
  const verdicts = await send(work, sent, atomic)
  const final: Final[] = []
  let stop: SyncError | undefined
  for (const [at, operation] of sent.entries()) {
    const verdict = verdicts[at] as PushVerdict
    const length = atomic ? 1 : sent.length
    if (verdict.kind !== 'retry') final.push([operation, verdict])
    // Nothing is left to halve.
    else if (length === 1 && verdict.error.code === 'SYNC_TOO_LARGE')
      final.push([operation, { ...verdict, kind: 'rejected' }])
    else stop = bookRetry(work, operation, verdict, length) ?? stop
  }
  await take((taking) => {
    for (const [operation, verdict] of final) takeVerdict(taking, operation, verdict)
  })
  // Only now: had the commit failed, their outcome would still be open here.
  for (const { opId } of endedIn(sent, final, atomic)) {
    unsettled.delete(opId)
    failures.delete(opId)
  }
  if (stop) throw stop
}

/** How long a server wants to be left alone, ms. */
const waitIn = (error: unknown): number => Object(error).retryAfterMs ?? 0

/**
 * Sends what can be sent now, as many requests at a time as the remote takes, never two that concern one record. After a failure
 * what is under way is awaited, and nothing new begins. @throws the failure that asks for the longest wait, else the first one
 */
async function drain(work: Work, settling: boolean): Promise<void> {
  const under = new Set<Promise<unknown>>()
  const failed: unknown[] = []
  for (;;) {
    // What ends while the next is being chosen may free more.
    const isIdle = under.size === 0
    const isFull = failed.length > 0 || under.size >= work.remote.capabilities.limits.parallel
    const [sent, atomic] = isFull ? nothing : await work.journal.between(() => handOut(work, settling))
    if (sent.length > 0) {
      const request = pushOnce(work, sent, atomic)
        .catch((error: unknown) => failed.push(error))
        .finally(() => {
          under.delete(request)
          for (const operation of sent) work.busy.set(keyOfRecord(operation), work.env.now())
        })
      under.add(request)
    } else if (under.size > 0) await Promise.race(under)
    else if (failed.length > 0) throw failed.sort((a, b) => waitIn(b) - waitIn(a))[0]
    else if (isIdle) return
  }
}

/**
 * Sends what can be sent. With `settling` only operations whose outcome is unknown, which come before anything else that happens
 * to their records; else also, once, what has to wait because its record was written just now.
 */
export async function push(work: Work, settling: boolean): Promise<void> {
  const { env, ledger, busy, related, remote, signal } = work
  let rested = false
  for (;;) {
    await drain(work, settling)
    if (settling) return
    if (await related?.untie(work)) continue
    if (!headsOf(ledger).some(({ op }) => busy.has(keyOfRecord(op)))) return
    // What else there is to do comes in between.
    if (rested) return work.want()
    rested = true
    const { minWriteIntervalMs } = remote.capabilities.limits
    await abortable<void>(signal(), (resolve) => env.setTimer(minWriteIntervalMs, resolve))
  }
}
