import { historyOf, wantedOf } from '../history/generate.ts'
import type { History } from '../history/history.ts'
import { eventsOf } from '../search/events.ts'
import { played } from '../search/search.ts'
import { storyOf } from '../search/story.ts'
import { addHistory, type Broken, emptyTally } from '../search/tally.ts'
import type { Subject } from '../servers/site.ts'
import { doubleSubject } from './double-subject.ts'
import { mustAsk, mustBeDouble, outside, type SimulateOptions, wishOf } from './options.ts'
import type { FailedHistory, SimulationReport } from './report.ts'

/** So many runs may be made to find a smaller history. */
const mostRuns = 200

/** What the harness itself threw, which is no finding about the adapter. */
interface Harness {
  readonly subject: Subject
  error: { readonly thrown: unknown } | undefined
}

function harnessOf({ adapter, double }: SimulateOptions): Harness {
  const onThrown = (thrown: unknown): void => {
    harness.error ??= { thrown }
  }
  const noted =
    <A extends readonly unknown[], T>(part: (...args: A) => T) =>
    (...args: A): T => {
      const failed = (thrown: unknown): never => {
        onThrown(thrown)
        throw thrown
      }
      try {
        const made = part(...args)
        return made instanceof Promise ? (made.catch(failed) as T) : made
      } catch (thrown) {
        return failed(thrown)
      }
    }
  const backend: SimulateOptions['double'] = async (world) => mustBeDouble(await double(world))
  const subject = doubleSubject({ name: outside, adapter: noted(adapter), double: noted(backend), onThrown })
  const harness: Harness = { subject, error: undefined }
  return harness
}

async function failedOf({ history: whole, violations }: Broken, subject: Subject): Promise<FailedHistory> {
  // Whoever finds nothing needs no library for making it smaller.
  const { shrunk } = await import('../search/shrink.ts')
  const breaks = async (one: History): Promise<readonly string[]> =>
    (await played(one, subject)).violations.map(({ invariant }) => invariant)
  const { history } = await shrunk({ history: whole, violations }, breaks, mostRuns)
  const { seed } = whole
  const small = await played(history, subject)
  return {
    seed,
    // Where a double has a clock of its own, what went wrong may not do so again.
    violations: small.violations.length > 0 ? small.violations : violations,
    history,
    story: storyOf(history),
    events: await eventsOf(history, subject),
    repeat: `simulate({ adapter, double, histories: 1, seed: ${seed} })`,
  }
}

/**
 * Proves an adapter in the life that apps lead: the real kernel runs with it on several devices, in histories full of faults, over
 * a network and under a clock that are both simulated. What goes wrong comes back as a history that is as small as can be found.
 * The same seed gives the same history, always.
 *
 * Every request has to go through `device.env.fetch`. There is no live channel: what others do is heard of at the next pull. Rows are
 * of the collections `notes` and `tasks` and have the fields `id, title, done, n, tags`; there is one user, `ada`.
 *
 * @throws SyncError `SYNC_CONFIG_INVALID` naming the option that is wrong, or where the adapter sends nothing by that fetch; what
 * `adapter` and `double` throw themselves
 */
export async function simulate(options: SimulateOptions): Promise<SimulationReport> {
  const { histories, seed, history: only, mostFailed } = wishOf(options)
  const { signal, onProgress } = options
  const harness = harnessOf(options)
  const { subject } = harness
  const tally = emptyTally()
  const failed: FailedHistory[] = []
  let ms = 0
  while (tally.histories < histories && failed.length < mostFailed && !signal?.aborted) {
    const history = only ?? historyOf(seed + tally.histories, wantedOf(subject))
    const began = performance.now()
    const ended = await played(history, subject)
    ms += performance.now() - began
    if (harness.error) throw harness.error.thrown
    mustAsk(ended.requests)
    addHistory(tally, history, ended)
    if (ended.violations.length > 0) failed.push(await failedOf({ history, violations: ended.violations }, subject))
    onProgress?.({ histories: tally.histories, failed: failed.length })
  }
  const historiesPerSecond = ms > 0 ? (tally.histories / ms) * 1_000 : 0
  return { histories: tally.histories, failed, coverage: tally.counts, historiesPerSecond }
}
