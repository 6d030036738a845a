import { failureOfAbort } from '@rowkeep/kernel/adapters'
import { WireError } from './failure.ts'

/** The error for a call whose signal aborted: nobody knows what became of it. */
export const abortError = (signal: AbortSignal): WireError => new WireError(failureOfAbort(signal), 'unknown')

/** Settles as `work` does, or rejects at once when `signal` aborts, after `giveUp` was called. */
export function untilAborted<T>(
  work: Promise<T>,
  signal: AbortSignal,
  giveUp: () => void = () => undefined,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      reject(abortError(signal))
      giveUp()
    }
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    // Work that was given up fails with an error of its own; which of the two comes first must not matter.
    const fail = (thrown: unknown): void => reject(signal.aborted ? abortError(signal) : thrown)
    work.then(resolve, fail).finally(() => signal.removeEventListener('abort', abort))
  })
}
