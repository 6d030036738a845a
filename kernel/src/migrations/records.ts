import type { JsonObject } from '../env/json.ts'
import { asSyncError, invalidConfig, SyncError } from '../errors/sync-error.ts'
import type { Queued } from '../journal/ledger.ts'
import { applyOperation, stepBetween } from '../model/change.ts'
import { compareValues, sameValue } from '../model/compare.ts'
import { idOf } from '../model/identity.ts'
import type { BaseEntry, Change, Operation, Version } from '../model/stored.ts'
import { toRecord } from '../model/value.ts'
import { conditionAfter } from './changes.ts'
import type { Route } from './plan.ts'

/** Everything that is stored of one record. */
export interface Whole {
  readonly base: BaseEntry | undefined
  readonly queue: readonly Queued[]
}

/** Brings records of one collection to the version that is wanted. */
interface Lift {
  readonly route: Route
  readonly version: number
  /** The key of the collection as the app has it now. */
  readonly key: readonly string[]
  readonly id: string
}

type Side = JsonObject | null

function failure({ route: { collection }, id }: Lift, thrown: unknown): SyncError {
  const { message } = asSyncError(thrown, 'SYNC_CONFIG_INVALID')
  return new SyncError('SYNC_CONFIG_INVALID', {
    message: `the migration of "${id}" of ${collection} failed: ${message}`,
    cause: thrown,
  })
}

/** @throws SyncError `SYNC_CONFIG_INVALID` for what a change throws, and for a result that is no JSON or of another record */
function lifted(lift: Lift, record: Side): Side {
  if (!record) return null
  const { route, key, id } = lift
  try {
    const after = route.changes.reduce(
      (now, change) => toRecord(change(now), 'a migrated record'),
      toRecord(record, 'a record'),
    )
    if (String(idOf(after, key)) !== id) throw invalidConfig('it changed the key')
    return after
  } catch (thrown) {
    throw failure(lift, thrown)
  }
}

const liftedVersion = (lift: Lift, { revision, record }: Version): Version => ({
  revision,
  record: lifted(lift, record),
})

/** A change whose record is not known: the fields alone, as far as they go. */
function liftedFields(lift: Lift, { set = {}, unset = [] }: Change): Change {
  const change = (record: JsonObject): JsonObject => {
    try {
      return lift.route.changes.reduce((now, one) => one(now), toRecord(record, 'a record'))
    } catch (thrown) {
      throw failure(lift, thrown)
    }
  }
  const gone = Object.fromEntries(unset.map((field) => [field, null]))
  return stepBetween(change(gone), change(set)).change
}

function changeOf(lift: Lift, { kind, change }: Operation, before: Side, after: Side): Change {
  if (kind === 'delete') return {}
  if (kind === 'create') return { set: lifted(lift, change.set ?? {}) as JsonObject }
  if (!before || !after) return liftedFields(lift, change)
  return stepBetween(lifted(lift, before), lifted(lift, after)).change
}

const sameChange = (a: Change, b: Change): boolean =>
  sameValue(a.set ?? {}, b.set ?? {}) && compareValues([...(a.unset ?? [])].sort(), [...(b.unset ?? [])].sort()) === 0

/**
 * One operation as this version has it. Under an id that may have been sent its old payload stays: an id names one payload for
 * ever, so what was sent is settled as it was.
 */
function liftedOp(lift: Lift, { key, op }: Queued, before: Side, after: Side): Queued {
  const { version, route } = lift
  const change = changeOf(lift, op, before, after)
  const condition = op.condition && conditionAfter(op.condition, route.changes)
  const { condition: _, ...rest } = op
  const isSame = sameChange(change, op.change) && condition === op.condition
  const maySent = op.state === 'pending' && op.expected !== undefined && !isSame && op.wire?.opId !== op.opId
  const wire = { opId: op.opId, change: op.change, ...(op.condition ? { condition: op.condition } : {}) }
  return {
    key,
    op: {
      ...rest,
      collection: route.collection ?? op.collection,
      // The very same where nothing differs: a server that compares texts tells an id by the order of its fields, too.
      change: isSame ? op.change : change,
      ...(condition ? { condition } : {}),
      ...(maySent ? { wire } : {}),
      v: version,
    },
  }
}

/** Whether an operation has a condition of which cannot be said what it is now. */
export const losesCondition = ({ op }: Queued, { changes }: Route): boolean =>
  op.condition !== undefined && !conditionAfter(op.condition, changes)

/** All that is stored of a record, as this version has it. @throws SyncError `SYNC_CONFIG_INVALID` */
export function liftedWhole(lift: Lift, { base, queue }: Whole): Whole {
  let record: Side = (base?.ancestor ?? base)?.record ?? null
  const ops = queue.map((queued) => {
    const before = record
    const after = applyOperation(before, queued.op)
    // The view does not show what was refused.
    if (queued.op.state !== 'quarantined') record = after
    return liftedOp(lift, queued, before, after)
  })
  if (!base) return { base, queue: ops }
  const { ancestor } = base
  const next: BaseEntry = {
    ...base,
    ...liftedVersion(lift, base),
    ...(ancestor ? { ancestor: liftedVersion(lift, ancestor) } : {}),
    v: lift.version,
  }
  return { base: next, queue: ops }
}
