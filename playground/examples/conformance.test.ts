import { describeRemoteAdapter } from '@rowkeep/conformance-tests/vitest'
import { harness } from './conformance.ts'

describeRemoteAdapter(harness)
