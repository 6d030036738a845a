import type { LocalStore, OpenStore } from '../contracts/local-store.ts'
import type { Env } from '../env/env.ts'
import type { JsonObject } from '../env/json.ts'
import { SyncError } from '../errors/sync-error.ts'
import { Journal } from '../journal/journal.ts'
import { Ledger } from '../journal/ledger.ts'
import { viewOf } from '../journal/view.ts'
import { sameRecord } from '../model/change.ts'
import { namespaceOf, type RecordKey, splitKey } from '../model/identity.ts'
import { format } from '../model/stored.ts'
import type { Move } from '../tables/sorted.ts'
import type { Table } from '../tables/table.ts'

/** One user's namespace, open: what is stored, its one writer, and whether anything in it was damaged. */
export interface Session {
  readonly store: OpenStore
  readonly ledger: Ledger
  readonly journal: Journal
  /** Entries that could not be read; they were left out, and the server's rows are listed anew. */
  readonly damaged: number
  close(): Promise<void>
}

/** What opening needs. */
export interface SessionPorts {
  readonly env: Env
  readonly store: LocalStore
  readonly user: string
  readonly tables: ReadonlyMap<string, Table>
  /** After each commit, when all tables have changed: records it touched, those whose view changed, and whether by a local write. */
  readonly committed: (
    touched: ReadonlySet<RecordKey>,
    changed: readonly RecordKey[],
    isLocal: (key: RecordKey) => boolean,
  ) => void
}

/** Shows a commit: first every table takes its new views, then every live query hears of it. */
function show(ledger: Ledger, tables: SessionPorts['tables'], touched: ReadonlySet<RecordKey>): readonly RecordKey[] {
  const views = new Map<Table, [string, JsonObject | null][]>()
  const changed: RecordKey[] = []
  for (const key of touched) {
    const [collection, id] = splitKey(key)
    const table = tables.get(collection)
    if (!table) continue
    const view = viewOf(ledger, key)
    if (sameRecord(table.get(id) ?? null, view)) continue
    changed.push(key)
    const list = views.get(table) ?? []
    list.push([id, view])
    views.set(table, list)
  }
  const moves: (readonly [Table, readonly Move[]])[] = []
  for (const [table, list] of views) moves.push([table, table.apply(list)])
  for (const [table, moved] of moves) table.tell(moved)
  return changed
}

function checkMarks(ledger: Ledger, user: string): void {
  const [stored, owner] = [ledger.meta('format'), ledger.meta('user')]
  if (typeof stored === 'number' && stored > format) {
    throw new SyncError('SYNC_FORMAT_NEWER', { message: `the data has format ${stored}, this version knows ${format}` })
  }
  if (owner !== undefined && owner !== user) {
    throw new SyncError('SYNC_USER_MISMATCH', { message: 'the stored data belongs to another user' })
  }
}

async function mark({ ledger, journal, damaged }: Omit<Session, 'close' | 'store'>, user: string): Promise<void> {
  if (ledger.meta('format') === format && ledger.meta('user') === user && damaged === 0) return
  await journal.write((draft) => {
    draft.setMeta('format', format)
    draft.setMeta('user', user)
    // A row that could not be read has to come again: every feed lists from the start.
    if (damaged > 0) for (const [key] of ledger.metas()) if (key.startsWith('feed/')) draft.setMeta(key, undefined)
  })
}

/**
 * Opens the user's namespace and fills the tables.
 * @throws SyncError of the store, `SYNC_FORMAT_NEWER`, `SYNC_USER_MISMATCH`
 */
export async function openSession({ env, store, user, tables, committed }: SessionPorts): Promise<Session> {
  const open = await store.open({ namespace: namespaceOf(user), durability: 'none', env })
  try {
    const ledger = new Ledger()
    const journal = new Journal(open, ledger, env.uuid().slice(0, 13), (touched, head) => {
      // An operation whose place names this very commit was accepted in it.
      const isLocal = (key: RecordKey): boolean => ledger.ops(key).at(-1)?.key.startsWith(`${head}.`) ?? false
      committed(touched, show(ledger, tables, touched), isLocal)
    })
    const damaged = (await journal.load()).length
    checkMarks(ledger, user)
    await mark({ ledger, journal, damaged }, user)
    const close = async (): Promise<void> => {
      await journal.close()
      await open.close()
    }
    return { store: open, ledger, journal, damaged, close }
  } catch (error) {
    await open.close()
    throw error
  }
}
