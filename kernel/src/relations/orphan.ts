import type { Taking } from '../conflict/context.ts'
import { reconcile } from '../conflict/reconcile.ts'
import { SyncError } from '../errors/sync-error.ts'
import type { Queued } from '../journal/ledger.ts'
import { allLive, bound, liveOps } from '../journal/view.ts'
import { keyOfRecord, type RecordKey } from '../model/identity.ts'
import { shelve } from '../outbox/end.ts'
import type { Edge } from './edges.ts'
import { referencesOf } from './needs.ts'

/** By record: operations that make another one refer to it, and are not on their way. */
function referringOps(edges: readonly Edge[], { draft, unsettled }: Taking): ReadonlyMap<RecordKey, Queued[]> {
  const found = new Map<RecordKey, Queued[]>()
  for (const queued of allLive(draft)) {
    // One that may be in effect already was sent before what it refers to was made: its own outcome decides.
    if (unsettled.has(queued.op.opId)) continue
    for (const [key] of referencesOf(edges, draft, queued)) found.set(key, [...(found.get(key) ?? []), queued])
  }
  return found
}

/** Sets an operation aside together with `head`: its transaction, and of creates all that follows on their records. */
function fell(taking: Taking, head: Queued, queued: Queued): Iterable<Queued> {
  const { op } = queued
  const { draft, told } = taking
  const { collection, id } = op
  const { collection: other, id: otherId } = head.op
  const error = new SyncError('SYNC_GROUP_ABORTED', {
    message: `it refers to "${otherId}" of ${other}, which the server refused`,
  })
  const all = bound(draft, queued)
  for (const one of all) {
    shelve(draft, { ...one, op: { ...one.op, deps: [head.key] } }, 'quarantined', error.toJSON())
  }
  told.push(['operation:quarantined', { collection, id, error }])
  for (const one of all) reconcile(taking, keyOfRecord(one.op))
  return all
}

/**
 * Sets aside what refers to the record of a refused create (nothing else has any), what refers to that in turn, and so on. Each is noted as depending
 * on the one it fell with.
 */
export function orphan(edges: readonly Edge[], taking: Taking, dead: Queued): void {
  if (dead.op.kind !== 'create') return
  const heads = [dead]
  const referring = referringOps(edges, taking)
  for (const head of heads) {
    for (const queued of referring.get(keyOfRecord(head.op)) ?? []) {
      const live = liveOps(taking.draft, keyOfRecord(queued.op)).find(({ key }) => key === queued.key)
      if (live) heads.push(...[...fell(taking, head, live)].filter(({ op }) => op.kind === 'create'))
    }
  }
}
