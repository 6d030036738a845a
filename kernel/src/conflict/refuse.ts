import type { SyncError } from '../errors/sync-error.ts'
import type { Queued } from '../journal/ledger.ts'
import { bound } from '../journal/view.ts'
import { shelve } from '../outbox/end.ts'
import type { Taking } from './context.ts'

const aborted = { code: 'SYNC_GROUP_ABORTED' }

/**
 * Sets an operation aside for good: what was built on a create has nothing to stand on and goes with it; after an update the
 * later ones go on. The result: all that went.
 */
export function refuse(taking: Taking, queued: Queued, error: SyncError): Iterable<Queued> {
  const { draft, related, told } = taking
  const { collection, id } = queued.op
  const dead = bound(draft, queued)
  // Of a transaction only the operation that was refused has a reason of its own.
  for (const one of dead) shelve(draft, one, 'quarantined', one !== queued && one.op.group ? aborted : error.toJSON())
  // Only now: they may refer to each other.
  for (const one of dead) related?.orphan(taking, one)
  told.push(['operation:quarantined', { collection, id, error }])
  return dead
}
