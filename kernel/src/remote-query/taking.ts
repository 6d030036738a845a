import type { QueriedRow, RemoteAdapter } from '../contracts/remote-adapter.ts'
import { asSyncError, errorOf, SyncError } from '../errors/sync-error.ts'
import type { Reader } from '../journal/ledger.ts'
import { liveOps } from '../journal/view.ts'
import { checkId, idOf, recordKey } from '../model/identity.ts'
import { toRecord } from '../model/value.ts'
import type { Entry } from '../query/plan.ts'
import { takeLive } from '../sync/page.ts'
import type { Ask } from './options.ts'
import type { Answered } from './remote.ts'

/** Whether the record is kept on this device: as a row, a tombstone, or a write on its way. */
export function isResident(ledger: Reader, collection: string, id: string): boolean {
  const key = recordKey(collection, id)
  return ledger.base.get(key) !== undefined || liveOps(ledger, key).length > 0
}

function entryOf({ shape: { name, key } }: Ask, row: QueriedRow): Entry {
  const { collection, id, kind } = row
  if (collection !== name) throw new SyncError('SYNC_PROTOCOL', { message: 'a row nobody asked for' })
  if (kind === 'unreadable') throw errorOf(row.error)
  checkId(collection, id, Number.POSITIVE_INFINITY)
  const record = toRecord(row.record, collection)
  if (idOf(record, key) === id) return { id, record }
  throw new SyncError('SYNC_PROTOCOL', { message: 'the row has the key of another record' })
}

/** The rows that can be read; of the others observers are told. */
function entriesOf(ask: Ask, rows: readonly QueriedRow[]): readonly Entry[] {
  return rows.flatMap((row) => {
    try {
      return [entryOf(ask, row)]
    } catch (thrown) {
      const { collection, id } = row
      ask.host.events.emit('row:unreadable', { collection, id, error: asSyncError(thrown, 'SYNC_PROTOCOL') })
      return []
    }
  })
}

/** The rows of an answer. */
export interface Taken {
  /** Each as this device shows it now, without the ones that are gone here. */
  readonly entries: readonly Entry[]
  /** The last one as the remote gave it; `undefined`: none could be read. */
  readonly last: Entry | undefined
}

/**
 * Takes the rows of an answer: those kept here are refreshed, if newer, as if they had come live; the others are not stored.
 * Where versions cannot be told older from newer nothing is refreshed: only a pull may say what is newest then.
 */
export async function takeRows(ask: Ask, { opened, rows }: Answered): Promise<Taken> {
  const { host, shape } = ask
  const { name, table } = shape
  const { engine, ledger, ending } = opened
  const entries = entriesOf(ask, rows)
  const last = entries.at(-1)
  if ((host.remote as RemoteAdapter).capabilities.revisions !== 'ordered') return { entries, last }
  const readable = new Set(entries.map(({ id }) => id))
  const kept = rows.filter(({ id }) => readable.has(id) && isResident(ledger, name, id))
  if (kept.length > 0) await engine?.work.take((taking) => takeLive(taking, { id: name, collections: [name] }, kept))
  // What is shown here now may be another user's.
  ending.signal.throwIfAborted()
  const shown = (entry: Entry): readonly Entry[] => {
    if (!isResident(ledger, name, entry.id)) return [entry]
    const record = table.get(entry.id)
    return record ? [{ id: entry.id, record }] : []
  }
  return { entries: entries.flatMap(shown), last }
}
