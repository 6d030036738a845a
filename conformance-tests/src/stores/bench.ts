import {
  type CommitNumber,
  type Durability,
  type Env,
  type Json,
  type LocalStore,
  type LocalStoreCapabilities,
  type OpenStore,
  platformEnv,
  type StoreEntry,
  type StoreTable,
} from '@rowkeep/kernel'
import { expectThat, resolves, within } from '../core/expect.ts'
import type { StoreHarness } from '../harness.ts'

/** What a load says a namespace holds, as a reader sees it: later entries and resets already taken into account. */
export interface Held {
  readonly head: CommitNumber
  /** By `table/key`. */
  readonly values: ReadonlyMap<string, Json>
}

/** One open namespace with deadlines: a call that should succeed and does not fails the clause. */
interface Handle {
  readonly raw: OpenStore
  commit(entries: readonly StoreEntry[], after: CommitNumber): Promise<CommitNumber>
  /** All it holds; with `since`, what it held then brought up to date by `load(since.head)`. */
  held(since?: Held): Promise<Held>
  close(): Promise<void>
}

/** What a store scenario works with. Its namespaces are closed and its place is disposed of afterwards. */
export interface StoreBench {
  readonly capabilities: LocalStoreCapabilities
  readonly env: Env
  /** The instance that `open` uses. */
  readonly store: () => LocalStore
  /** Another instance over the same place, as another process or tab has it. */
  another(): LocalStore
  open(namespace?: string, durability?: Durability): Promise<Handle>
  /** As `open` after a restart: on a new instance, unless what the store holds ends with its process. */
  reopen(namespace?: string): Promise<Handle>
  /** The handle to an {@link OpenStore} that the scenario opened itself; closed afterwards. */
  handle(raw: OpenStore): Handle
}

/** The namespace of scenarios that need only one. */
export const home = 'u-ada'

/** An entry of the table `base` unless another is named. */
export const put = (key: string, value: Json | undefined, table: StoreTable = 'base'): StoreEntry => ({
  table,
  key,
  value,
})

async function fold(raw: OpenStore, since: Held | undefined): Promise<Held> {
  const values = new Map(since?.values)
  let head = since?.head ?? 0
  for await (const page of raw.load(since?.head)) {
    if (page.reset) values.clear()
    expectThat(page.broken.length === 0, 'a load without broken entries', page.broken)
    for (const { table, key, value } of page.entries) {
      if (value === undefined) values.delete(`${table}/${key}`)
      else values.set(`${table}/${key}`, value)
    }
    head = page.head
  }
  return { head, values }
}

const handleOf = (raw: OpenStore): Handle => ({
  raw,
  commit: (entries, after) => resolves(`commit(${entries.length} entries, ${after})`, () => raw.commit(entries, after)),
  held: (since) => resolves(`load(${since?.head ?? ''})`, () => fold(raw, since)),
  close: () => resolves('close()', () => raw.close()),
})

/** A fresh place of the harness, for one scenario. */
export async function storeBench(
  harness: StoreHarness,
): Promise<{ context: StoreBench; tearDown: () => Promise<void> }> {
  const place = await harness.place()
  const open: OpenStore[] = []
  let store = place.store()
  const handle = (raw: OpenStore): Handle => {
    open.push(raw)
    return handleOf(raw)
  }
  const opened = (namespace: string, durability: Durability): Promise<Handle> =>
    resolves(`open('${namespace}')`, async () => handle(await store.open({ namespace, durability, env: platformEnv })))
  const context: StoreBench = {
    capabilities: store.capabilities,
    env: platformEnv,
    store: () => store,
    another: () => place.store(),
    open: (namespace = home, durability = 'none') => opened(namespace, durability),
    reopen: (namespace = home) => {
      if (store.capabilities.durability !== 'none') store = place.store()
      return opened(namespace, 'none')
    },
    handle,
  }
  const tearDown = async (): Promise<void> => {
    for (const one of open) await within('close()', one.close())
    await place.dispose?.()
  }
  return { context, tearDown }
}
