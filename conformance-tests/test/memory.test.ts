import { defineStoreHarness } from '@rowkeep/conformance-tests'
import { describeLocalStore } from '@rowkeep/conformance-tests/vitest'
import { memoryStore } from '@rowkeep/kernel'

describeLocalStore(
  defineStoreHarness({
    name: 'memory',
    place: () => {
      const store = memoryStore()
      return { store: () => store }
    },
    knownGaps: { 'LS-7.7': 'it stringifies values without looking at them first; the kernel hands it JSON only' },
  }),
)
