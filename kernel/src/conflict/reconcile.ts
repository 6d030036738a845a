import type { JsonObject } from '../env/json.ts'
import type { Queued, Reader } from '../journal/ledger.ts'
import { groundOf, liveOps, viewOf } from '../journal/view.ts'
import { applyOperation, changeBetween, sameRecord } from '../model/change.ts'
import type { RecordKey } from '../model/identity.ts'
import type { BaseEntry, Operation } from '../model/stored.ts'
import { endOperation, park, reopen } from '../outbox/end.ts'
import { compareSides } from './compare.ts'
import type { Sides, Taking } from './context.ts'
import { tidy, withoutAncestor } from './receive.ts'

/** A record whose conflicts come back so often is left to a person. */
const maxRounds = 10

/** Both sides of a record as they stand. */
export function sidesOf(draft: Reader, key: RecordKey): Sides {
  const base = draft.base(key)
  return { ancestor: groundOf(base).record, local: viewOf(draft, key), remote: base?.record ?? null }
}

/**
 * Brings a record's unsent operations and its newest server row together: rebases them silently, asks, or parks them. Does
 * nothing while an operation's outcome is unknown, and nothing that has been done already.
 */
export function reconcile(taking: Taking, key: RecordKey): void {
  const { draft, news } = taking
  const head = liveOps(draft, key)[0]
  if (!head) return tidy(draft, key)
  if (head.op.state === 'parked' || taking.asking(key)) return
  if (head.op.expected !== undefined && taking.unsettled(head.op.opId)) return
  if (!draft.base(key)?.ancestor) return rebase(taking, key)
  const { ancestor, local, remote } = sidesOf(draft, key)
  const comparison = compareSides(ancestor, local, remote)
  if (comparison.kind === 'clean') return rebase(taking, key)
  const fields = comparison.kind === 'fields' ? comparison.fields : []
  news.conflicts.push({ key, fields })
  if ((head.op.rounds ?? 0) >= maxRounds) return park(draft, key)
  if (taking.asks(head.op.collection)) return ask(taking, key, head)
  if (comparison.kind === 'deletion') return park(draft, key)
  // No resolver: at the fields both changed the local value stays, being the later one to arrive.
  rebase(taking, key)
}

function ask({ draft, news, uuid }: Taking, key: RecordKey, head: Queued): void {
  draft.replace(key, head.key, awaitVersion(head.op, uuid))
  news.questions.add(key)
}

/** The operation without its version, so that it is not sent; its old id named a payload that is gone. */
export function awaitVersion({ expected, ...op }: Operation, uuid: () => string): Operation {
  return expected === undefined ? op : { ...op, opId: uuid() }
}

/** Puts the operations on the base: the first one gets its version, those with nothing left to do end applied. */
function rebase(taking: Taking, key: RecordKey): void {
  const { draft, news } = taking
  const base = draft.base(key)
  if (base?.ancestor) draft.setBase(key, withoutAncestor(base))
  for (const queued of liveOps(draft, key)) {
    const op = onto(base, queued.op, taking.uuid)
    if (op) {
      if (op !== queued.op) draft.replace(key, queued.key, op)
      return
    }
    endOperation(draft, queued, 'applied')
    news.applied += 1
  }
  tidy(draft, key)
}

/** The operation made for this base; `undefined`: nothing is left to do. A payload that changes gets a new id. */
function onto(base: BaseEntry | undefined, op: Operation, uuid: () => string): Operation | undefined {
  const record = base?.record ?? null
  const expected = record === null ? null : (base?.revision ?? null)
  if (op.expected === expected && op.kind !== 'create') return op
  const after = applyOperation(record, op)
  if (op.kind === 'create' && record !== null) {
    const { set = {} } = changeBetween(record, { ...record, ...op.change.set })
    if (Object.keys(set).length === 0) return undefined
    return { ...op, kind: 'update', change: { set }, expected, opId: uuid() }
  }
  if (op.kind === 'create') return op.expected === undefined ? { ...op, expected } : op
  if (sameRecord(after, record)) return undefined
  return { ...op, expected, opId: op.expected === undefined ? op.opId : uuid() }
}

/** Ends a conflict: one operation that makes `wanted` out of the base takes the place of all. */
export function settleOn(taking: Taking, key: RecordKey, wanted: JsonObject | null): void {
  const { draft, news, uuid } = taking
  const queue = liveOps(draft, key)
  const base = draft.base(key)
  const record = base?.record ?? null
  for (const queued of queue) reopen(draft, queued)
  if (base?.ancestor) draft.setBase(key, withoutAncestor(base))
  const [first, ...rest] = queue
  if (!first) return
  if (sameRecord(record, wanted)) {
    for (const queued of queue) endOperation(draft, queued, 'applied')
    news.applied += queue.length
    return tidy(draft, key)
  }
  for (const queued of rest) draft.replace(key, queued.key, undefined)
  const { condition: _, ...op } = first.op
  draft.replace(key, first.key, {
    ...op,
    ...step(record, wanted),
    opId: uuid(),
    writes: queue.flatMap((queued) => queued.op.writes),
    state: 'pending',
    expected: record === null ? null : (base?.revision ?? null),
  })
}

function step(from: JsonObject | null, to: JsonObject | null): Pick<Operation, 'kind' | 'change'> {
  if (to === null) return { kind: 'delete', change: {} }
  if (from === null) return { kind: 'create', change: { set: to } }
  return { kind: 'update', change: changeBetween(from, to) }
}

/** Whether an operation waits for news of its record's version before it can be sent. */
export const awaitsVersion = ({ op }: Queued): boolean => op.state === 'pending' && op.expected === undefined
