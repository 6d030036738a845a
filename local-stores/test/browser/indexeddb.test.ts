import { defineStoreHarness } from '@rowkeep/conformance-tests'
import { describeLocalStore } from '@rowkeep/conformance-tests/vitest'
import { storeAt } from './stores/indexeddb.ts'
import { describeClients } from './support/describe-sharing.ts'
import { describeDepartures, describeSharing } from './support/describe-tabs.ts'
import { urlOf } from './support/tabs.ts'

describeLocalStore(
  defineStoreHarness({
    name: 'indexeddb',
    place() {
      const place = crypto.randomUUID()
      return { store: () => storeAt(place) }
    },
  }),
)

const url = urlOf('stores/indexeddb.ts')
describeSharing('indexeddb', url)
describeDepartures('indexeddb', url)
describeClients('indexeddb', url)
