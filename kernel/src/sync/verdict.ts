import { dropAncestor, receiveRow } from '../conflict/receive.ts'
import { reconcile, withoutVersion } from '../conflict/reconcile.ts'
import { refuse } from '../conflict/refuse.ts'
import type { PushOperation, PushVerdict } from '../contracts/remote-adapter.ts'
import { errorOf } from '../errors/sync-error.ts'
import type { Queued } from '../journal/ledger.ts'
import { baseOf, expectedOf, groundOf, headOf, liveOps, sentOf } from '../journal/view.ts'
import { applyOperation } from '../model/change.ts'
import { keyOfRecord, type RecordKey } from '../model/identity.ts'
import { format } from '../model/stored.ts'
import { end, reopen } from '../outbox/end.ts'
import type { Intake } from './ports.ts'

/** A verdict that ends a try. */
export type FinalVerdict = Exclude<PushVerdict, { kind: 'retry' }>

/** The ground moves on by an operation that took effect, whatever else the server did to the row meanwhile. */
function advance({ draft, remote }: Intake, key: RecordKey, { op }: Queued, rowFollows: boolean): void {
  const base = draft.base.get(key)
  const { revision, record } = groundOf(draft, key)
  // What was not there has a version now, where they are compared: `null` would say that any will do.
  const unknown = remote.capabilities.conditional === 'none' ? null : ''
  const moved = { revision: revision ?? unknown, record: applyOperation(record, op) }
  const ancestor = base?.ancestor || rowFollows
  draft.base.set(key, {
    ...baseOf(draft, key),
    ...(ancestor ? { ancestor: moved } : { ...moved, runs: 0 }),
    v: format,
  })
}

/** Ends the operation, or this try of it, as the server said; the result: all that this ended. */
function book(taking: Intake, key: RecordKey, queued: Queued, verdict: FinalVerdict): Iterable<Queued> {
  const { draft, uuid } = taking
  const { op } = queued
  // What was refused as an older version of the app sent it is sent as this one has it.
  if (verdict.kind === 'conflict' || (verdict.kind === 'rejected' && sentOf(op) !== op)) {
    draft.replace(queued, { ...withoutVersion(op, uuid), rounds: (op.rounds ?? 0) + 1 })
  } else if (verdict.kind === 'applied') {
    // Another tab may have parked it meanwhile.
    reopen(draft, queued)
    end(draft, queued, 'applied')
    taking.pushed += 1
    advance(taking, key, queued, verdict.row !== undefined)
  } else {
    return refuse(taking, queued, errorOf(verdict.error))
  }
  return [queued]
}

/** Ends an operation by what the server said of it, and goes on with the record's next. */
export function takeVerdict(taking: Intake, sent: PushOperation, verdict: FinalVerdict): void {
  const { draft } = taking
  const key = keyOfRecord(sent)
  const queued = liveOps(draft, key).find(({ op }) => op.opId === sent.opId)
  if (!queued) return
  const { kind, row } = verdict
  const over = book(taking, key, queued, verdict)
  if (row) receiveRow(taking, row)
  // Without a row that says more than was known the next version is not known either: the next completed run tells it.
  const known = kind === 'conflict' ? expectedOf(baseOf(draft, key)) !== queued.op.expected : row
  if (known || kind === 'rejected') for (const { op } of over) reconcile(taking, keyOfRecord(op))
  else if (!headOf(draft, key)) dropAncestor(taking, key)
}
