import type { News } from '../conflict/context.ts'
import type { JsonObject } from '../env/json.ts'
import { SyncError } from '../errors/sync-error.ts'
import type { Draft } from '../journal/draft.ts'
import type { Ledger } from '../journal/ledger.ts'
import { type Source, type Watch, watchOf } from '../live/watch.ts'
import type { Table } from '../tables/table.ts'
import { derived, type Host, type Opened } from './host.ts'
import type { CollectionShape } from './options.ts'
import { Reads } from './reads.ts'
import { settled } from './settled.ts'
import { discard, listParked, listQuarantined, requeue, resolveParked } from './shelves.ts'
import { type Status, statusOf } from './status.ts'
import { Writes } from './writes.ts'

/** One collection's methods, untyped; the client's types name the records. */
export function collectionOf(host: Host, shape: CollectionShape): object {
  const reads = new Reads(host, shape, host.tables.get(shape.name) as Table)
  const writes = new Writes(host, shape)
  return Object.freeze({
    create: (record: unknown, options?: object) => writes.create(record, options),
    createMany: (records: readonly unknown[]) => writes.createMany(records),
    save: (record: unknown, options?: object) => writes.save(record, options),
    update: (id: string, change: object, options?: object) => writes.update(id, change, options),
    delete: (id: string, options?: object) => writes.delete(id, options),
    read: (id: string) => reads.read(id),
    readAll: () => reads.query({}),
    query: (query?: object) => reads.query(query),
    count: (query?: object) => reads.count(query),
    watchAll: () => reads.watchQuery({}),
    watchById: (id: string) => reads.watchById(id),
    watchQuery: (query: object) => reads.watchQuery(query),
    settled: (id: string, options?: { readonly signal?: AbortSignal }) =>
      settled(host, shape.name, id, options?.signal),
  })
}

/** The status as a live value. */
export function statusWatch(host: Host): Watch<Status> {
  const compute = ({ session, engine }: Opened): Status =>
    statusOf({
      ledger: session.ledger,
      durability: session.store.durability,
      damaged: session.damaged,
      engine,
      online: host.env.online.now(),
      now: host.env.now(),
      pullIntervalMs: host.timing.pullIntervalMs,
    })
  return watchOf(derived(host, compute, (a, b) => a.error === b.error && JSON.stringify(a) === JSON.stringify(b)))
}

const sameList = (a: readonly unknown[], b: readonly unknown[]): boolean => JSON.stringify(a) === JSON.stringify(b)
const shelf = <T>(host: Host, list: (ledger: Ledger) => readonly T[]): Source<readonly T[]> =>
  derived(host, ({ session }) => list(session.ledger), sameList)

async function decideOn(host: Host, decide: (draft: Draft, opened: Opened) => News | void): Promise<void> {
  const opened = await host.open()
  const news = await opened.session.journal.write((draft) => decide(draft, opened))
  if (news) opened.engine?.tell(news)
  opened.engine?.wrote()
}

const engineOf = ({ engine }: Opened): NonNullable<Opened['engine']> => {
  if (engine) return engine
  throw new SyncError('SYNC_UNSUPPORTED', { message: 'a client without a remote has no conflicts' })
}

/** The conflict inbox: its list as a live value, and the way out of it. */
export function inboxOf(host: Host, hasId: (collection: string, record: JsonObject, id: string) => boolean): object {
  const resolve = (id: string, how: unknown): Promise<void> =>
    decideOn(host, (draft, opened) =>
      resolveParked(draft, opened.session.ledger, engineOf(opened).rules, id, how, hasId),
    )
  return { ...watchOf(shelf(host, listParked)), resolve }
}

/** The quarantine: its list as a live value, and the ways out of it. */
export function quarantineOf(host: Host): object {
  return {
    ...watchOf(shelf(host, listQuarantined)),
    requeue: (id: string, change?: object) =>
      decideOn(host, (draft, opened) => requeue(draft, opened.session.ledger, engineOf(opened).rules, id, change)),
    discard: (id: string) => decideOn(host, (draft, opened) => discard(draft, opened.session.ledger, id)),
  }
}
