import 'fake-indexeddb/auto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSyncClient, type Durability, type LocalStore, memoryStore, record } from '@rowkeep/kernel'
import { health } from '@rowkeep/kernel/diagnostics'
import localforage from 'localforage'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { compressed } from '../src/compressed/index.ts'
import { fileStore } from '../src/file/index.ts'
import { indexeddbStore } from '../src/indexeddb/index.ts'
import { localforageStore } from '../src/localforage/index.ts'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
  vi.unstubAllGlobals()
})

async function directory(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'room-'))
  ends.push(() => rm(made, { recursive: true }))
  return made
}

const clientOf = (store: LocalStore, durability: Durability = 'none') => {
  const client = createSyncClient({ collections: { tasks: record<{ id: string }>() }, store, durability })
  ends.unshift(() => client.dispose())
  return client
}

const fresh = (): string => crypto.randomUUID()

const stores: readonly (readonly [name: string, durability: Durability, make: () => Promise<LocalStore>])[] = [
  ['memory', 'none', async () => memoryStore()],
  ['file', 'strict', async () => fileStore({ directory: await directory() })],
  ['indexeddb', 'relaxed', async () => indexeddbStore({ name: fresh(), durability: 'strict' })],
  [
    'localforage',
    'relaxed',
    async () => localforageStore({ name: fresh(), tabs: 'one', driver: localforage.INDEXEDDB }),
  ],
  ['compressed', 'relaxed', async () => compressed(indexeddbStore({ name: fresh() }))],
]

const levels: readonly Durability[] = ['none', 'relaxed', 'strict']

describe.each(stores)('%s on this platform', (_, granted, make) => {
  test(`grants ${granted}, shows it, and is not opened by an app that wants more [F59]`, async () => {
    for (const wanted of levels) {
      const client = clientOf(await make(), wanted)
      const opening = client.collections.tasks.readAll()
      if (levels.indexOf(wanted) > levels.indexOf(granted)) {
        await expect(opening).rejects.toMatchObject({ code: 'SYNC_STORE_DURABILITY' })
      } else {
        await opening
        expect(client.status.getSnapshot()?.durability).toBe(granted)
        expect(health(client).getSnapshot()?.store).toMatchObject({ durability: granted, wanted })
      }
      await client.dispose()
    }
  })
})

test.each(stores.slice(2))('%s tells what the browser says of its place', async (name, _granted, make) => {
  const told = { usage: 1000, quota: 5000 as number | undefined, persisted: false }
  const storage = {
    estimate: async () => ({ usage: told.usage, quota: told.quota }),
    persisted: async () => told.persisted,
    persist: async () => true,
  }
  vi.stubGlobal('navigator', { storage })
  const client = clientOf(await make())
  await client.collections.tasks.create({ id: 'a' })
  const watch = health(client)
  const seen = (freeBytes: number | undefined, isPersisted: boolean) =>
    vi.waitFor(() => expect(watch.getSnapshot()?.store).toMatchObject({ freeBytes, isPersisted, isEvictable: true }))
  await seen(4000, false)
  // Only localforage stands on something that it names.
  expect(watch.getSnapshot()?.store.driver).toBe(name === 'localforage' ? 'asyncStorage' : undefined)
})

test('a browser that tells nothing leaves it unknown', async () => {
  const client = clientOf(indexeddbStore({ name: fresh() }))
  await client.collections.tasks.create({ id: 'a' })
  expect(health(client).getSnapshot()?.store).toMatchObject({ freeBytes: undefined, isPersisted: undefined })
})
