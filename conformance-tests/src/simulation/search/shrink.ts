import fc from 'fast-check'
import type { History } from '../history/history.ts'
import { smallerThan } from './smaller.ts'
import type { Broken } from './tally.ts'

/** A history from which nothing more can be taken, as far as was tried. */
export interface Shrunk {
  readonly history: History
  /** So many histories were run to find it. */
  readonly runs: number
}

/** One value, and its way down. */
class Downhill extends fc.Arbitrary<History> {
  readonly #top: History

  constructor(top: History) {
    super()
    this.#top = top
  }

  override generate(): fc.Value<History> {
    return new fc.Value(this.#top, undefined)
  }

  override canShrinkWithoutContext(value: unknown): value is History {
    return value === this.#top
  }

  override shrink(history: History): fc.Stream<fc.Value<History>> {
    return fc.stream(smallerThan(history)).map((smaller) => new fc.Value(smaller, undefined))
  }
}

/**
 * The smallest history to be found by taking things out of `broken`, in which one of the same invariants breaks. `breaks` runs
 * a history and names the invariants that broke; it is called at most `most` times.
 */
export async function shrunk(
  { history, violations }: Broken,
  breaks: (history: History) => Promise<readonly string[]>,
  most: number = 3_000,
): Promise<Shrunk> {
  const wanted = new Set(violations.map(({ invariant }) => invariant))
  // After each step down the way begins anew: what led nowhere from above leads nowhere from below.
  const harmless = new Set<string>()
  let best = history
  let runs = 0
  const holds = async (candidate: History): Promise<boolean> => {
    if (candidate === history) return false
    const text = JSON.stringify(candidate)
    if (runs >= most || harmless.has(text)) return true
    runs += 1
    const isBroken = (await breaks(candidate)).some((invariant) => wanted.has(invariant))
    if (isBroken) best = candidate
    else harmless.add(text)
    return !isBroken
  }
  await fc.check(fc.asyncProperty(new Downhill(history), holds), { numRuns: 1 })
  return { history: best, runs }
}
