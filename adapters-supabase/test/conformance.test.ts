import { describeRemoteAdapter } from '@rowkeep/conformance-tests/vitest'
import { bare, plain } from './conformance.ts'

describeRemoteAdapter(plain)
describeRemoteAdapter(bare)
