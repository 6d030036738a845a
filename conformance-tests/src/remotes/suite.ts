import { casesOf } from '../core/run.ts'
import type { Scenario, Suite } from '../core/scenario.ts'
import type { RemoteHarness } from '../harness.ts'
import { type RemoteBench, remoteBench } from './bench.ts'
import { reading } from './reading.ts'
import { writing } from './writing.ts'

/** Every scenario of the RemoteAdapter contract, in the order of its chapters. */
export const remoteScenarios: readonly Scenario<RemoteBench>[] = [...reading, ...writing]

/** The RemoteAdapter contract for one adapter. */
export function remoteSuite(harness: RemoteHarness): Suite {
  const cases = casesOf(remoteScenarios, () => remoteBench(harness), harness.knownGaps)
  return {
    name: harness.name,
    kind: 'remote',
    cases,
    async declared() {
      const { context, tearDown } = await remoteBench(harness)
      await tearDown()
      return context.capabilities
    },
  }
}
