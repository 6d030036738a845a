import type { JsonObject } from '../env/json.ts'
import { comparePlaces, type Ledger, type Queued, type Reader } from '../journal/ledger.ts'
import { allLive, baseOf, groundOf, liveOps } from '../journal/view.ts'
import { applyOperation } from '../model/change.ts'
import { keyOfRecord, type RecordKey, recordKey } from '../model/identity.ts'
import type { Payload } from '../model/stored.ts'
import { type Edge, refOf } from './edges.ts'

/** The record right after one of its operations. */
function recordAfter(reader: Reader, { key, op }: Queued): JsonObject | null {
  const record = keyOfRecord(op)
  let after = groundOf(reader, record).record
  for (const one of liveOps(reader, record)) {
    after = applyOperation(after, one.op)
    if (one.key === key) break
  }
  return after
}

/** Other records that an operation makes its own refer to, with the edge. */
export function* referencesOf(
  edges: readonly Edge[],
  reader: Reader,
  queued: Queued,
): Iterable<readonly [RecordKey, Edge]> {
  const { op } = queued
  const { set = {} } = op.change
  for (const edge of edges) {
    if (edge.from !== op.collection || !edge.fields.some((field) => Object.hasOwn(set, field))) continue
    const id = refOf(recordAfter(reader, queued), edge.fields)
    const key = id !== undefined && recordKey(edge.to, id)
    // A record may refer to itself from the start.
    if (key && key !== keyOfRecord(op)) yield [key, edge]
  }
}

/** Whether an operation keeps a place of its own: what it refers to may be refused, and what refers to it needs it. */
export function standsAlone(
  edges: readonly Edge[],
  reader: Reader,
  { kind, collection, id, change }: Payload,
): boolean {
  const { set = {} } = change
  const isSet = (field: string): boolean => (set[field] ?? null) !== null
  if (kind === 'update') return edges.some(({ from, fields }) => from === collection && fields.some(isSet))
  if (kind === 'create' || !edges.some(({ to }) => to === collection)) return false
  const own = recordKey(collection, id)
  return allLive(reader).some((queued) => [...referencesOf(edges, reader, queued)].some(([key]) => key === own))
}

/** Operations of a record after which it refers no more to what it did, with that. */
function* releasesBy(edges: readonly Edge[], ledger: Ledger, key: RecordKey): Iterable<readonly [RecordKey, Queued]> {
  const queue = liveOps(ledger, key)
  for (const { from, fields, to } of edges) {
    if (from !== queue[0]?.op.collection) continue
    let record = groundOf(ledger, key).record
    for (const queued of queue) {
      const before = refOf(record, fields)
      record = applyOperation(record, queued.op)
      if (before !== undefined && before !== refOf(record, fields)) yield [recordKey(to, before), queued]
    }
  }
}

/** Of each record: operations after which another one refers to it no more. */
function releasesOf(edges: readonly Edge[], ledger: Ledger): ReadonlyMap<RecordKey, readonly Queued[]> {
  const found = new Map<RecordKey, Queued[]>()
  for (const key of ledger.queues.keys()) {
    for (const [target, queued] of releasesBy(edges, ledger, key)) {
      if (target !== key) found.set(target, [...(found.get(target) ?? []), queued])
    }
  }
  return found
}

/** Operations that make a record: its creates; where there are none, and the server has it no more, the first, which may revive it. */
function makersOf(ledger: Ledger, key: RecordKey): readonly Queued[] {
  const queue = liveOps(ledger, key)
  const creates = queue.filter(({ op }) => op.kind === 'create')
  return creates.length > 0 || baseOf(ledger, key).record ? creates : queue.slice(0, 1)
}

/** What an operation has to wait for, as the ledger stands. */
export type Needs = (queued: Queued) => readonly Queued[]

/**
 * What operations have to wait for: one that refers to a record, for those that make that record; a deletion, for the
 * operations after which other records refer to it no more. Those behind a later create of the same record concern that one.
 */
function allNeedsOf(edges: readonly Edge[], ledger: Ledger): Needs {
  let releases: ReadonlyMap<RecordKey, readonly Queued[]> | undefined
  return (queued) => {
    const { op } = queued
    if (op.kind !== 'delete') {
      const targets = new Set([...referencesOf(edges, ledger, queued)].map(([target]) => target))
      return [...targets].flatMap((target) => makersOf(ledger, target))
    }
    if (!edges.some(({ to }) => to === op.collection)) return []
    releases ??= releasesOf(edges, ledger)
    const own = keyOfRecord(op)
    const isEarlier = (one: Queued): boolean => comparePlaces(one, queued) < 0
    const isRemade = liveOps(ledger, own).some((one) => one.op.kind === 'create' && !isEarlier(one))
    return (releases.get(own) ?? []).filter((one) => !isRemade || isEarlier(one))
  }
}

/** {@link allNeedsOf}, but for what goes in the same request: that of its own transaction. */
export function needsOf(edges: readonly Edge[], ledger: Ledger): Needs {
  const all = allNeedsOf(edges, ledger)
  return (queued) => all(queued).filter(({ op: { group } }) => !group || group !== queued.op.group)
}

/**
 * The members of a transaction, each behind those of them that it needs: a database tests its foreign keys after each statement,
 * unless they are deferred. Where they need each other, as they were accepted.
 */
export function inOrder(edges: readonly Edge[], ledger: Ledger): (members: readonly Queued[]) => readonly Queued[] {
  const needs = allNeedsOf(edges, ledger)
  return (members) => {
    const left = new Set(members)
    const order: Queued[] = []
    const visit = (queued: Queued): void => {
      if (!left.delete(queued)) return
      needs(queued).forEach(visit)
      order.push(queued)
    }
    members.forEach(visit)
    return order
  }
}
