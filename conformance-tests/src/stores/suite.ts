import { casesOf } from '../core/run.ts'
import type { Scenario, Suite } from '../core/scenario.ts'
import type { StoreHarness } from '../harness.ts'
import { type StoreBench, storeBench } from './bench.ts'
import { compareAndSet } from './compare-and-set.ts'
import { lifeCycle } from './life-cycle.ts'

/** Every scenario of the LocalStore contract, in the order of its chapters. */
export const storeScenarios: readonly Scenario<StoreBench>[] = [...lifeCycle, ...compareAndSet]

/** The LocalStore contract for one store. */
export function storeSuite(harness: StoreHarness): Suite {
  const cases = casesOf(storeScenarios, () => storeBench(harness), harness.knownGaps)
  return { name: harness.name, kind: 'store', cases, declared: async () => undefined }
}
