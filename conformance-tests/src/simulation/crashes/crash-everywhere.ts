import type { History } from '../history/history.ts'
import type { Violation } from '../oracles/violation.ts'
import { runHistory } from '../run.ts'
import type { Subject } from '../servers/site.ts'
import type { Surroundings } from '../world.ts'

/** Where and how often the app is made to die. */
export interface CrashOptions extends Pick<Surroundings, 'place'> {
  /** Number of the device it dies on. Default 0. */
  readonly device?: number
  /** Only every so many of the I/Os. Default 1: all of them. */
  readonly every?: number
}

/** A crash after which something was wrong. */
export interface BadCrash {
  /** Number of the I/O it died at, from 1. 0: it did not die at all. */
  readonly at: number
  /** What it was, such as `after commit`. */
  readonly io: string
  readonly violations: readonly Violation[]
}

/** What came of it. */
export interface Crashes {
  /** I/Os of the device, before and after each counted as one. */
  readonly ios: number
  readonly runs: number
  readonly bad: readonly BadCrash[]
}

/** What it does not come back from, as what any other violation is. */
const failure = (error: unknown): readonly Violation[] => [
  { invariant: 'crash', what: error instanceof Error ? `${error.name}: ${error.message}` : String(error) },
]

/**
 * Runs a history once and counts every I/O of one device, of its store and of its requests, then once more for each: there the app
 * dies, and starts again. After each run every judge is asked. Exhaustive, as in SQLite's test of crashes (D. R. Hipp, "How SQLite
 * Is Tested", 3.2): what survives every single point survives any.
 */
export async function crashEverywhere(
  history: History,
  subject: Subject,
  { place, device = 0, every = 1 }: CrashOptions = {},
): Promise<Crashes> {
  const bad: BadCrash[] = []
  const ios: string[] = []
  const run = async (at: number): Promise<void> => {
    let count = 0
    const surroundings: Surroundings = {
      ...(place ? { place } : {}),
      isCut: ({ name, world: { faulty } }, io) => {
        if (name !== `d${device}` || !faulty) return false
        count += 1
        if (at === 0) ios.push(io)
        return count === at
      },
    }
    const violations = await runHistory(history, subject, surroundings).then((ended) => ended.violations, failure)
    if (violations.length > 0) bad.push({ at, io: ios[at - 1] ?? '', violations })
  }
  await run(0)
  let runs = 1
  for (let at = 1; at <= ios.length; at += every) {
    await run(at)
    runs += 1
  }
  return { ios: ios.length, runs, bad }
}
