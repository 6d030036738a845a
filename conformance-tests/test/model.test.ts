import { describeLocalStore, describeRemoteAdapter } from '@rowkeep/conformance-tests/vitest'
import { modelHarness } from '../src/doubles/model-harness.ts'
import { modelStoreHarness, oneWriter } from '../src/doubles/model-store.ts'
import { checked, lastWriteWins, listing } from '../src/doubles/profile.ts'

describeRemoteAdapter(modelHarness({ name: 'model, transactional' }))
describeRemoteAdapter(modelHarness({ name: 'model, checked', capabilities: checked }))
describeRemoteAdapter(modelHarness({ name: 'model, silent deletions', capabilities: listing }))
describeRemoteAdapter(modelHarness({ name: 'model, last-write-wins', capabilities: lastWriteWins, emptyPages: false }))

describeLocalStore({ ...modelStoreHarness(), name: 'model, several writers' })
describeLocalStore({ ...modelStoreHarness({ capabilities: oneWriter }), name: 'model, one writer' })
