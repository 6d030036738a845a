import type { LoadPage, OpenStore, SharedStore, StoreEntry } from '../contracts/local-store.ts'
import { inTime } from '../errors/deadline.ts'
import { asSyncError, SyncError } from '../errors/sync-error.ts'
import type { Events } from '../events/emitter.ts'
import type { Listeners } from '../events/listeners.ts'
import type { Draft } from '../journal/draft.ts'
import { Journal } from '../journal/journal.ts'
import { Ledger } from '../journal/ledger.ts'
import { unreadableKey } from '../journal/unreadable.ts'
import { headOf, viewOf } from '../journal/view.ts'
import { sameValue } from '../model/compare.ts'
import { hash128, namespaceOf, type RecordKey, splitKey } from '../model/identity.ts'
import { format } from '../model/stored.ts'
import { repairCounts } from '../outbox/counts.ts'
import { unsent } from '../outbox/unsent.ts'
import { historyKey, relisting, storedFeeds } from '../sync/feeds.ts'
import type { Order } from '../sync/ports.ts'
import type { CollectionShape, Migrations, Settings } from './options.ts'
import { type InTurn, turns } from './turns.ts'

/** A store that takes longer to open is held up by something: twice what it may need. */
const openMs = 10_000

/** One user's namespace, open: what is stored, its one writer, and whether anything in it was damaged. */
export interface Session {
  readonly user: string
  /** Aborts when the session ends, with the reason for what still waits for it; of nobody from the start. */
  readonly ending: AbortController
  /** Writes to one record take turns. */
  readonly inTurn: InTurn
  readonly store: OpenStore
  readonly ledger: Ledger
  readonly journal: Journal
  /** Its id, the last part of an operation's place. */
  readonly own: string
  /** Entries that could not be read; they were left out, and the server's rows are listed anew. */
  readonly damaged: number
  /** Whether nothing was stored before: a new device or user, or a platform that deleted what was; nobody can tell which. */
  readonly isNew: boolean
  /** Whether an app of a higher version has the data: nothing is written or sent any more. */
  outdated(): boolean
}

/** A namespace at the version of the app; comes along with the option `migrations`. */
export interface Upgrade {
  /** Brings what was loaded to this version. @throws SyncError `SYNC_CONFIG_INVALID` for what cannot be brought there */
  lift(ledger: Ledger, touched: Set<RecordKey>): void
  /** Raises the mark, in the first commit of a session. */
  begin(draft: Draft): void
  /** What a draft writes, as this version. */
  entries(draft: Draft): readonly StoreEntry[]
}

/** What a session shows its commits to. */
export interface SessionPorts extends Pick<Settings, 'env' | 'store' | 'durability' | 'user' | 'migrations'> {
  readonly shapes: ReadonlyMap<string, CollectionShape>
  readonly events: Events
  readonly related: Pick<Order, 'standsAlone'> | undefined
  /** Told of the records each commit touched. */
  readonly changed: Listeners<ReadonlySet<RecordKey>>
}

/** Shows a commit: first every table takes its new views, then live queries and observers hear of it. */
function show(
  { shapes, events, changed, store }: SessionPorts,
  { tabs }: OpenStore & Partial<SharedStore>,
  ledger: Ledger,
  touched: ReadonlySet<RecordKey>,
  written: ReadonlySet<RecordKey> = new Set(),
): void {
  if (store.capabilities.writers === 'many' && !tabs) {
    // Another tab may send from now on what is ready, and says nothing before it does.
    for (const key of touched) unsent.delete(Object(headOf(ledger, key)).op)
  }
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
    events.emit('record:changed', { collection, id, source: written.has(key) ? 'local' : 'remote' })
  }
  changed.tell(touched)
}

/** Whether a newer version of this package, or of the app, has written the data. */
const isNewer = ({ meta }: Ledger, { version = 1 }: Partial<Migrations> = {}): boolean =>
  Number(meta.get('format')) > format || Number(meta.get('version') ?? 1) > version

function checkMarks(ledger: Ledger, { user, migrations, changed }: SessionPorts): void {
  if (isNewer(ledger, migrations)) {
    changed.tell(new Set())
    throw new SyncError('SYNC_FORMAT_NEWER')
  }
  if ((ledger.meta.get('user') ?? user) !== user)
    throw new SyncError('SYNC_USER_MISMATCH', { message: 'the data belongs to another user' })
}

/** Opens the user's namespace, in time. @throws SyncError of the store */
export async function openStore({
  env,
  store,
  durability,
  user,
}: Pick<SessionPorts, 'env' | 'store' | 'durability' | 'user'>): Promise<OpenStore> {
  const opening = (async () => store.open({ namespace: namespaceOf(user), durability, env }))()
  try {
    return await inTime(env, openMs, 'SYNC_STORE_BLOCKED', () => opening)
  } catch (error) {
    // It may still open, and would hold the namespace for nobody.
    opening.then(
      (late) => late.close(),
      () => {},
    )
    throw asSyncError(error, 'SYNC_STORE_FAILED')
  }
}

/** Goes on without what could not be read. */
function repair(draft: Draft, ledger: Ledger, own: string, broken: LoadPage['broken']): void {
  const { meta } = draft
  // Broken entries come with every load until their keys are committed again, which may be never: once for each damage.
  const mark = hash128(JSON.stringify(broken))
  if (broken.length === 0 || meta.get(historyKey) === mark) return
  meta.set(historyKey, mark)
  repairCounts(draft, ledger, own)
  // A row that could not be read has to come again, also where another tab has it: every feed lists from the start, over rows
  // that are here.
  const reason = { code: 'SYNC_STORE_CORRUPT', message: 'damaged in the store' }
  for (const { table, key } of broken) if (table === 'base') meta.set(unreadableKey(key), reason)
  const lost = broken.map(({ key }) => [key, {}] as const)
  for (const [key, entry] of storedFeeds([...ledger.meta, ...lost])) meta.set(key, relisting(entry))
}

/**
 * Opens the user's namespace and fills the tables.
 * @throws SyncError of the store, `SYNC_FORMAT_NEWER`, `SYNC_USER_MISMATCH`
 */
export async function openSession(host: SessionPorts): Promise<Session> {
  const { env, user, migrations } = host
  const ledger = new Ledger()
  const own = env.uuid().slice(0, 13)
  const upgrade = migrations?.open(host.shapes)
  const store = await openStore(host)
  const journal = new Journal(store, ledger, own, {
    env,
    open: () => openStore(host),
    // Another user's or a newer version's data is not shown, not even for a moment, and not written to.
    check: () => checkMarks(ledger, host),
    committed: (touched, written) => {
      upgrade?.lift(ledger, touched)
      host.events.guard(() => show(host, store, ledger, touched, written))
    },
    standsAlone: host.related?.standsAlone ?? (() => false),
    entries: (draft) => (upgrade ?? draft).entries(draft),
  })
  try {
    const broken = await journal.load()
    const isNew = !ledger.meta.has('format')
    journal.follow(store)
    await journal.write((draft) => {
      const { meta } = draft
      meta.set('format', format)
      meta.set('user', user)
      upgrade?.begin(draft)
      repair(draft, ledger, own, broken)
    })
    return {
      user,
      ending: new AbortController(),
      inTurn: turns(),
      store,
      ledger,
      journal,
      own,
      damaged: broken.length,
      isNew,
      outdated: () => isNewer(ledger, migrations),
    }
  } catch (error) {
    await journal.close(error as SyncError).catch(() => {})
    // What was shown already is of no session: the next one knows nothing of it.
    const touched = new Set<RecordKey>()
    ledger.clear(touched)
    host.events.guard(() => show(host, store, ledger, touched))
    throw error
  }
}
