import { describeRemoteAdapter } from '@rowkeep/conformance-tests/vitest'
import { etag, harness, lww, sweep } from './conformance.ts'

for (const one of [harness, etag, sweep, lww]) describeRemoteAdapter(one)
