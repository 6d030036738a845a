import type { OpenStore, WatchableStore } from '../contracts/local-store.ts'
import { SyncError } from '../errors/sync-error.ts'
import type { Events } from '../events/emitter.ts'
import type { Listeners } from '../events/listeners.ts'
import { Journal } from '../journal/journal.ts'
import { Ledger } from '../journal/ledger.ts'
import { viewOf } from '../journal/view.ts'
import { sameValue } from '../model/compare.ts'
import { hash128, namespaceOf, type RecordKey, splitKey } from '../model/identity.ts'
import { format } from '../model/stored.ts'
import { repairCounts } from '../outbox/counts.ts'
import { historyKey, relisting, storedFeeds } from '../sync/feeds.ts'
import type { CollectionShape, Settings } from './options.ts'

/** One user's namespace, open: what is stored, its one writer, and whether anything in it was damaged. */
export interface Session {
  readonly store: OpenStore
  readonly ledger: Ledger
  readonly journal: Journal
  /** Entries that could not be read; they were left out, and the server's rows are listed anew. */
  readonly damaged: number
}

/** What a session shows its commits to. */
export interface SessionPorts extends Pick<Settings, 'env' | 'store' | 'user'> {
  readonly shapes: ReadonlyMap<string, Pick<CollectionShape, 'table'>>
  readonly events: Events
  /** Told of the records each commit touched. */
  readonly changed: Listeners<ReadonlySet<RecordKey>>
}

/** Shows a commit: first every table takes its new views, then live queries and observers hear of it. */
function show(
  { shapes, events, changed }: SessionPorts,
  ledger: Ledger,
  touched: ReadonlySet<RecordKey>,
  head: number,
): void {
  const shown = [...touched].flatMap((key) => {
    const [collection, id] = splitKey(key)
    const [table, record] = [shapes.get(collection)?.table, viewOf(ledger, key)]
    return table && !sameValue(table.get(id) ?? null, record) ? [{ table, collection, id, key, record }] : []
  })
  const moves = [...new Set(shown.map(({ table }) => table))].map(
    (table) => [table, table.apply(shown.filter((one) => one.table === table))] as const,
  )
  for (const [table, moved] of moves) table.moved.tell(moved)
  for (const { collection, id, key } of shown) {
    // An operation whose place names this very commit was accepted in it.
    const isLocal = ledger.queues.get(key)?.at(-1)?.key.startsWith(`${head}.`)
    events.emit('record:changed', { collection, id, source: isLocal ? 'local' : 'remote' })
  }
  changed.tell(touched)
}

function checkMarks({ meta }: Ledger, user: string): void {
  const stored = meta.get('format')
  if (Number(stored) > format) {
    throw new SyncError('SYNC_FORMAT_NEWER', { message: `the data has format ${stored}, this app knows ${format}` })
  }
  if ((meta.get('user') ?? user) !== user)
    throw new SyncError('SYNC_USER_MISMATCH', { message: 'the data belongs to another user' })
}

/**
 * Opens the user's namespace and fills the tables.
 * @throws SyncError of the store, `SYNC_FORMAT_NEWER`, `SYNC_USER_MISMATCH`
 */
export async function openSession(host: SessionPorts): Promise<Session> {
  const { env, store, user } = host
  const open = await store.open({ namespace: namespaceOf(user), durability: 'none', env })
  try {
    const ledger = new Ledger()
    const own = env.uuid().slice(0, 13)
    const journal = new Journal(open, ledger, own, (touched, head) => {
      // Another user's or a newer version's data is not shown, not even for a moment, and not written to.
      checkMarks(ledger, user)
      host.events.guard(() => show(host, ledger, touched, head))
    })
    const broken = await journal.load()
    const damaged = broken.length
    journal.follow(open as Partial<WatchableStore>)
    await journal.write((draft) => {
      const { meta } = draft
      meta.set('format', format)
      meta.set('user', user)
      // Broken entries come with every load until their keys are committed again, which may be never: once for each damage.
      const mark = hash128(JSON.stringify(broken))
      if (damaged === 0 || meta.get(historyKey) === mark) return
      meta.set(historyKey, mark)
      repairCounts(draft, ledger, own)
      // A row that could not be read has to come again: every feed lists from the start, over rows that are here.
      const lost = broken.map(({ key }) => [key, {}] as const)
      for (const [key, entry] of storedFeeds([...ledger.meta, ...lost])) meta.set(key, relisting(entry))
    })
    return { store: open, ledger, journal, damaged }
  } catch (error) {
    await open.close()
    throw error
  }
}
