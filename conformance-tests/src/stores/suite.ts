import { casesOf } from '../core/run.ts'
import type { Scenario, Suite } from '../core/scenario.ts'
import type { StoreHarness } from '../harness.ts'
import { atomicCommits } from './atomic-commits.ts'
import { type StoreBench, storeBench } from './bench.ts'
import { capabilities } from './capabilities.ts'
import { compareAndSet } from './compare-and-set.ts'
import { durability } from './durability.ts'
import { isolation } from './isolation.ts'
import { lifeCycle } from './life-cycle.ts'
import { loading } from './loading.ts'
import { values } from './values.ts'

/** Every scenario of the LocalStore contract, in the order of its chapters. */
export const storeScenarios: readonly Scenario<StoreBench>[] = [
  ...lifeCycle,
  ...atomicCommits,
  ...compareAndSet,
  ...loading,
  ...durability,
  ...isolation,
  ...values,
  ...capabilities,
]

/** The LocalStore contract for one store. */
export function storeSuite(harness: StoreHarness): Suite {
  const cases = casesOf(storeScenarios, () => storeBench(harness), harness.knownGaps)
  return { name: harness.name, kind: 'store', cases, declared: async () => undefined }
}
