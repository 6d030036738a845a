import { describeRemoteAdapter } from '@rowkeep/conformance-tests/vitest'
import { cache, cachedList, etag, harness, lww, sweep } from './conformance.ts'

for (const one of [harness, etag, sweep, lww, cache, cachedList]) describeRemoteAdapter(one)
