import type { Clause, KnownGaps } from '../harness.ts'
import { ConformanceError } from './conformance-error.ts'
import { within } from './expect.ts'
import { type Case, Inapplicable, type Outcome, type Scenario } from './scenario.ts'

/** A fresh place for one scenario; disposed of whatever happens in it. */
export type SetUp<Context> = () => Promise<{ readonly context: Context; readonly tearDown: () => Promise<void> }>

// A scenario is a chain of calls that each have a deadline; this one only ends a loop that never ends.
const scenarioMs = 60_000

async function attempt<Context>(scenario: Scenario<Context>, setUp: SetUp<Context>): Promise<Outcome> {
  try {
    const { context, tearDown } = await within('the set-up of the harness', setUp())
    try {
      const reason = scenario.needs?.(context)
      if (reason !== undefined) return { status: 'skipped', reason }
      await within('the scenario', scenario.run(context), scenarioMs)
      return { status: 'passed' }
    } finally {
      await within('the clean-up of the harness', tearDown())
    }
  } catch (error) {
    if (error instanceof Inapplicable) return { status: 'skipped', reason: error.message }
    if (error instanceof ConformanceError) return { status: 'failed', error: error.of(scenario.clause) }
    return { status: 'failed', error: error instanceof Error ? error : new Error(String(error)) }
  }
}

/** Turns a run round: a known gap must fail, and by an assertion of the suite rather than by a broken set-up. */
function pinned(outcome: Outcome, clause: Clause, reason: string): Outcome {
  if (outcome.status === 'failed' && outcome.error instanceof ConformanceError)
    return { status: 'gap', reason, error: outcome.error }
  if (outcome.status === 'failed') return outcome
  const seen = outcome.status === 'skipped' ? `it does not apply: ${outcome.reason}` : 'it holds'
  const error = new ConformanceError('a known gap to fail; remove it from `knownGaps`', seen, { clause })
  return { status: 'failed', error }
}

function unknownGap(clause: Clause): Case {
  const error = new ConformanceError('every known gap to name a clause of the suite', clause, { clause })
  const run = async (): Promise<Outcome> => ({ status: 'failed', error })
  return { clause, title: 'a known gap names a clause of the suite', gap: undefined, otherwise: {}, run }
}

/** The scenarios as cases, with the gaps that name none of them as failing cases of their own. */
export function casesOf<Context>(
  scenarios: readonly Scenario<Context>[],
  setUp: SetUp<Context>,
  gaps: KnownGaps = {},
): readonly Case[] {
  const cases = scenarios.map((scenario): Case => {
    const { clause, title, otherwise } = scenario
    const gap = gaps[clause]
    const run = async (): Promise<Outcome> => {
      const outcome = await attempt(scenario, setUp)
      return gap === undefined ? outcome : pinned(outcome, clause, gap)
    }
    return { clause, title, gap, otherwise, run }
  })
  const known = new Set<string>(scenarios.map(({ clause }) => clause))
  const lost = (Object.keys(gaps) as Clause[]).filter((clause) => !known.has(clause))
  return [...cases, ...lost.map(unknownGap)]
}
