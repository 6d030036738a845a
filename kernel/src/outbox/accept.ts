import type { JsonObject } from '../env/json.ts'
import { SyncError } from '../errors/sync-error.ts'
import type { Draft } from '../journal/draft.ts'
import { groundOf, liveOps, viewOf } from '../journal/view.ts'
import { sameRecord, stepBetween } from '../model/change.ts'
import type { Filter } from '../model/filter.ts'
import { recordKey } from '../model/identity.ts'
import { format } from '../model/stored.ts'
import { matches } from '../query/match.ts'
import { count } from './counts.ts'

/** What one write of the app is about. */
export interface Target {
  readonly collection: string
  readonly id: string
  /** Must hold for the record as it is seen here, and then on the server. */
  readonly condition?: Filter | undefined
  /** When it is accepted, ms on the device's clock. */
  readonly at: number
  readonly opId: string
}

/**
 * Accepts the step from the visible record to what `next` makes of it (`null`: none); nothing where both are equal.
 * @throws SyncError `SYNC_CONDITION_FAILED`, and what `next` throws
 */
export function accept(draft: Draft, target: Target, next: (record: JsonObject | null) => JsonObject | null): void {
  const { collection, id, condition, at, opId } = target
  const key = recordKey(collection, id)
  const before = viewOf(draft, key)
  if (condition && !(before && matches(condition, before)))
    throw new SyncError('SYNC_CONDITION_FAILED', {
      message: `the condition does not hold for "${id}" of ${collection}`,
    })
  const after = next(before)
  if (sameRecord(before, after)) return
  const queue = liveOps(draft, key)
  const step = stepBetween(before, after)
  // What follows a parked write waits with it: it was made on the parked value.
  const parked = queue.some(({ op }) => op.state === 'parked')
  const queued = draft.append(key, {
    ...step,
    opId,
    writes: [opId],
    state: parked ? 'parked' : 'pending',
    collection,
    id,
    // Only the first operation of a record knows its version; each later one learns it when the one before has ended.
    ...(queue.length > 0 ? {} : { expected: step.kind === 'create' ? null : groundOf(draft.base.get(key)).revision }),
    ...(condition ? { condition } : {}),
    deps: [],
    at,
    v: format,
  })
  count(draft, queued, 'accepted')
  if (parked) count(draft, queued, 'parked')
}
