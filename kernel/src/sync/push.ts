import type { Taking } from '../conflict/context.ts'
import type { PushOperation, PushVerdict } from '../contracts/remote-adapter.ts'
import { asSyncError, errorOf, isSyncError, SyncError } from '../errors/sync-error.ts'
import type { Ledger, Queued } from '../journal/ledger.ts'
import { groundOf, liveOps } from '../journal/view.ts'
import { applyOperation } from '../model/change.ts'
import { type RecordKey, recordKey } from '../model/identity.ts'
import { byteLength } from '../model/value.ts'
import { retryDelay } from './backoff.ts'
import { callRemote } from './call.ts'
import type { SyncPorts } from './ports.ts'
import { takeVerdict } from './verdict.ts'

/** What the engine knows of operations beyond what is stored; gone with the process, and then assumed the worst. */
export class Attempts {
  /** Operations that may already be in effect. */
  readonly unsettled: Set<string> = new Set()
  readonly #failures = new Map<string, { readonly count: number; readonly notBefore: number }>()
  /** Operations of one request; halves when a request is too large. */
  batch: number

  constructor(batch: number) {
    this.batch = batch
  }

  /** When it may be tried again, ms on the device's clock. */
  dueAt(opId: string): number {
    return this.#failures.get(opId)?.notBefore ?? 0
  }

  failed(opId: string, delay: (failures: number) => number, now: number): void {
    const count = (this.#failures.get(opId)?.count ?? 0) + 1
    this.#failures.set(opId, { count, notBefore: now + delay(count) })
  }

  settled(opId: string): void {
    this.unsettled.delete(opId)
    this.#failures.delete(opId)
  }

  /** Forgets delays, for a caller who wants it now. */
  hurry(): void {
    this.#failures.clear()
  }
}

/** What a push needs of the engine. */
export interface PushPorts extends SyncPorts {
  readonly signal: AbortSignal
  readonly attempts: Attempts
  readonly taking: (take: (taking: Taking) => void) => Promise<void>
  readonly recent: Set<RecordKey>
}

/** An operation that can be sent: first of its record, its version known, its turn come. */
function* sendable({ ledger, attempts, env }: PushPorts, settling: boolean): Generator<Queued> {
  const now = env.now()
  for (const [key] of ledger.queues()) {
    const head = liveOps(ledger, key)[0]
    if (head?.op.state !== 'pending' || head.op.expected === undefined) continue
    if (settling && !attempts.unsettled.has(head.op.opId)) continue
    if (attempts.dueAt(head.op.opId) <= now) yield head
  }
}

function wireOf(ledger: Ledger, { op }: Queued, resend: boolean): PushOperation {
  const { opId, kind, collection, id, expected = null, change, condition } = op
  const ground = groundOf(ledger.base(recordKey(collection, id))).record
  const record = applyOperation(ground, op)
  return { opId, kind, collection, id, expected, change, record, ...(condition ? { condition } : {}), resend }
}

function nextBatch(ports: PushPorts, settling: boolean): readonly PushOperation[] {
  const { ledger, attempts, remote } = ports
  const { limits } = remote.capabilities
  const batch: PushOperation[] = []
  let bytes = 100
  for (const queued of sendable(ports, settling)) {
    const operation = wireOf(ledger, queued, attempts.unsettled.has(queued.op.opId))
    bytes += byteLength(operation as never) + 1
    if (batch.length > 0 && (batch.length >= attempts.batch || bytes > limits.requestBytes)) break
    batch.push(operation)
  }
  return batch
}

async function send(ports: PushPorts, operations: readonly PushOperation[]): Promise<readonly PushVerdict[]> {
  const { remote, around, signal } = ports
  const verdicts = await around('push', { kind: 'push', operations }, (operation) =>
    callRemote(ports, signal, (context) => remote.push({ operations: operation.operations, atomic: false }, context)),
  )
  if (!Array.isArray(verdicts) || verdicts.length !== operations.length) {
    throw new SyncError('SYNC_PROTOCOL', {
      message: `${operations.length} operations got ${verdicts?.length} verdicts`,
    })
  }
  return verdicts
}

const stopsAll = (error: SyncError): boolean => error.retry === 'afterAuth' || isSyncError(error, 'SYNC_RATE_LIMITED')

/** Books the operations that have to be sent again; the result is an error that concerns all of them. */
function bookRetries(
  ports: PushPorts,
  sent: readonly PushOperation[],
  verdicts: readonly PushVerdict[],
): SyncError | undefined {
  const { attempts, env, timing } = ports
  let stop: SyncError | undefined
  for (const [at, { opId, resend }] of sent.entries()) {
    const verdict = verdicts[at]
    if (verdict?.kind !== 'retry') continue
    const error = errorOf(verdict.error)
    // That this try had no effect says nothing about an earlier one.
    if (verdict.outcome === 'unapplied' && !resend) attempts.unsettled.delete(opId)
    if (stopsAll(error)) stop = error
    else if (error.code === 'SYNC_TOO_LARGE' && sent.length > 1) attempts.batch = Math.ceil(sent.length / 2)
    else attempts.failed(opId, (failures) => retryDelay(env, timing, failures, error.retryAfterMs), env.now())
  }
  return stop
}

/**
 * Sends one request; false: nothing was left to send. With `settling` only operations whose outcome is unknown, which come
 * before anything else that happens to their records.
 */
export async function pushOnce(ports: PushPorts, settling: boolean): Promise<boolean> {
  const { attempts } = ports
  const operations = nextBatch(ports, settling)
  if (operations.length === 0) return false
  for (const { opId } of operations) attempts.unsettled.add(opId)
  const verdicts = await send(ports, operations).catch((thrown: unknown) => {
    throw asSyncError(thrown, 'SYNC_OUTCOME_UNKNOWN')
  })
  const stop = bookRetries(ports, operations, verdicts)
  const final = operations.flatMap(({ collection, id, opId }, at) => {
    const verdict = verdicts[at] as PushVerdict
    return verdict.kind === 'retry' ? [] : [{ key: recordKey(collection, id), opId, verdict }]
  })
  await ports.taking((taking) => {
    for (const { key, opId, verdict } of final) takeVerdict(taking, key, opId, verdict)
  })
  // Only now: had the commit failed, their outcome would still be open here.
  for (const { key, opId, verdict } of final) {
    attempts.settled(opId)
    if (verdict.kind === 'applied') ports.recent.add(key)
  }
  if (stop) throw stop
  return true
}
