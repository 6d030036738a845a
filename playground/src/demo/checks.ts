import { setTimeout as pause } from 'node:timers/promises'
import { inspect, isDeepStrictEqual } from 'node:util'

/** The story did not come out as it must. Its message says what differed. */
export class Differed extends Error {
  override readonly name = 'Differed'
}

/** @throws Differed where the two are not deeply equal */
export function mustEqual(what: string, found: unknown, wanted: unknown): void {
  if (isDeepStrictEqual(found, wanted)) return
  throw new Differed(`${what}: expected ${inspect(wanted)}, found ${inspect(found)}`)
}

const patienceMs = 30_000

/** Waits until nothing is left to say against it. @throws Differed with the last objections after 30 s */
export async function untilNone(what: string, objections: () => Promise<readonly string[]>): Promise<void> {
  for (const end = performance.now() + patienceMs; ; ) {
    const left = await objections()
    if (left.length === 0) return
    if (performance.now() > end) throw new Differed(`${what} did not come true:\n${left.slice(0, 10).join('\n')}`)
    await pause(20)
  }
}
