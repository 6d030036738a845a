import { defined, type JsonObject } from '../env/json.ts'
import type { Draft } from '../journal/draft.ts'
import type { Queued } from '../journal/ledger.ts'
import type { Operation } from '../model/stored.ts'
import { count } from './counts.ts'

/** Ends an operation: it leaves the outbox, its writes are counted. */
export function end(draft: Draft, queued: Queued, ending: 'applied' | 'discarded'): void {
  draft.replace(queued, undefined)
  count(draft, queued, ending)
}

/** Sets an operation aside, for a person (`parked`) or for good with the reason (`quarantined`). */
export function shelve(draft: Draft, queued: Queued, state: 'parked' | 'quarantined', error?: JsonObject): void {
  if (queued.op.state === state) return
  reopen(draft, queued)
  draft.replace(queued, defined<Operation>({ ...queued.op, state, expected: undefined, error }))
  count(draft, queued, state)
}

/** Takes the writes of a shelved operation back out of their count: they are open again. */
export function reopen(draft: Draft, queued: Queued): void {
  if (queued.op.state !== 'pending') count(draft, queued, queued.op.state, -1)
}
