import { casesOf } from '../core/run.ts'
import type { Scenario, Suite } from '../core/scenario.ts'
import type { RemoteHarness } from '../harness.ts'
import { atomicRequests } from './atomic-requests.ts'
import { type RemoteBench, remoteBench } from './bench.ts'
import { calls } from './calls.ts'
import { capabilities } from './capabilities.ts'
import { fieldCodecs } from './codecs.ts'
import { conditionalWrites } from './conditional-writes.ts'
import { deletions } from './deletions.ts'
import { failingPulls } from './failing-pulls.ts'
import { failingPushes } from './failing-pushes.ts'
import { history } from './history.ts'
import { hostileInput } from './hostile-input.ts'
import { liveChannel } from './live.ts'
import { all, canWrite } from './needs.ts'
import { optionalParts } from './optional-parts.ts'
import { remoteQueries } from './queries.ts'
import { reading } from './reading.ts'
import { resends } from './resends.ts'
import { users } from './users.ts'
import { writing } from './writing.ts'

/** The same, skipped where the backend takes no writes. */
const writes = (scenarios: readonly Scenario<RemoteBench>[]): readonly Scenario<RemoteBench>[] =>
  scenarios.map((scenario) => ({ ...scenario, needs: all(canWrite, ...(scenario.needs ? [scenario.needs] : [])) }))

/** Every scenario of the RemoteAdapter contract, in the order of its chapters. */
export const remoteScenarios: readonly Scenario<RemoteBench>[] = [
  ...capabilities,
  ...reading,
  ...deletions,
  ...writes(writing),
  ...writes(conditionalWrites),
  ...writes(resends),
  ...writes(atomicRequests),
  ...users,
  ...writes(hostileInput),
  ...failingPulls,
  ...writes(failingPushes),
  ...calls,
  ...history,
  ...liveChannel,
  ...optionalParts,
  ...writes(fieldCodecs),
  ...remoteQueries,
]

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
