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
  /** Asked after each run: what else went wrong meanwhile. Default: nothing. */
  readonly others?: () => readonly Violation[]
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
  /** I/Os of the device: right before and right after each count as one. */
  readonly ios: number
  /** Without a crash, and with one at every I/O that is not the same as the next. */
  readonly runs: number
  readonly bad: readonly BadCrash[]
}

interface Io {
  readonly io: string
  /** Number of the event it belongs to. */
  readonly event: number
}

/**
 * Nothing happens anywhere between an effect and the next I/O if that is the very next event. To die before that I/O leaves the same
 * behind, and more may have been acknowledged: it is the stricter of the two.
 */
const isCovered = ({ io, event }: Io, next: Io | undefined): boolean =>
  io.startsWith('after ') && next?.event === event + 1 && next.io.startsWith('before ')

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
  { place, device = 0, every = 1, others = () => [] }: CrashOptions = {},
): Promise<Crashes> {
  const bad: BadCrash[] = []
  const ios: Io[] = []
  const run = async (at: number): Promise<void> => {
    let count = 0
    const surroundings: Surroundings = {
      ...(place ? { place } : {}),
      brisk: at > 0,
      isCut: ({ name, world }, io) => {
        if (name !== `d${device}` || !world.faulty) return false
        count += 1
        if (at === 0) ios.push({ io, event: world.loop.events })
        return count === at
      },
    }
    const judged = await runHistory(history, subject, surroundings).then((ended) => ended.violations, failure)
    const violations = [...judged, ...others()]
    if (violations.length > 0) bad.push({ at, io: ios[at - 1]?.io ?? '', violations })
  }
  await run(0)
  let runs = 1
  const points = ios.flatMap((one, at) => (isCovered(one, ios[at + 1]) ? [] : [at + 1]))
  for (let at = 0; at < points.length; at += every) {
    await run(points[at] as number)
    runs += 1
  }
  return { ios: ios.length, runs, bad }
}
