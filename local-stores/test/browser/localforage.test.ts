import { defineStoreHarness } from '@rowkeep/conformance-tests'
import { describeLocalStore } from '@rowkeep/conformance-tests/vitest'
import { platformEnv } from '@rowkeep/kernel'
import { expect, test } from 'vitest'
import { localforageStore } from '../../src/localforage/index.ts'
import { describeClients } from './support/describe-sharing.ts'
import { describeDepartures, describeSharing } from './support/describe-tabs.ts'
import { urlOf } from './support/tabs.ts'

describeLocalStore(
  defineStoreHarness({
    name: 'localforage over IndexedDB',
    place() {
      const name = `place-${crypto.randomUUID()}`
      return { store: () => localforageStore({ name }) }
    },
  }),
)

describeLocalStore(
  defineStoreHarness({
    name: 'localforage over localStorage',
    place() {
      const name = `place-${crypto.randomUUID()}`
      return {
        store: () => localforageStore({ name, driver: 'localStorageWrapper', tabs: 'one' }),
        // All places share five million characters.
        dispose: async () => localStorage.clear(),
      }
    },
  }),
)

const many = urlOf('stores/localforage.ts')
const one = urlOf('stores/localforage-one-tab.ts')

describeSharing('localforage over IndexedDB', many)
describeDepartures('localforage over IndexedDB', many)
describeClients('localforage over IndexedDB', many)
describeDepartures('localforage over localStorage', one)

test('a database that is deleted while it is open is told as SYNC_STORE_BROKEN, and not written on', async () => {
  const name = `place-${crypto.randomUUID()}`
  const spec = { namespace: 'u-ada', durability: 'none', env: platformEnv } as const
  const store = await localforageStore({ name }).open(spec)
  await store.commit([{ table: 'base', key: 'a', value: 1 }], 0)
  await new Promise<void>((resolve, reject) => {
    const deleting = indexedDB.deleteDatabase(name)
    deleting.onsuccess = () => resolve()
    deleting.onerror = () => reject(deleting.error)
  })
  const late = store.commit([{ table: 'base', key: 'b', value: 1 }], 1)
  await expect(late).rejects.toMatchObject({ code: 'SYNC_STORE_BROKEN' })
  await store.close()
  const anew = await localforageStore({ name }).open(spec)
  expect(await anew.commit([{ table: 'base', key: 'c', value: 1 }], 0)).toBe(1)
  await anew.close()
})
