import { searchRange } from '@rowkeep/conformance-tests/simulation'
import { newStrays, watchStrays } from '../strays.ts'
import { subjects } from '../subjects.ts'
import type { Job, Report } from './job.ts'

/** How many histories pass between two signs of life. */
const silent = 10

/** Runs histories until one of them breaks an invariant, and tells. */
export async function searchFor(
  { profile, theme, from, histories }: Job,
  tell: (report: Report) => void,
): Promise<void> {
  Error.stackTraceLimit = 3
  watchStrays()
  const tally = await searchRange({ from, count: histories, profile, theme }, subjects, (history, { broken }) => {
    const violations = newStrays()
    if (violations.length > 0) broken.push({ history, violations })
    if (history.seed % silent === 0) tell({ kind: 'at', seed: history.seed })
    return broken.length === 0
  })
  const [first] = tally.broken
  const violation = first?.violations[0]
  if (first && violation) tell({ kind: 'found', seed: first.history.seed, ...violation })
  tell({ kind: 'over' })
}
