import { deepStrictEqual } from 'node:assert/strict'

/** How long one answer of a device, or one state of things, may be waited for, ms. Amplify reconnects after 5 s. */
const patienceMs = 12_000

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** The promise's value, for which nobody waits longer than that. @throws Error naming what did not come */
export async function within<T>(what: string, promise: Promise<T>, ms: number = patienceMs): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: nothing within ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

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
