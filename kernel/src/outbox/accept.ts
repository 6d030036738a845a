import type { JsonObject } from '../env/json.ts'
import { SyncError } from '../errors/sync-error.ts'
import type { Draft } from '../journal/draft.ts'
import { groundOf, liveOps, viewOf } from '../journal/view.ts'
import { changeBetween, isEmpty } from '../model/change.ts'
import type { Filter } from '../model/filter.ts'
import { recordKey } from '../model/identity.ts'
import { format, type Operation } from '../model/stored.ts'
import { matches } from '../query/match.ts'
import { countAccepted, countEnded } from './counts.ts'

/** What one write of the app is about. */
export interface Target {
  readonly collection: string
  readonly id: string
  /** Must hold for the record as it is seen here, and then on the server. */
  readonly condition?: Filter
  readonly now: number
  readonly uuid: () => string
}

function enqueue(draft: Draft, target: Target, what: Pick<Operation, 'kind' | 'change'>): void {
  const { collection, id, condition, now, uuid } = target
  const key = recordKey(collection, id)
  const queue = liveOps(draft, key)
  const parked = queue.some(({ op }) => op.state === 'parked')
  const opId = uuid()
  const op: Operation = {
    ...what,
    opId,
    writes: [opId],
    // What follows a parked write waits with it: it was made on the parked value.
    state: parked ? 'parked' : 'pending',
    collection,
    id,
    // Only the first operation of a record knows its version; each later one learns it when the one before has ended.
    ...(queue.length === 0 ? { expected: what.kind === 'create' ? null : groundOf(draft.base(key)).revision } : {}),
    ...(condition ? { condition } : {}),
    deps: [],
    at: now,
    v: format,
  }
  const place = draft.append(key, op)
  countAccepted(draft, place, 1)
  if (parked) countEnded(draft, { key: place, op }, 'parked')
}

/** Accepts a new record. @throws SyncError `SYNC_ID_TAKEN` if there is one with this id */
export function acceptCreate(draft: Draft, target: Target, record: JsonObject): JsonObject {
  if (viewOf(draft, recordKey(target.collection, target.id)) !== null) {
    throw new SyncError('SYNC_ID_TAKEN', { message: `${target.collection} already has a record "${target.id}"` })
  }
  enqueue(draft, target, { kind: 'create', change: { set: record } })
  return record
}

function checkCondition({ collection, id, condition }: Target, record: JsonObject): void {
  if (condition && !matches(condition, record)) {
    throw new SyncError('SYNC_CONDITION_FAILED', {
      message: `the condition does not hold for "${id}" of ${collection}`,
    })
  }
}

/**
 * Accepts the change that `next` makes of the visible record; none is accepted where nothing changes.
 * @throws SyncError `SYNC_NOT_FOUND` `SYNC_CONDITION_FAILED`
 */
export function acceptUpdate(draft: Draft, target: Target, next: (record: JsonObject) => JsonObject): JsonObject {
  const before = viewOf(draft, recordKey(target.collection, target.id))
  if (before === null) {
    throw new SyncError('SYNC_NOT_FOUND', { message: `${target.collection} has no record "${target.id}"` })
  }
  checkCondition(target, before)
  const after = next(before)
  const change = changeBetween(before, after)
  if (!isEmpty(change)) enqueue(draft, target, { kind: 'update', change })
  return after
}

/** Accepts a deletion; a record that is not there stays so. @throws SyncError `SYNC_CONDITION_FAILED` */
export function acceptDelete(draft: Draft, target: Target): void {
  const before = viewOf(draft, recordKey(target.collection, target.id))
  if (before === null) return
  checkCondition(target, before)
  enqueue(draft, target, { kind: 'delete', change: {} })
}
