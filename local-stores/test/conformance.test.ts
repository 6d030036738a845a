import { describeLocalStore } from '@rowkeep/conformance-tests/vitest'
import { harnesses } from './conformance.ts'

for (const harness of harnesses) describeLocalStore(harness)
