import { defineStoreHarness } from '@rowkeep/conformance-tests'
import { describeLocalStore } from '@rowkeep/conformance-tests/vitest'
import { localforageStore } from '../../src/localforage/index.ts'
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
describeDepartures('localforage over localStorage', one)
