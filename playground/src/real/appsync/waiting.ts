import { deepStrictEqual } from 'node:assert/strict'
import { patientFor, type Within } from '../patience.ts'

/** How long one answer of a device, or one state of things, may be waited for, ms. Amplify reconnects after 5 s. */
const patienceMs = 12_000

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** For as long as one answer of a device may be waited for. */
export const within: Within = patientFor(patienceMs)

/** Looks until what it sees equals `expected`. @throws AssertionError with the difference that was left at the deadline */
export async function eventually<T>(look: () => T | Promise<T>, expected: T): Promise<void> {
  const deadline = performance.now() + patienceMs
  for (;;) {
    const seen = await look()
    try {
      deepStrictEqual(seen, expected)
      return
    } catch (difference) {
      if (performance.now() > deadline) throw difference
    }
    await pause(20)
  }
}
