import {
  type CommitNumber,
  type Json,
  type LocalStore,
  type OpenStore,
  platformEnv,
  type StoreEntry,
  type StoreSpec,
  type StoreTable,
} from '@rowkeep/kernel'

/** What to open, for tests that care for nothing in it. */
export const spec = (namespace = 'u-ada'): StoreSpec => ({ namespace, durability: 'none', env: platformEnv })

/** An entry of the table `base` unless another is named. */
export const put = (key: string, value: Json | undefined, table: StoreTable = 'base'): StoreEntry => ({
  table,
  key,
  value,
})

/** What a load gave, as a reader holds it. */
export interface Held {
  readonly values: Readonly<Record<string, Json>>
  readonly broken: readonly { readonly table: StoreTable; readonly key: string; readonly raw: string }[]
  readonly head: CommitNumber
}

/** Loads everything, or brings `since` up to date. */
export async function held(open: OpenStore, since?: Held): Promise<Held> {
  let values = new Map(Object.entries(since?.values ?? {}))
  let broken: Held['broken'][number][] = []
  let head = since?.head ?? 0
  for await (const page of open.load(since?.head)) {
    if (page.reset) {
      values = new Map()
      broken = []
    }
    for (const { table, key, value } of page.entries) {
      if (value === undefined) values.delete(`${table}/${key}`)
      else values.set(`${table}/${key}`, value)
    }
    broken.push(...page.broken)
    head = page.head
  }
  return { values: Object.fromEntries(values), broken, head }
}

/** Opens a namespace, uses it, and closes it. */
export async function within<T>(
  store: LocalStore,
  use: (open: OpenStore) => Promise<T>,
  namespace?: string,
): Promise<T> {
  const open = await store.open(spec(namespace))
  try {
    return await use(open)
  } finally {
    await open.close()
  }
}

/** Everything a store holds in a namespace. */
export const contents = (store: LocalStore, namespace?: string): Promise<Held> => within(store, held, namespace)

/** Commits entries after the newest number. */
export const write = (store: LocalStore, entries: readonly StoreEntry[], namespace?: string): Promise<CommitNumber> =>
  within(store, async (open) => open.commit(entries, (await held(open)).head), namespace)
