import { failureOfAbort } from '@rowkeep/kernel/adapters'
import { WireError } from './errors.ts'

/** The error for a call whose signal aborted: nobody knows what became of it. */
export const abortError = (signal: AbortSignal): WireError => new WireError(failureOfAbort(signal), 'unknown')

/** Settles as `work` does, or rejects at once when `signal` aborts: for work that may not listen to the signal. */
export function untilAborted<T>(work: PromiseLike<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(abortError(signal))
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    // Work that listens too tells of the abort in its own way, and too late to matter.
    Promise.resolve(work)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', abort))
  })
}
