import type { JsonObject } from '../env/json.ts'
import type { Queued, Reader } from '../journal/ledger.ts'
import { baseOf, expectedOf, groundOf, liveOps, viewOf } from '../journal/view.ts'
import { applyOperation, sameRecord, stepBetween } from '../model/change.ts'
import type { RecordKey } from '../model/identity.ts'
import type { Operation, Version } from '../model/stored.ts'
import { end, reopen, shelve } from '../outbox/end.ts'
import { conflictingFields } from './compare.ts'
import type { Sides, Taking } from './context.ts'
import { dropAncestor } from './receive.ts'

/** A record whose conflicts come back so often is left to a person. */
const maxRounds = 10

/** Both sides of a record as they stand. */
export function sidesOf(reader: Reader, key: RecordKey): Sides {
  return { base: groundOf(reader, key).record, local: viewOf(reader, key), remote: baseOf(reader, key).record }
}

/** Puts every live operation of a record into the conflict inbox. */
export function park({ draft }: Pick<Taking, 'draft'>, key: RecordKey): void {
  for (const queued of liveOps(draft, key)) shelve(draft, queued, 'parked')
}

/**
 * Brings a record's unsent operations and its newest server row together: rebases them silently, asks, or parks them. Does
 * nothing while an operation's outcome is unknown, and nothing that has been done already.
 */
export function reconcile(taking: Taking, key: RecordKey): void {
  const { draft, questions, unsettled, asking, asks } = taking
  const head = liveOps(draft, key)[0]
  if (!head) return dropAncestor(taking, key)
  const { op } = head
  const { collection, id } = op
  if (op.state === 'parked' || asking.has(key) || questions.includes(key) || unsettled.has(op.opId)) return
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

/** The operation without its version, so that it is not sent; its old id named a payload that is gone. */
export const withoutVersion = ({ expected, ...op }: Operation, uuid: () => string): Operation =>
  expected === undefined ? op : { ...op, opId: uuid() }

/** Puts the operations on the base: the first one gets its version, those with nothing left to do end applied. */
function rebase(taking: Taking, key: RecordKey): void {
  const { draft, uuid } = taking
  const base = baseOf(draft, key)
  for (const queued of liveOps(draft, key)) {
    const op = onto(base, queued.op, uuid)
    if (op) {
      draft.replace(queued, op)
      break
    }
    end(draft, queued, 'applied')
    taking.pushed += 1
  }
  dropAncestor(taking, key)
}

/** The operation made for this base; `undefined`: nothing is left to do. A payload that changes gets a new id. */
function onto(base: Version, op: Operation, uuid: () => string): Operation | undefined {
  const { record } = base
  const expected = expectedOf(base)
  const revives = op.kind === 'create' && record
  if (op.expected === expected && !revives) return op
  const after = applyOperation(record, revives ? { ...op, kind: 'update' } : op)
  if (sameRecord(after, record)) return undefined
  const opId = op.expected === undefined ? op.opId : uuid()
  return { ...op, ...(revives ? stepBetween(record, after) : {}), expected, opId }
}

/** Ends a conflict: one operation that makes `wanted` out of the base takes the place of all. */
export function settleOn(taking: Taking, key: RecordKey, wanted: JsonObject | null): void {
  const { draft, uuid } = taking
  const queue = liveOps(draft, key)
  const step = stepBetween(baseOf(draft, key).record, wanted)
  const writes = queue.flatMap(({ op }) => op.writes)
  for (const [at, queued] of queue.entries()) {
    reopen(draft, queued)
    const { condition: _, expected: __, ...op } = queued.op
    const whole: Operation = { ...op, ...step, opId: uuid(), writes, state: 'pending' }
    draft.replace(queued, at > 0 ? undefined : whole)
  }
  rebase(taking, key)
}
