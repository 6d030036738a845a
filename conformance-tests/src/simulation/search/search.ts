import { historyOf, type Theme, wantedOf } from '../history/generate.ts'
import type { History } from '../history/history.ts'
import { type Ended, runHistory } from '../run.ts'
import type { Subject } from '../servers/site.ts'
import type { Surroundings } from '../world.ts'
import { addHistory, emptyTally, type Tally } from './tally.ts'

/** Backends by the names that histories know them by. */
export type Subjects = Readonly<Record<string, Subject>>

/** Which histories are run. */
export interface Range {
  /** Seed of the first; the others follow. */
  readonly from: number
  readonly count: number
  /** Name of the backend of all of them. Default: each seed picks its own. */
  readonly profile?: string | undefined
  /** What they are about. Default: each seed decides. */
  readonly theme?: Theme | undefined
  /** Runs each one again and holds that it does the same. Default: false. */
  readonly twice?: boolean
}

/** The backend of that name. @throws RangeError where there is none of that name */
export function subjectOf(subjects: Subjects, profile: string): Subject {
  const subject = subjects[profile]
  if (!subject) throw new RangeError(`there is no backend ${profile}; there are ${Object.keys(subjects).join(', ')}`)
  return subject
}

/** Runs a history to its end; what throws there is a violation like every other. */
export async function played(history: History, subject: Subject, surroundings?: Surroundings): Promise<Ended> {
  try {
    return await runHistory(history, subject, surroundings)
  } catch (error) {
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error)
    const nothing = { trace: 0, events: 0, requests: 0, lifeMs: 0, counts: new Map<string, number>() }
    return { ...nothing, violations: [{ invariant: 'crash', what }] }
  }
}

/** The same, two times; a second run that does something else is a violation. */
export async function playedTwice(history: History, subject: Subject): Promise<Ended> {
  const [one, two] = [await played(history, subject), await played(history, subject)]
  if (one.trace === two.trace) return one
  const what = `the second run did something else: ${one.events} events became ${two.events}`
  return { ...one, violations: [...one.violations, { invariant: 'determinism', what }] }
}

/**
 * Runs the histories of a range, one after the other, and adds them up. `onEnd` is called after each; the search
 * ends early where it answers `false`.
 */
export async function searchRange(
  { from, count, profile, theme, twice = false }: Range,
  subjects: Subjects,
  onEnd: (history: History, tally: Tally) => boolean | void = () => {},
): Promise<Tally> {
  const tally = emptyTally()
  const wanted = { theme, ...(profile === undefined ? {} : wantedOf(subjectOf(subjects, profile))) }
  for (let seed = from; seed < from + count; seed += 1) {
    const history = historyOf(seed, wanted)
    const play = twice ? playedTwice : played
    addHistory(tally, history, await play(history, subjectOf(subjects, history.profile)))
    if (onEnd(history, tally) === false) break
  }
  return tally
}
