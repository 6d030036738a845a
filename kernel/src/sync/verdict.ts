import type { Taking } from '../conflict/context.ts'
import { receiveRow, tidy } from '../conflict/receive.ts'
import { awaitVersion, reconcile } from '../conflict/reconcile.ts'
import type { PushVerdict } from '../contracts/remote-adapter.ts'
import { errorOf } from '../errors/sync-error.ts'
import type { Queued } from '../journal/ledger.ts'
import { groundOf, liveOps } from '../journal/view.ts'
import { applyOperation } from '../model/change.ts'
import type { RecordKey } from '../model/identity.ts'
import { type BaseEntry, format } from '../model/stored.ts'
import { endOperation, quarantine } from '../outbox/end.ts'

type Final = Exclude<PushVerdict, { kind: 'retry' }>

/** Ends an operation by what the server said of it, and goes on with the record's next. */
export function takeVerdict(taking: Taking, key: RecordKey, opId: string, verdict: Final): void {
  const queued = liveOps(taking.draft, key).find(({ op }) => op.opId === opId)
  if (!queued) return
  if (verdict.kind === 'applied') applied(taking, key, queued, verdict)
  else if (verdict.kind === 'conflict') conflicted(taking, key, queued, verdict)
  else rejected(taking, key, queued, verdict)
}

type Of<K> = Extract<Final, { kind: K }>

function applied(taking: Taking, key: RecordKey, queued: Queued, { row }: Of<'applied'>): void {
  const { draft, news } = taking
  const base = draft.base(key)
  const ground = groundOf(base)
  const record = applyOperation(ground.record, queued.op)
  endOperation(draft, queued, 'applied')
  news.applied += 1
  // The ground moves on by this operation, whatever else the server did to the row meanwhile.
  draft.setBase(key, advanced(base, ground.revision, record, row !== undefined))
  if (row) {
    receiveRow(taking, row)
    reconcile(taking, key)
  } else if (liveOps(draft, key).length === 0) tidy(draft, key)
}

function advanced(
  base: BaseEntry | undefined,
  revision: string | null,
  record: BaseEntry['record'],
  rowFollows: boolean,
): BaseEntry {
  if (base?.ancestor || rowFollows) {
    return { revision: null, record: null, v: format, ...base, ancestor: { revision, record } }
  }
  return { ...base, revision, record, v: format, ...(record === null ? { runs: 0 } : {}) }
}

function conflicted(taking: Taking, key: RecordKey, queued: Queued, { row }: Of<'conflict'>): void {
  const rounds = (queued.op.rounds ?? 0) + 1
  taking.draft.replace(key, queued.key, { ...awaitVersion(queued.op, taking.uuid), rounds })
  // Without the row nothing is decided: the next completed run brings it.
  if (!row) return
  receiveRow(taking, row)
  reconcile(taking, key)
}

function rejected(taking: Taking, key: RecordKey, queued: Queued, { error, row }: Of<'rejected'>): void {
  const { draft, news } = taking
  const reason = errorOf(error)
  const queue = liveOps(draft, key)
  // What was built on a refused create has nothing to stand on and goes with it; after an update the later ones go on.
  const group = queued.op.kind === 'create' ? queue : [queued]
  for (const one of group) quarantine(draft, one, reason.toJSON())
  news.quarantined.push({ key, error: reason })
  if (row) receiveRow(taking, row)
  reconcile(taking, key)
}
