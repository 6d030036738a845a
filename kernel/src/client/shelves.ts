import { type ConflictRules, type News, noNews } from '../conflict/context.ts'
import { conflictOf, decide } from '../conflict/decide.ts'
import { tidy } from '../conflict/receive.ts'
import { awaitVersion, reconcile, sidesOf } from '../conflict/reconcile.ts'
import type { JsonObject } from '../env/json.ts'
import { errorOf, type Failure, SyncError } from '../errors/sync-error.ts'
import type { Draft } from '../journal/draft.ts'
import type { Ledger, Queued } from '../journal/ledger.ts'
import { liveOps } from '../journal/view.ts'
import { type RecordKey, splitKey } from '../model/identity.ts'
import type { OperationState } from '../model/stored.ts'
import { toRecord } from '../model/value.ts'
import { countEnded } from '../outbox/counts.ts'
import { endOperation, reopen } from '../outbox/end.ts'

/** A conflict that waits for a person. */
export interface ParkedConflict<N extends string = string> {
  /** For `conflicts.resolve`. */
  readonly id: string
  readonly collection: N
  /** The record's id. */
  readonly recordId: string
  /** What the local changes were made on; `null`: no record. */
  readonly base: JsonObject | null
  readonly local: JsonObject | null
  readonly remote: JsonObject | null
  /** Fields changed on both sides; empty for a delete against an edit. */
  readonly fields: readonly string[]
}

/** A write the server refused for good. */
export interface QuarantinedWrite<N extends string = string> {
  /** For `quarantine.requeue` and `quarantine.discard`. */
  readonly id: string
  readonly collection: N
  readonly recordId: string
  readonly kind: 'create' | 'update' | 'delete'
  /** The fields it sets. */
  readonly set: JsonObject
  readonly reason: SyncError
}

const missing = (id: string): never => {
  throw new SyncError('SYNC_NOT_FOUND', { message: `nothing waits here under the id "${id}"` })
}

function* inState(ledger: Ledger, state: OperationState): Generator<readonly [RecordKey, Queued]> {
  for (const [key, queue] of ledger.queues()) {
    for (const queued of queue) if (queued.op.state === state) yield [key, queued]
  }
}

/** What lies in the conflict inbox, one entry a record, the oldest first. */
export function listParked(ledger: Ledger): readonly ParkedConflict[] {
  const entries = new Map<RecordKey, ParkedConflict>()
  for (const [key, { key: id, op }] of inState(ledger, 'parked')) {
    if (entries.has(key)) continue
    const sides = sidesOf(ledger, key)
    const { ancestor: base, local, remote } = sides
    const fields = conflictOf(sides)?.fields ?? []
    entries.set(key, { id, collection: op.collection, recordId: op.id, base, local, remote, fields })
  }
  return Object.freeze([...entries.values()])
}

/** What lies in quarantine, the oldest first. */
export function listQuarantined(ledger: Ledger): readonly QuarantinedWrite[] {
  return Object.freeze(
    [...inState(ledger, 'quarantined')].map(([, { key: id, op }]) => ({
      id,
      collection: op.collection,
      recordId: op.id,
      kind: op.kind,
      set: op.change.set ?? {},
      reason: errorOf(op.error as unknown as Failure),
    })),
  )
}

function find(ledger: Ledger, state: OperationState, id: string): readonly [RecordKey, Queued] {
  for (const [key, queued] of inState(ledger, state)) if (queued.key === id) return [key, queued]
  return missing(id)
}

/** Ends a parked conflict as a person decided. @throws SyncError `SYNC_NOT_FOUND` `SYNC_INPUT_INVALID` */
export function resolveParked(
  draft: Draft,
  ledger: Ledger,
  rules: ConflictRules,
  id: string,
  how: unknown,
  hasId: (collection: string, record: JsonObject, id: string) => boolean,
): News {
  const [key] = find(ledger, 'parked', id)
  if (how === 'ask') throw new SyncError('SYNC_INPUT_INVALID', { message: 'it is in the inbox already: decide it' })
  const news = noNews()
  const [collection, recordId] = splitKey(key)
  decide({ ...rules, draft, news }, key, how, (record) => hasId(collection, record, recordId))
  return news
}

/** Puts a refused write back on its way as a new operation, with other fields where `change` gives them. */
export function requeue(draft: Draft, ledger: Ledger, rules: ConflictRules, id: string, change: unknown): News {
  const [key, queued] = find(ledger, 'quarantined', id)
  const { error: _, ...op } = awaitVersion(queued.op, rules.uuid)
  const edit = change === undefined ? {} : { set: { ...op.change.set, ...toRecord(change, 'the change') } }
  reopen(draft, queued)
  draft.replace(key, id, undefined)
  const waiting = liveOps(draft, key)
  const state = waiting.some((other) => other.op.state === 'parked') ? 'parked' : 'pending'
  // It goes to the end of the queue: nothing may be put before an operation that is already on its way.
  const next = { ...op, opId: rules.uuid(), change: { ...op.change, ...edit }, state } as const
  const place = draft.append(key, next)
  if (state === 'parked') countEnded(draft, { key: place, op: next }, 'parked')
  const news = noNews()
  if (waiting.length === 0) reconcile({ ...rules, draft, news }, key)
  return news
}

/** Gives a refused write up. */
export function discard(draft: Draft, ledger: Ledger, id: string): void {
  const [key, queued] = find(ledger, 'quarantined', id)
  reopen(draft, queued)
  endOperation(draft, queued, 'discarded')
  tidy(draft, key)
}
