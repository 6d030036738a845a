import { defined, type JsonObject } from '../env/json.ts'
import { SyncError } from '../errors/sync-error.ts'
import type { Draft } from '../journal/draft.ts'
import type { Queued, Reader } from '../journal/ledger.ts'
import { baseOf, bound, expectedOf, groundOf, headOf, headsOf, liveOps, viewOf } from '../journal/view.ts'
import { applyOperation, differingFields, stepBetween, takeFields } from '../model/change.ts'
import { sameValue } from '../model/compare.ts'
import { keyOfRecord, type RecordKey } from '../model/identity.ts'
import type { Operation, Version } from '../model/stored.ts'
import { end, reopen, shelve } from '../outbox/end.ts'
import { conflictingFields } from './compare.ts'
import type { Sides, Taking } from './context.ts'
import { dropAncestor } from './receive.ts'
import { refuse } from './refuse.ts'

/** A record whose conflicts come back so often is left to a person. */
const maxRounds = 10

/** Both sides of a record as they stand. */
export function sidesOf(reader: Reader, key: RecordKey): Sides {
  return { base: groundOf(reader, key).record, local: viewOf(reader, key), remote: baseOf(reader, key).record }
}

/** Puts every live operation of a record into the conflict inbox, with the rest of their transactions and what follows those. */
export function park(
  { draft }: Pick<Taking, 'draft'>,
  key: RecordKey,
  first: Queued | undefined = headOf(draft, key),
): void {
  if (first) for (const queued of bound(draft, first, true)) shelve(draft, queued, 'parked')
}

/** After an operation joined a record's queue: if that waits in the inbox, the rest of the operation's transaction does too. */
export function joinParked(draft: Draft, key: RecordKey): void {
  const first = liveOps(draft, key).find(({ op }) => op.state === 'parked')
  if (first) park({ draft }, key, first)
}

/**
 * Brings a record's unsent operations and its newest server row together: rebases them silently, asks, or parks them. Does
 * nothing while an operation's outcome is unknown, and nothing that has been done already.
 */
export function reconcile(taking: Taking, key: RecordKey): void {
  const { draft, questions, asking, asks } = taking
  const head = headOf(draft, key)
  if (!head) return dropAncestor(taking, key)
  const { op } = head
  const { collection, id } = op
  if (op.state === 'parked' || asking.has(key) || questions.includes(key) || taking.mayBeSent(head)) return
  const fields = draft.base.get(key)?.ancestor && conflictingFields(sidesOf(draft, key))
  const tooOften = (op.rounds ?? 0) >= maxRounds
  if (!fields && !tooOften) return rebase(taking, key)
  taking.conflicts += 1
  taking.told.push(['conflict:detected', { collection, id, fields: fields ?? [] }])
  if (tooOften) park(taking, key)
  else if (asks(collection)) {
    draft.replace(head, withoutVersion(op, taking.uuid))
    questions.push(key)
  } else if (fields?.length === 0) park(taking, key)
  // No resolver: at the fields both changed the local value stays, being the later one to arrive.
  else rebase(taking, key)
}

/** Whether an operation waits for news of its record's version before it can be sent. */
export const awaitsVersion = ({ op }: Queued): boolean => op.state === 'pending' && op.expected === undefined

/** {@link reconcile} for every record whose first operation waits so, and that `concerns` picks. */
export function reconcileWaiting(taking: Taking, concerns: (key: RecordKey) => unknown): void {
  for (const head of headsOf(taking.draft)) {
    const key = keyOfRecord(head.op)
    if (awaitsVersion(head) && concerns(key)) reconcile(taking, key)
  }
}

/** The operation without its version, so that it is not sent; its old id named a payload that is gone. */
export const withoutVersion = ({ expected, ...op }: Operation, uuid: () => string): Operation =>
  expected === undefined ? op : { ...op, opId: uuid() }

/**
 * Puts the operations on the base: the first one gets its version, those with nothing left to do end applied. An update whose
 * record is nowhere, because what made it was lost here, was never in effect and cannot be.
 */
function rebase(taking: Taking, key: RecordKey): void {
  const { draft, uuid } = taking
  const base = baseOf(draft, key)
  // Each anew: another one may go with one that is set aside.
  for (;;) {
    const head = headOf(draft, key)
    const op = head && onto(base, head.op, uuid)
    if (op) draft.replace(head, op)
    if (!head || op) break
    if (head.op.kind === 'update' && !base.record) refuse(taking, head, new SyncError('SYNC_NOT_FOUND'))
    else {
      end(draft, head, 'applied')
      taking.pushed += 1
    }
  }
  dropAncestor(taking, key)
}

/** The operation made for this base; `undefined`: nothing is left to do. Every payload gets an id of its own. */
function onto(base: Version, op: Operation, uuid: () => string): Operation | undefined {
  const { record } = base
  const expected = expectedOf(base)
  const revives = op.kind === 'create' && record
  if (op.expected === expected && !revives) return op
  const after = applyOperation(record, revives ? { ...op, kind: 'update' } : op)
  if (sameValue(after, record)) return undefined
  // Also where it is not known to have gone out: a power loss may bring back what lies in the store, whose id names that.
  return defined({ ...op, ...(revives && stepBetween(record, after)), expected, opId: uuid() })
}

/**
 * Ends a conflict: one operation that makes `wanted` out of the base takes the place of all. Where there are transactions among
 * them, each keeps an operation of its own, with the fields it changed but for those that were decided otherwise.
 */
export function settleOn(taking: Taking, key: RecordKey, wanted: JsonObject | null): void {
  const { draft, uuid } = taking
  const queue = liveOps(draft, key)
  let before = baseOf(draft, key).record
  let record = before ?? groundOf(draft, key).record
  const replayed = queue.reduce((made, { op }) => applyOperation(made, op), record)
  const apart = queue.some(({ op }) => op.group)
  const writes = queue.flatMap(({ op }) => op.writes)
  for (const [at, queued] of queue.entries()) {
    reopen(draft, queued)
    const { condition: _, expected: __, ...op } = queued.op
    record = applyOperation(record, op)
    record = apart && record && wanted ? takeFields(record, wanted, differingFields({ ...replayed }, wanted)) : wanted
    const own: Operation = { ...op, ...stepBetween(before, record), opId: uuid(), state: 'pending' }
    draft.replace(queued, apart ? own : at > 0 ? undefined : { ...own, writes })
    before = record
  }
  rebase(taking, key)
}
