import { isSyncError, type Json, type LocalStore, type OpenStore, platformEnv, type StoreEntry } from '@rowkeep/kernel'

/** A module of `stores/`: how a tab makes its instance of the store over a place that all tabs share. */
export interface StoreModule {
  storeAt(place: string): LocalStore
}

/** What a tab knows: the newest commit it has loaded, and all entries up to it. */
export interface Known {
  readonly head: number
  readonly values: ReadonlyMap<string, Json>
}

const nothing: Known = { head: 0, values: new Map() }

/** Opens the one namespace of the scenes. */
export async function openAt(url: string, place: string): Promise<OpenStore> {
  const { storeAt } = (await import(/* @vite-ignore */ url)) as StoreModule
  return storeAt(place).open({ namespace: 'u-ada', durability: 'none', env: platformEnv })
}

/** Brings what is known up to date. */
export async function loadFrom(store: OpenStore, { head, values }: Known = nothing): Promise<Known> {
  const now = new Map(values)
  let newest = head
  for await (const page of store.load(head)) {
    if (page.reset) now.clear()
    if (page.broken.length > 0) throw new Error(`broken: ${JSON.stringify(page.broken)}`)
    for (const { table, key, value } of page.entries) {
      if (value === undefined) now.delete(`${table}/${key}`)
      else now.set(`${table}/${key}`, value)
    }
    newest = page.head
  }
  return { head: newest, values: now }
}

/** Commits what `decide` makes of the newest state; decides again as often as another tab was first. */
async function commitOn(
  store: OpenStore,
  known: Known,
  decide: (known: Known) => readonly StoreEntry[],
): Promise<{ readonly known: Known; readonly stale: number }> {
  for (let stale = 0; ; stale += 1) {
    try {
      await store.commit(decide(known), known.head)
      return { known: await loadFrom(store, known), stale }
    } catch (thrown) {
      if (!isSyncError(thrown, 'SYNC_STORE_STALE')) throw thrown
      known = await loadFrom(store, known)
    }
  }
}

/** Adds `count` entries of its own and as often one to a counter that all tabs share. How often another tab was first. */
export async function addMany(url: string, place: string, tab: string, count: number): Promise<number> {
  const store = await openAt(url, place)
  let known = await loadFrom(store)
  let stale = 0
  for (let n = 0; n < count; n += 1) {
    const done = await commitOn(store, known, ({ values }) => [
      { table: 'op', key: `${tab}.${n}`, value: n },
      { table: 'base', key: 'counter', value: Number(values.get('base/counter') ?? 0) + 1 },
    ])
    known = done.known
    stale += done.stale
  }
  await store.close()
  return stale
}

/** Commits until its tab goes: twice the same number each time, told on the channel `place` once acknowledged. */
export async function writeForever(url: string, place: string): Promise<never> {
  const acknowledged = new BroadcastChannel(place)
  const store = await openAt(url, place)
  let known = await loadFrom(store)
  for (;;) {
    const n = known.head + 1
    const done = await commitOn(store, known, () => [
      { table: 'op', key: 'left', value: n },
      { table: 'op', key: `n.${n}`, value: 'x'.repeat(2_000) },
      { table: 'op', key: `n.${n - 40}`, value: undefined },
      { table: 'base', key: 'right', value: n },
    ])
    known = done.known
    acknowledged.postMessage(n)
  }
}

/** Opens the namespace and keeps it open as long as the tab lives; told on the channel `place`. */
export async function keepOpen(url: string, place: string): Promise<never> {
  await openAt(url, place)
  new BroadcastChannel(place).postMessage('open')
  return new Promise<never>(() => {})
}
