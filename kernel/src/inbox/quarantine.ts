import type { SyncClient } from '../client/client.ts'
import { derived, type Host } from '../client/host.ts'
import { checkRow } from '../client/validate.ts'
import type { Taking } from '../conflict/context.ts'
import { dropAncestor } from '../conflict/receive.ts'
import { reconcile } from '../conflict/reconcile.ts'
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
import { actOn, find, headOf, onePerClient, shelved } from './shelf.ts'

/** A write the server refused for good. */
export interface QuarantinedWrite<N extends string = string> {
  /** For `requeue` and `discard`. */
  readonly id: string
  readonly collection: N
  readonly recordId: string
  readonly kind: 'create' | 'update' | 'delete'
  /** The fields it sets. */
  readonly set: JsonObject
  readonly reason: SyncError
}

/** Writes the server refused for good, as a live value, and the ways out. */
export interface Quarantine<N extends string> extends Watch<readonly QuarantinedWrite<N>[]> {
  /**
   * Sends one again as a new operation, with other fields where `change` gives them; after a create also what was set aside for
   * referring to its record. @throws SyncError `SYNC_NOT_FOUND` `SYNC_INPUT_INVALID` `SYNC_TOO_LARGE`
   */
  requeue(id: string, change?: object): Promise<void>
  /** Gives one up. @throws SyncError `SYNC_NOT_FOUND` */
  discard(id: string): Promise<void>
}

const listQuarantined = (ledger: Ledger): readonly QuarantinedWrite[] =>
  shelved(ledger, 'quarantined').map(([, queued]) => {
    const { kind, change, error } = queued.op
    return { ...headOf(queued), kind, set: change.set ?? {}, reason: errorOf(error as never) }
  })

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

/** What fell because of an entry comes back with it; an update whose record is gone stays. */
function sendRest(taking: Taking, ledger: Ledger, head: Queued): void {
  const { queues } = taking.draft
  const all = shelved(ledger, 'quarantined')
  const heads = [head]
  for (const { key: fallen } of heads) {
    for (const [key, one] of all) {
      if (!one.op.deps.includes(fallen) || !queues.get(key)?.includes(one)) continue
      if (one.op.kind === 'update' && !viewOf(taking.draft, key)) continue
      sendAgain(taking, key, one, {})
      heads.push(one)
    }
  }
}

const shelfOf = onePerClient(
  (host: Host): Quarantine<string> => ({
    ...derived(host, ({ ledger }) => listQuarantined(ledger)),
    requeue: async (id, given = {}) => {
      const change = toRecord(given, 'change')
      const { ledger } = await host.open()
      const [key, { op }] = find(ledger, 'quarantined', id)
      const after = applyOperation(viewOf(ledger, key), corrected(op, change))
      if (after) await checkRow(host, op.collection, after)
      await actOn(host, 'quarantined', id, (taking, ...found) => {
        sendAgain(taking, ...found, change)
        sendRest(taking, ledger, found[1])
      })
    },
    discard: (id) =>
      actOn(host, 'quarantined', id, (taking, key, queued) => {
        reopen(taking.draft, queued)
        end(taking.draft, queued, 'discarded')
        dropAncestor(taking, key)
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
