import type { Taking } from '../conflict/context.ts'
import { dropAncestor, receiveRow } from '../conflict/receive.ts'
import { reconcile, withoutVersion } from '../conflict/reconcile.ts'
import type { PushOperation, PushVerdict } from '../contracts/remote-adapter.ts'
import { errorOf } from '../errors/sync-error.ts'
import type { Queued } from '../journal/ledger.ts'
import { baseOf, expectedOf, groundOf, liveOps } from '../journal/view.ts'
import { applyOperation } from '../model/change.ts'
import { type RecordKey, recordKey } from '../model/identity.ts'
import { format } from '../model/stored.ts'
import { end, reopen, shelve } from '../outbox/end.ts'
import type { Intake } from './ports.ts'

/** A verdict that ends a try. */
export type FinalVerdict = Exclude<PushVerdict, { kind: 'retry' }>

/** The ground moves on by an operation that took effect, whatever else the server did to the row meanwhile. */
function advance({ draft }: Taking, key: RecordKey, { op }: Queued, rowFollows: boolean): void {
  const base = draft.base.get(key)
  const { revision, record } = groundOf(draft, key)
  const moved = { revision, record: applyOperation(record, op) }
  const ancestor = base?.ancestor || rowFollows
  draft.base.set(key, {
    ...baseOf(draft, key),
    ...(ancestor ? { ancestor: moved } : moved),
    ...(ancestor || moved.record ? {} : { runs: 0 }),
    v: format,
  })
}

/** Ends the operation, or this try of it, as the server said. */
function book(taking: Intake, key: RecordKey, queued: Queued, verdict: FinalVerdict): void {
  const { draft, uuid } = taking
  const { op } = queued
  if (verdict.kind === 'conflict') {
    return draft.replace(queued, { ...withoutVersion(op, uuid), rounds: (op.rounds ?? 0) + 1 })
  }
  // Another tab may have parked it meanwhile.
  reopen(draft, queued)
  if (verdict.kind === 'applied') {
    end(draft, queued, 'applied')
    taking.pushed += 1
    return advance(taking, key, queued, verdict.row !== undefined)
  }
  const error = errorOf(verdict.error)
  // What was built on a refused create has nothing to stand on and goes with it; after an update the later ones go on.
  const group = op.kind === 'create' ? liveOps(draft, key) : [queued]
  for (const one of group) shelve(draft, one, 'quarantined', error.toJSON())
  if (op.kind === 'create') taking.related?.orphan(taking, queued)
  taking.told.push(['operation:quarantined', { collection: op.collection, id: op.id, error }])
}

/** Ends an operation by what the server said of it, and goes on with the record's next. */
export function takeVerdict(taking: Intake, sent: PushOperation, verdict: FinalVerdict): void {
  const { draft } = taking
  const key = recordKey(sent.collection, sent.id)
  const queued = liveOps(draft, key).find(({ op }) => op.opId === sent.opId)
  if (!queued) return
  const { kind, row } = verdict
  book(taking, key, queued, verdict)
  if (row) receiveRow(taking, row)
  // Without a row that says more than was known the next version is not known either: the next completed run tells it.
  const known = kind === 'conflict' ? expectedOf(baseOf(draft, key)) !== queued.op.expected : row
  if (known || kind === 'rejected') reconcile(taking, key)
  else if (liveOps(draft, key).length === 0) dropAncestor(taking, key)
}
