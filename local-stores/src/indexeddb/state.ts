import { type CommitNumber, SyncError } from '@rowkeep/kernel'
import { wrap } from 'idb'
import { brokenStore } from './failures.ts'

/** The format this version writes, and the newest it reads. */
const FORMAT = 1

/** What a namespace says of itself; read and written in every commit. */
export interface State {
  readonly format: number
  /** Of this database for life: one that was deleted and made anew has another. */
  readonly id: string
  readonly head: CommitNumber
  /** Removals up to this commit are forgotten: the chunks were folded into one picture. */
  readonly whole: CommitNumber
  /** Chunks up to this commit are as full as they get. */
  readonly packed: CommitNumber
  /** Chunks above `packed` that are far from full. */
  readonly loose: number
  /** Characters in all chunks, and at how many it is looked for what is out of date. */
  readonly size: number
  readonly foldAt: number
}

/** Every key changed by a commit but those of `base`, behind the mark of who committed. */
export type LogEntry = readonly [by: string, ...names: string[]]

/** The object stores of one transaction. */
export interface Tables {
  /** One record, `state`. */
  readonly state: IDBObjectStore
  /** {@link LogEntry} by commit number. */
  readonly log: IDBObjectStore
  /** JSON by key. */
  readonly meta: IDBObjectStore
  /** JSON by key. */
  readonly op: IDBObjectStore
  /** Chunks of rows by `[commit, part]`: in the order of the keys a later row replaces an earlier one. */
  readonly base: IDBObjectStore
}

/** Names of the object stores. There are never others, so the database is never upgraded. */
export const tableNames: readonly (keyof Tables)[] = ['state', 'log', 'meta', 'op', 'base']

const STATE = 'state'
const counters = ['head', 'whole', 'packed', 'loose', 'size', 'foldAt'] as const

/** A namespace before its first commit. */
export const newState = (id: string): State => ({
  format: FORMAT,
  id,
  head: 0,
  whole: 0,
  packed: 0,
  loose: 0,
  size: 0,
  foldAt: 0,
})

export function putState(store: IDBObjectStore, state: State): void {
  store.put(state, STATE)
}

/**
 * The state; with `id`, that of this very database.
 * @throws SyncError `SYNC_FORMAT_NEWER` `SYNC_STORE_CORRUPT` `SYNC_STORE_BROKEN`
 */
export async function stateOf({ state: store }: Pick<Tables, 'state'>, id?: string): Promise<State> {
  const state = (await wrap(store.get(STATE))) as State | undefined
  if (Number(state?.format) > FORMAT) {
    const message = `the data has format ${state?.format}, this version knows ${FORMAT}`
    throw new SyncError('SYNC_FORMAT_NEWER', { message })
  }
  if (state?.format !== FORMAT || !counters.every((name) => Number.isSafeInteger(state[name]))) {
    throw new SyncError('SYNC_STORE_CORRUPT', { message: 'the database does not say what it holds' })
  }
  if (id !== undefined && state.id !== id) {
    throw brokenStore('the browser or another tab deleted the database, and another took its place')
  }
  return state
}
