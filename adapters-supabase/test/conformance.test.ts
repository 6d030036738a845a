import { describeRemoteAdapter } from '@rowkeep/conformance-tests/vitest'
import { bare, kit, plain } from './conformance.ts'

describeRemoteAdapter(plain)
describeRemoteAdapter(bare)
describeRemoteAdapter(kit)
