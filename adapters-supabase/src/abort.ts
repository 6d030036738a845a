import { isSyncError } from '@rowkeep/kernel'
import { failureFrom, WireError } from './errors.ts'

/** The error for a call whose signal aborted: the reason where it is a `SyncError`, `SYNC_TIMEOUT` for a deadline, else `SYNC_ABORTED`. */
export function abortError(signal: AbortSignal): WireError {
  const reason: unknown = signal.reason
  if (isSyncError(reason)) return new WireError(failureFrom(reason), 'unknown')
  const late = reason instanceof Error && reason.name === 'TimeoutError'
  return new WireError(
    late ? { code: 'SYNC_TIMEOUT', message: 'no answer before the deadline' } : { code: 'SYNC_ABORTED' },
    'unknown',
  )
}

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
