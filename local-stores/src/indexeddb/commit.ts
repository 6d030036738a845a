import { type CommitNumber, SyncError } from '@rowkeep/kernel'
import { wrap } from 'idb'
import type { EntryText } from '../common/entries.ts'
import { chunksOf, isFull, lineOf } from './chunks.ts'
import { type LogEntry, putState, type State, stateOf, type Tables } from './state.ts'
import type { Work } from './transaction.ts'
import type { Tuning } from './tuning.ts'

/** One commit, ready to be written. */
export interface Commit {
  readonly entries: readonly EntryText[]
  readonly after: CommitNumber
  /** No other commit has it: tells a commit that is tried again whether it took effect the first time. */
  readonly mark: string
}

/** Rows are appended, never changed in place: a commit costs what it changes, however much is held. */
function putRows(base: IDBObjectStore, commit: CommitNumber, lines: readonly string[]): void {
  let part = 0
  for (const chunk of chunksOf(lines)) base.put(chunk, [commit, part++])
}

function putEntry(tables: Tables, { table, key, text }: EntryText): void {
  if (text === undefined) tables[table].delete(key)
  else tables[table].put(text, key)
}

function stateAfter(state: State, lines: readonly string[]): State {
  const head = state.head + 1
  const characters = lines.reduce((sum, line) => sum + line.length, 0)
  const isLoose = lines.length > 0 && !isFull(lines.length, characters)
  const loose = state.loose + (isLoose ? 1 : 0)
  return { ...state, head, loose, packed: loose === 0 ? head : state.packed, size: state.size + characters }
}

/** Whether the commit is in the database already. */
async function isWritten({ log }: Tables, { after, mark }: Commit): Promise<boolean> {
  const entry = (await wrap(log.get(after + 1))) as LogEntry | undefined
  return entry?.[0] === mark
}

/**
 * Compares and writes in one transaction; the result is the new state.
 * @throws SyncError `SYNC_STORE_STALE`; see {@link stateOf}
 */
export function commitWork(commit: Commit, id: string, { logged }: Tuning): Work<State> {
  const rows = commit.entries.filter(({ table }) => table === 'base')
  const others = commit.entries.filter(({ table }) => table !== 'base')
  const lines = rows.map(({ key, text }) => lineOf([key, text]))
  return async (tables) => {
    const state = await stateOf(tables, id)
    const { after, mark } = commit
    if (state.head !== after) {
      if (state.head > after && (await isWritten(tables, commit))) return { ...state, head: after + 1 }
      const message = `the newest commit is ${state.head}, not ${after}`
      throw new SyncError('SYNC_STORE_STALE', { message, details: { head: state.head, after } })
    }
    const next = stateAfter(state, lines)
    putRows(tables.base, next.head, lines)
    for (const entry of others) putEntry(tables, entry)
    tables.log.put([mark, ...others.map(({ table, key }) => `${table}/${key}`)], next.head)
    tables.log.delete(next.head - logged)
    putState(tables.state, next)
    return next
  }
}
