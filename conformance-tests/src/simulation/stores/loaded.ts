import type { LocalStore } from '@rowkeep/kernel'
import { type OpenStore, platformEnv, type StoreEntry } from '@rowkeep/kernel'
import type { Kept } from './place.ts'

/** Everything an open store gives, the newest value of each key. */
export async function loaded(store: OpenStore): Promise<Kept> {
  const entries = new Map<string, StoreEntry>()
  for await (const page of store.load()) {
    if (page.reset) entries.clear()
    for (const entry of page.entries) entries.set(`${entry.table}/${entry.key}`, entry)
  }
  const there = [...entries.values()].filter(({ value }) => value !== undefined)
  return { user: String(entries.get('meta/user')?.value ?? ''), entries: there }
}

/** What the namespaces of a store hold that nobody has open. */
export async function loadedFrom(store: LocalStore, namespaces: Iterable<string>): Promise<readonly Kept[]> {
  const kept: Kept[] = []
  for (const namespace of namespaces) {
    const open = await store.open({ namespace, durability: 'none', env: platformEnv })
    kept.push(await loaded(open))
    await open.close()
  }
  return kept
}
