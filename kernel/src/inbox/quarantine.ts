import type { SyncClient } from '../client/client.ts'
import { derived, type Host } from '../client/host.ts'
import { checkRow } from '../client/validate.ts'
import type { Taking } from '../conflict/context.ts'
import { dropAncestor } from '../conflict/receive.ts'
import { joinParked, reconcile } from '../conflict/reconcile.ts'
import type { JsonObject } from '../env/json.ts'
import { errorOf, invalidInput, SyncError } from '../errors/sync-error.ts'
import type { Ledger, Queued } from '../journal/ledger.ts'
import { liveOps, viewOf } from '../journal/view.ts'
import type { Watch } from '../live/watch.ts'
import { applyOperation } from '../model/change.ts'
import type { RecordKey } from '../model/identity.ts'
import type { Operation } from '../model/stored.ts'
import { toRecord } from '../model/value.ts'
import { enqueue } from '../outbox/accept.ts'
import { end, reopen } from '../outbox/end.ts'
import { actOn, find, headOf, inOrder, onePerClient, type Shelved, shelved, wholeOf } from './shelf.ts'

/** What one operation in quarantine would do. */
export interface RefusedChange<N extends string = string> {
  /** For `requeue` and `discard`. */
  readonly id: string
  readonly collection: N
  readonly recordId: string
  readonly kind: 'create' | 'update' | 'delete'
  /** The fields it sets. */
  readonly set: JsonObject
}

/** A write the server refused for good; of a transaction the one that was the reason. */
export interface QuarantinedWrite<N extends string = string> extends RefusedChange<N> {
  readonly reason: SyncError
  /** The rest of its transaction, which had no effect either; empty where it was a write of its own. */
  readonly others: readonly RefusedChange<N>[]
}

/** Writes the server refused for good, as a live value, and the ways out. */
export interface Quarantine<N extends string> extends Watch<readonly QuarantinedWrite<N>[]> {
  /**
   * Sends one again as a new operation, with other fields where `change` gives them, and its whole transaction with it; after a
   * create also what was set aside for referring to its record.
   * @throws SyncError `SYNC_NOT_FOUND` `SYNC_INPUT_INVALID` `SYNC_TOO_LARGE`
   */
  requeue(id: string, change?: object): Promise<void>
  /** Gives one up, and its whole transaction with it. @throws SyncError `SYNC_NOT_FOUND` */
  discard(id: string): Promise<void>
}

const changeOf = ([, queued]: Shelved): RefusedChange => {
  const { kind, change } = queued.op
  return { ...headOf(queued), kind, set: change.set ?? {} }
}

function listQuarantined(ledger: Ledger): readonly QuarantinedWrite[] {
  const groups = new Map<string, Shelved[]>()
  for (const one of inOrder(shelved(ledger, 'quarantined'))) {
    const name = one[1].op.group ?? one[1].key
    groups.set(name, [...(groups.get(name) ?? []), one])
  }
  return [...groups.values()].map((members) => {
    // A transaction that had to go because one it was built on did has no reason of its own.
    const guilty = members.find(([, { op }]) => op.error?.['code'] !== 'SYNC_GROUP_ABORTED') ?? (members[0] as Shelved)
    const reason = errorOf(guilty[1].op.error as never)
    return { ...changeOf(guilty), reason, others: members.filter((one) => one !== guilty).map(changeOf) }
  })
}

/** The write with the fields that `change` gives. */
const corrected = ({ error: _, ...rest }: Operation, change: JsonObject): Operation => {
  const op = { ...rest, deps: [] }
  const set = { ...op.change.set, ...change }
  return Object.keys(change).length > 0 ? { ...op, change: { ...op.change, set } } : op
}

function sendAgain(taking: Taking, key: RecordKey, queued: Queued, change: JsonObject): void {
  const { draft, uuid, hasId } = taking
  const op = corrected(queued.op, change)
  const after = applyOperation(viewOf(draft, key), op)
  if (!after && op.kind === 'update') throw new SyncError('SYNC_NOT_FOUND', { message: 'there is no record to update' })
  if (after && !hasId(op.collection, after, op.id)) throw invalidInput('the change has the key of another record')
  reopen(draft, queued)
  draft.replace(queued, undefined)
  // It goes to the end of the queue: nothing may be put before an operation that is already on its way.
  enqueue(draft, key, { ...op, opId: uuid() })
  if (liveOps(draft, key).length === 1) reconcile(taking, key)
}

/** What fell because of entries comes back with them; an update whose record is gone stays, with its transaction. */
function sendRest(taking: Taking, ledger: Ledger, sent: readonly Shelved[]): void {
  const { draft } = taking
  const all = inOrder(shelved(ledger, 'quarantined'))
  const heads = [...sent]
  for (const [, { key: fallen }] of heads) {
    for (const one of all) {
      if (!one[1].op.deps.includes(fallen) || !draft.queues.get(one[0])?.includes(one[1])) continue
      const whole = wholeOf(draft, one)
      const made = new Set(whole.flatMap(([key, { op }]) => (op.kind === 'create' ? [key] : [])))
      if (whole.some(([key, { op }]) => op.kind === 'update' && !made.has(key) && !viewOf(draft, key))) continue
      for (const [key, queued] of whole) sendAgain(taking, key, queued, {})
      heads.push(...whole)
    }
  }
  for (const [key] of heads) joinParked(draft, key)
}

const shelfOf = onePerClient(
  (host: Host): Quarantine<string> => ({
    ...derived(host, ({ ledger }) => listQuarantined(ledger)),
    requeue: async (id, wanted = {}) => {
      const change = toRecord(wanted, 'change')
      const { ledger } = await host.open()
      const given = (queued: Queued): JsonObject => (queued.key === id ? change : {})
      for (const [key, queued] of wholeOf(ledger, find(ledger, 'quarantined', id))) {
        const { op } = queued
        if (!host.shapes.has(op.collection))
          throw new SyncError('SYNC_UNSUPPORTED', { message: 'its collection is gone' })
        const after = applyOperation(viewOf(ledger, key), corrected(op, given(queued)))
        if (after) await checkRow(host, op.collection, after)
      }
      await actOn(host, 'quarantined', id, (taking, ...found) => {
        const whole = wholeOf(taking.draft, found)
        for (const [key, queued] of whole) sendAgain(taking, key, queued, given(queued))
        sendRest(taking, ledger, whole)
      })
    },
    discard: (id) =>
      actOn(host, 'quarantined', id, (taking, ...found) => {
        for (const [key, queued] of wholeOf(taking.draft, found)) {
          reopen(taking.draft, queued)
          end(taking.draft, queued, 'discarded')
          dropAncestor(taking, key)
        }
      }),
  }),
)

/**
 * The quarantine of a client: the same object at every call.
 *
 * @example for (const { id } of quarantine(client).getSnapshot() ?? []) await quarantine(client).discard(id)
 * @throws SyncError `SYNC_INPUT_INVALID` for anything that is not a client
 */
export const quarantine: <C>(client: SyncClient<C>) => Quarantine<keyof C & string> = shelfOf as never
