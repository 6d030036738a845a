import { isSyncError, type Json, type SyncError, type SyncErrorCode, sameValue } from '@rowkeep/kernel'
import { ConformanceError } from './conformance-error.ts'

/** How long any one call of an implementation may take, ms. A fence against hanging, not a measure; tests of hanging lower it. */
export const patience: { callMs: number } = { callMs: 10_000 }

/** The promise's result; a {@link ConformanceError} if it does not settle within `ms`. */
export function within<T>(what: string, promise: Promise<T>, ms: number = patience.callMs): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new ConformanceError(`${what} to settle`, `nothing after ${ms} ms`)), ms)
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

/** Fails unless `holds`. `expectation` completes the sentence "expected ...". */
export function expectThat(holds: boolean, expectation: string, seen: unknown): asserts holds {
  if (!holds) throw new ConformanceError(expectation, seen)
}

/** Fails unless both are the same JSON value. */
export function expectSame(actual: Json | undefined, wanted: Json | undefined, what: string): void {
  expectThat(sameValue(actual, wanted), `${what} to be ${JSON.stringify(wanted)}`, actual)
}

/** The call's result; any rejection is a failure of the clause. */
export async function resolves<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await within(what, call())
  } catch (error) {
    if (error instanceof ConformanceError) throw error
    throw new ConformanceError(`${what} to succeed`, error)
  }
}

/** The call's error; fails if it resolves, or rejects with anything but a `SyncError` of one of `codes`. */
export async function rejects(
  what: string,
  codes: SyncErrorCode | readonly SyncErrorCode[],
  call: () => Promise<unknown>,
): Promise<SyncError> {
  const wanted = typeof codes === 'string' ? [codes] : codes
  const expectation = `${what} to fail with ${wanted.join(' or ')}`
  let result: unknown
  try {
    result = await within(what, call())
  } catch (error) {
    if (error instanceof ConformanceError) throw error
    if (isSyncError(error) && wanted.includes(error.code)) return error
    throw new ConformanceError(expectation, error)
  }
  throw new ConformanceError(expectation, result === undefined ? 'it succeeded' : result)
}
