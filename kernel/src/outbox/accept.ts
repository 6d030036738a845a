import { defined, type JsonObject } from '../env/json.ts'
import { SyncError } from '../errors/sync-error.ts'
import type { Draft } from '../journal/draft.ts'
import type { Queued } from '../journal/ledger.ts'
import { expectedOf, groundOf, liveOps, viewOf } from '../journal/view.ts'
import { stepBetween } from '../model/change.ts'
import { sameValue } from '../model/compare.ts'
import { keyOfRecord, type RecordKey } from '../model/identity.ts'
import type { Operation } from '../model/stored.ts'
import { matches } from '../query/match.ts'
import { count } from './counts.ts'
import { merge } from './merge.ts'
import { unsent } from './unsent.ts'

/** What one write of the app is about: its operation, but for what it does and where it stands. */
export type Target = Omit<Operation, 'kind' | 'change' | 'state' | 'expected'>

/**
 * Accepts the step from the visible record to what `next` makes of it (`null`: none); nothing where both are equal.
 * @throws SyncError `SYNC_CONDITION_FAILED`, and what `next` throws
 */
export function accept(draft: Draft, target: Target, next: (record: JsonObject | null) => JsonObject | null): void {
  const { collection, id, condition } = target
  const key = keyOfRecord(target)
  const before = viewOf(draft, key)
  if (condition && !(before && matches(condition, before)))
    throw new SyncError('SYNC_CONDITION_FAILED', {
      message: `the condition does not hold for "${id}" of ${collection}`,
    })
  const after = next(before)
  if (sameValue(before, after)) return
  draft.written.add(key)
  const op = { ...target, ...stepBetween(before, after) }
  const last = liveOps(draft, key).at(-1)
  if (last && merge(draft, last, op)) return
  // Only the first operation of a record knows its version; each later one learns it when the one before has ended.
  const queued = enqueue(draft, key, defined({ ...op, expected: last ? undefined : expectedOf(groundOf(draft, key)) }))
  unsent.add(queued.op)
  count(draft, queued, 'accepted')
}

/** Puts an operation at the end of its record's queue. What follows a parked one waits with it: it was made on its value. */
export function enqueue(draft: Draft, key: RecordKey, op: Omit<Operation, 'state'>): Queued {
  const state = liveOps(draft, key).at(-1)?.op.state ?? 'pending'
  const queued = draft.append({ ...op, state })
  if (state === 'parked') count(draft, queued, state)
  return queued
}
