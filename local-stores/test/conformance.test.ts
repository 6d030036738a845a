import { describeLocalStore } from '@rowkeep/conformance-tests/vitest'
import { harnesses, wrapped } from './conformance.ts'

for (const harness of [...harnesses, ...wrapped]) describeLocalStore(harness)
