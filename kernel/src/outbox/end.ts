import type { JsonObject } from '../env/json.ts'
import type { Draft } from '../journal/draft.ts'
import type { Queued } from '../journal/ledger.ts'
import { liveOps } from '../journal/view.ts'
import { type RecordKey, recordKey } from '../model/identity.ts'
import type { Ending } from '../model/stored.ts'
import { countEnded } from './counts.ts'

const keyOf = ({ op }: Queued): RecordKey => recordKey(op.collection, op.id)

/** Ends an operation: it leaves the outbox, its writes are counted. */
export function endOperation(draft: Draft, queued: Queued, ending: Exclude<Ending, 'quarantined' | 'parked'>): void {
  draft.replace(keyOf(queued), queued.key, undefined)
  countEnded(draft, queued, ending)
}

const withoutExpected = ({ op }: Queued): Omit<Queued['op'], 'expected'> => {
  const { expected: _, ...rest } = op
  return rest
}

/** Sets an operation aside for good, with the reason; list, requeue and discard find it. */
export function quarantine(draft: Draft, queued: Queued, error: JsonObject): void {
  draft.replace(keyOf(queued), queued.key, { ...withoutExpected(queued), state: 'quarantined', error })
  countEnded(draft, queued, 'quarantined')
}

/** Parks every live operation of a record in the conflict inbox. */
export function park(draft: Draft, key: RecordKey): void {
  for (const queued of liveOps(draft, key)) {
    if (queued.op.state === 'parked') continue
    draft.replace(key, queued.key, { ...withoutExpected(queued), state: 'parked' })
    countEnded(draft, queued, 'parked')
  }
}

/** Takes an operation out of quarantine or inbox: its writes are open again. */
export function reopen(draft: Draft, queued: Queued): void {
  if (queued.op.state !== 'pending') countEnded(draft, queued, queued.op.state, -1)
}
