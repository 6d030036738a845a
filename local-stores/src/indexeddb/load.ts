import type { CommitNumber, Json, LoadPage, StoreEntry, StoreTable } from '@rowkeep/kernel'
import { wrap } from 'idb'
import { linesOf } from './chunks.ts'
import { type LogEntry, type State, stateOf, type Tables } from './state.ts'
import type { Work } from './transaction.ts'
import type { Tuning } from './tuning.ts'

/** One record as the database has it. */
interface Found {
  readonly table: StoreTable
  readonly key: IDBValidKey
  /** `undefined`: it is not there. */
  readonly value: unknown
}

/** What answers one `load`, of one moment. */
export interface View {
  readonly head: CommitNumber
  readonly reset: boolean
  readonly found: readonly Found[]
}

const BATCH = 256
const PAGE_ENTRIES = 1000
const RAW_CHARACTERS = 4096

/** What a record that the browser can list but not read is shown as. */
const unreadable = Symbol('unreadable')

/** As `wrap`, but a record that cannot be read does not abort the transaction. */
function ask<T>(request: IDBRequest<T>): Promise<T> {
  request.addEventListener('error', (event) => event.preventDefault())
  return wrap(request)
}

async function valuesOf(
  store: IDBObjectStore,
  range: IDBKeyRange | undefined,
): Promise<readonly unknown[] | undefined> {
  return ask<unknown[]>(store.getAll(range, BATCH)).catch(() => undefined)
}

/** All records of a table from a key on, in the order of their keys. */
async function allOf(tables: Tables, table: StoreTable, from?: IDBKeyRange): Promise<readonly Found[]> {
  const { [table]: store } = tables
  const one = (key: IDBValidKey): Promise<unknown> => ask<unknown>(store.get(key)).catch(() => unreadable)
  const found: Found[] = []
  for (let range = from; ; ) {
    const asked = valuesOf(store, range)
    const keys = await wrap(store.getAllKeys(range, BATCH))
    const values = (await asked) ?? (await Promise.all(keys.map(one)))
    for (const [index, key] of keys.entries()) found.push({ table, key, value: values[index] })
    const last = keys.at(-1)
    if (last === undefined || keys.length < BATCH) return found
    range = IDBKeyRange.lowerBound(last, true)
  }
}

/** What commits above `after` changed, as it is now. */
async function changed(tables: Tables, after: CommitNumber): Promise<readonly Found[]> {
  const log: readonly LogEntry[] = await wrap(tables.log.getAll(IDBKeyRange.lowerBound(after, true)))
  const names = new Set(log.flatMap(([, ...changes]) => changes))
  const others = [...names].map(async (name) => {
    const table: StoreTable = name.startsWith('op/') ? 'op' : 'meta'
    const key = name.slice(table.length + 1)
    return { table, key, value: await ask<unknown>(tables[table].get(key)).catch(() => unreadable) }
  })
  const rows = await allOf(tables, 'base', IDBKeyRange.lowerBound([after + 1]))
  return [...(await Promise.all(others)), ...rows]
}

const isKnown = (after: CommitNumber, { head, whole }: State, { logged }: Tuning): boolean =>
  after > 0 && after <= head && after >= whole && after >= head - logged

/** Reads, in one transaction, what `load(after)` gives. @throws SyncError see {@link stateOf} */
export const loadWork =
  (after: CommitNumber, id: string, tuning: Tuning): Work<View> =>
  async (tables) => {
    const state = await stateOf(tables, id)
    const { head } = state
    if (isKnown(after, state, tuning))
      return { head, reset: false, found: after < head ? await changed(tables, after) : [] }
    const [meta, op, base] = [await allOf(tables, 'meta'), await allOf(tables, 'op'), await allOf(tables, 'base')]
    return { head, reset: true, found: [...meta, ...base, ...op] }
  }

type Content = { readonly entry: StoreEntry } | { readonly broken: LoadPage['broken'][number] }

const rawOf = (value: unknown): string => {
  if (typeof value === 'string') return value.slice(0, RAW_CHARACTERS)
  return value === unreadable ? 'the browser cannot read it' : `a value of the type ${typeof value}`
}

function contentOf(table: StoreTable, key: string, text: unknown): Content {
  if (text === undefined) return { entry: { table, key, value: undefined } }
  try {
    if (typeof text === 'string') return { entry: { table, key, value: JSON.parse(text) as Json } }
  } catch {
    // Shown as it is.
  }
  return { broken: { table, key, raw: rawOf(text) } }
}

function* contentsOf({ table, key, value }: Found): Generator<Content, void, undefined> {
  const name = String(key)
  if (table !== 'base') return yield contentOf(table, name, value)
  if (typeof value !== 'string') return yield { broken: { table, key: `damaged/${name}`, raw: rawOf(value) } }
  let number = 0
  for (const line of linesOf(value)) {
    number += 1
    if (line.key === undefined) yield { broken: { table, key: `damaged/${name}/${number}`, raw: rawOf(line.text) } }
    else yield contentOf(table, line.key, line.text === '' ? undefined : line.text)
  }
}

/** The pages of one load. Values are decoded page by page. */
export function* pagesOf({ head, reset, found }: View): Generator<LoadPage, void, undefined> {
  let entries: StoreEntry[] = []
  let broken: LoadPage['broken'][number][] = []
  let isFirst = true
  const take = (): LoadPage => {
    const page = { entries, broken, head, reset: reset && isFirst }
    entries = []
    broken = []
    isFirst = false
    return page
  }
  for (const record of found) {
    for (const content of contentsOf(record)) {
      if ('entry' in content) entries.push(content.entry)
      else broken.push(content.broken)
    }
    if (entries.length + broken.length >= PAGE_ENTRIES) yield take()
  }
  // A load of nothing has a page too: it tells `head`.
  if (isFirst || entries.length + broken.length > 0) yield take()
}
