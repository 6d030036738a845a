import type { Draft } from '../journal/draft.ts'
import type { Queued } from '../journal/ledger.ts'
import { mergeSteps } from '../model/change.ts'
import { keyOfRecord } from '../model/identity.ts'
import type { Operation } from '../model/stored.ts'
import { count } from './counts.ts'
import { takenKey, unsent } from './unsent.ts'

/**
 * Accepts an operation as one with the last one of its record: under its own id, in the last one's place. A record that was
 * created and is deleted leaves nothing to send. False: they have to stay two.
 */
export function merge(draft: Draft, last: Queued, op: Omit<Operation, 'state'>): boolean {
  const mustStay = (one: typeof op): unknown => one.condition ?? one.group ?? draft.standsAlone(draft, one)
  // Nobody can send what does not know its version yet.
  const isTaken = last.op.expected !== undefined && draft.meta.get(takenKey(last.key.split('.')[2]))
  if (!unsent.has(last.op) || isTaken || mustStay(last.op) || mustStay(op)) return false
  const step = mergeSteps(last.op, op)
  // Where a row came meanwhile, the deletion of what was created here concerns that row too.
  if (step === undefined || (!step && draft.base.get(keyOfRecord(op))?.ancestor)) return false
  const { opId, writes } = op
  const next = { ...last.op, ...step, opId, writes }
  draft.replace(last, step ? next : undefined)
  unsent.add(next)
  const queued = { ...last, op: next }
  count(draft, queued, 'accepted')
  count(draft, last, step ? 'merged' : 'cancelled')
  if (!step) count(draft, queued, 'cancelled')
  return true
}
