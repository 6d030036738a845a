import { failureOfAbort } from '@rowkeep/kernel/adapters'
import { WireError } from './errors.ts'

/** The error for a call whose signal aborted: nobody knows what became of it. */
const abortError = (signal: AbortSignal): WireError => new WireError(failureOfAbort(signal), 'unknown')

/**
 * What `begin` gives, or a rejection as soon as `signal` aborts; with a signal that aborted before, `begin` is not called. The
 * SDK takes no signal, so what was begun goes on unheard.
 */
export function untilAborted<T>(begin: () => Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(abortError(signal))
    const abort = (): void => reject(abortError(signal))
    signal.addEventListener('abort', abort, { once: true })
    begin()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', abort))
  })
}
