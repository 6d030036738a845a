import { failureOfAbort } from '@rowkeep/kernel/adapters'
import { WireError } from './errors.ts'

/** The error for a call whose signal aborted: nobody knows what became of it. */
export const abortError = (signal: AbortSignal): WireError => new WireError(failureOfAbort(signal), 'unknown')

/** Settles as `work` does, or rejects at once when `signal` aborts: for work that may not listen to the signal. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(abortError(signal))
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    // Work that does listen fails with an error of its own; which of the two comes first must not matter.
    const fail = (thrown: unknown): void => reject(signal.aborted ? abortError(signal) : thrown)
    work.then(resolve, fail).finally(() => signal.removeEventListener('abort', abort))
  })
}
