import type { SyncClient } from '../client/client.ts'
import { type Host, openEngine } from '../client/host.ts'
import { partsOf } from '../client/parts.ts'
import type { Taking } from '../conflict/context.ts'
import { SyncError } from '../errors/sync-error.ts'
import { comparePlaces, type Ledger, type Queued, type Reader } from '../journal/ledger.ts'
import type { RecordKey } from '../model/identity.ts'

/** Where operations lie that a person has to decide about. */
type Shelf = 'parked' | 'quarantined'
export type Shelved = readonly [key: RecordKey, queued: Queued]

/** Everything on one shelf, with the record's key. */
export const shelved = ({ queues }: Ledger, shelf: Shelf): readonly Shelved[] =>
  [...queues].flatMap(([key, queue]) =>
    queue.filter(({ op }) => op.state === shelf).map((queued) => [key, queued] as const),
  )

/** What every entry of a list begins with. */
export const headOf = ({ key: id, op }: Queued): { id: string; collection: string; recordId: string } => ({
  id,
  collection: op.collection,
  recordId: op.id,
})

/** One entry by its id, which `now` has as well: someone may have decided it in this very commit. @throws SyncError `SYNC_NOT_FOUND` */
export function find(ledger: Ledger, shelf: Shelf, id: string, now: Reader = ledger): Shelved {
  const found = shelved(ledger, shelf).find(([, queued]) => queued.key === id)
  if (found && now.queues.get(found[0])?.includes(found[1])) return found
  throw new SyncError('SYNC_NOT_FOUND', { message: `nothing is ${shelf} under "${id}"` })
}

/** In the order in which they were accepted. */
export const inOrder = (entries: readonly Shelved[]): readonly Shelved[] =>
  [...entries].sort(([, a], [, b]) => comparePlaces(a, b))

/** An entry with the rest of its transaction on the same shelf, in the order in which they were accepted. */
export function wholeOf(now: Reader, [key, queued]: Shelved): readonly Shelved[] {
  const { group, state } = queued.op
  if (!group) return [[key, queued]]
  const all = [...now.records()].flatMap((record) =>
    (now.queues.get(record) ?? []).map((one): Shelved => [record, one]),
  )
  return inOrder(all.filter(([, { op }]) => op.group === group && op.state === state))
}

/** Does something to one entry, as one commit, and sends what is to be sent. */
export async function actOn(
  host: Host,
  shelf: Shelf,
  id: string,
  act: (taking: Taking, ...found: Shelved) => void,
): Promise<void> {
  const { engine, ledger } = await openEngine(host)
  await engine.work.take((taking) => act(taking, ...find(ledger, shelf, id, taking.draft)))
  engine.want()
}

/** One list a client, however often it is asked for. */
export function onePerClient<T>(make: (host: Host) => T): (client: SyncClient<never>) => T {
  const made = new WeakMap<Host, T>()
  return (client) => {
    const { host } = partsOf(client)
    const list = made.get(host) ?? make(host)
    made.set(host, list)
    return list
  }
}
