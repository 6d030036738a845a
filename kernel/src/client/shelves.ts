import { conflictingFields } from '../conflict/compare.ts'
import type { Taking } from '../conflict/context.ts'
import { decide } from '../conflict/decide.ts'
import { dropAncestor } from '../conflict/receive.ts'
import { reconcile, sidesOf } from '../conflict/reconcile.ts'
import type { JsonObject } from '../env/json.ts'
import { errorOf, invalidInput, SyncError } from '../errors/sync-error.ts'
import type { Ledger, Queued, Reader } from '../journal/ledger.ts'
import { liveOps, viewOf } from '../journal/view.ts'
import type { Watch } from '../live/watch.ts'
import { applyOperation } from '../model/change.ts'
import type { RecordKey } from '../model/identity.ts'
import type { Operation } from '../model/stored.ts'
import { isObject, toRecord } from '../model/value.ts'
import { enqueue } from '../outbox/accept.ts'
import { end, reopen } from '../outbox/end.ts'
import { derived, type Host, openEngine } from './host.ts'
import { checkRow } from './validate.ts'

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

type Shelf = 'parked' | 'quarantined'
type Shelved = readonly [key: RecordKey, queued: Queued]

const shelved = ({ queues }: Ledger, shelf: Shelf): readonly Shelved[] =>
  [...queues].flatMap(([key, queue]) =>
    queue.filter(({ op }) => op.state === shelf).map((queued) => [key, queued] as const),
  )

const headOf = ({ key: id, op }: Queued) => ({ id, collection: op.collection, recordId: op.id })

/** What lies in the conflict inbox, one entry a record. */
function listParked(ledger: Ledger): readonly ParkedConflict[] {
  return shelved(ledger, 'parked').flatMap(([key, queued]) => {
    if (liveOps(ledger, key)[0] !== queued) return []
    const sides = sidesOf(ledger, key)
    return [{ ...headOf(queued), ...sides, fields: conflictingFields(sides) ?? [] }]
  })
}

const listQuarantined = (ledger: Ledger): readonly QuarantinedWrite[] =>
  shelved(ledger, 'quarantined').map(([, queued]) => {
    const { kind, change, error } = queued.op
    return { ...headOf(queued), kind, set: change.set ?? {}, reason: errorOf(error as never) }
  })

/** One entry by its id, which `now` has as well: someone may have decided it in this very commit. */
function find(ledger: Ledger, shelf: Shelf, id: string, now: Reader = ledger): Shelved {
  const found = shelved(ledger, shelf).find(([, queued]) => queued.key === id)
  if (found && now.queues.get(found[0])?.includes(found[1])) return found
  throw new SyncError('SYNC_NOT_FOUND', { message: `nothing is ${shelf} under "${id}"` })
}

/** Does something to one entry, as one commit, and sends what is to be sent. */
async function actOn(
  host: Host,
  shelf: Shelf,
  id: string,
  act: (taking: Taking, ...found: Shelved) => void,
): Promise<void> {
  const { engine, ledger } = await openEngine(host)
  await engine.take((taking) => act(taking, ...find(ledger, shelf, id, taking.draft)))
  engine.want()
}

/** The conflict inbox: its list as a live value, and the way out of it. */
export function inboxOf(
  host: Host,
): Watch<readonly ParkedConflict[]> & { resolve(id: string, how: unknown): Promise<void> } {
  const resolve = async (id: string, how: unknown): Promise<void> => {
    if (how === 'ask') throw invalidInput('it is in the inbox already')
    const { ledger } = await host.open()
    if (isObject(how)) await checkRow(host, find(ledger, 'parked', id)[1].op.collection, how)
    await actOn(host, 'parked', id, (taking, key) => decide(taking, key, how))
  }
  return { ...derived(host, ({ ledger }) => listParked(ledger)), resolve }
}

/** The write with the fields that `change` gives. */
const corrected = ({ error: _, ...op }: Operation, change: JsonObject): Operation => {
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

/** The quarantine: its list as a live value, and the ways out of it. */
export function quarantineOf(host: Host): Watch<readonly QuarantinedWrite[]> & {
  requeue(id: string, change?: object): Promise<void>
  discard(id: string): Promise<void>
} {
  return {
    ...derived(host, ({ ledger }) => listQuarantined(ledger)),
    requeue: async (id, given = {}) => {
      const change = toRecord(given, 'change')
      const { ledger } = await host.open()
      const [key, { op }] = find(ledger, 'quarantined', id)
      const after = applyOperation(viewOf(ledger, key), corrected(op, change))
      if (after) await checkRow(host, op.collection, after)
      await actOn(host, 'quarantined', id, (taking, ...found) => sendAgain(taking, ...found, change))
    },
    discard: (id) =>
      actOn(host, 'quarantined', id, (taking, key, queued) => {
        reopen(taking.draft, queued)
        end(taking.draft, queued, 'discarded')
        dropAncestor(taking, key)
      }),
  }
}
