import { describeRemoteAdapter } from '@rowkeep/conformance-tests/vitest'
import { modelHarness } from '../src/doubles/model-harness.ts'
import { checked, lastWriteWins } from '../src/doubles/profile.ts'

describeRemoteAdapter(modelHarness({ name: 'model, transactional' }))
describeRemoteAdapter(modelHarness({ name: 'model, checked', capabilities: checked }))
describeRemoteAdapter(modelHarness({ name: 'model, last-write-wins', capabilities: lastWriteWins, emptyPages: false }))
