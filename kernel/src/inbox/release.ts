import { conflictingFields } from '../conflict/compare.ts'
import type { Taking } from '../conflict/context.ts'
import { reconcile, sidesOf } from '../conflict/reconcile.ts'
import { bound, liveOps } from '../journal/view.ts'
import { keyOfRecord, type RecordKey } from '../model/identity.ts'
import { reopen } from '../outbox/end.ts'

/**
 * Does something to a parked record, then lets go of what was parked with it for a transaction's sake, unless that has a conflict
 * of its own.
 */
export function releasing(taking: Taking, key: RecordKey, act: () => void): void {
  const { draft, uuid } = taking
  const [head] = liveOps(draft, key)
  const held = head ? [...bound(draft, head, true)] : []
  act()
  for (const { key: place, op } of held) {
    const record = keyOfRecord(op)
    const queued = liveOps(draft, record).find((one) => one.key === place)
    if (queued?.op.state !== 'parked' || conflictingFields(sidesOf(draft, record))) continue
    reopen(draft, queued)
    // Its version may be another by now, and with it its payload.
    draft.replace(queued, { ...queued.op, state: 'pending', opId: uuid() })
  }
  for (const { op } of held) reconcile(taking, keyOfRecord(op))
}
