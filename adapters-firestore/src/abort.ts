import { isSyncError } from '@rowkeep/kernel'
import { failureFrom, WireError } from './errors.ts'

/** The error for a call whose signal aborted: the reason where it is a `SyncError`, `SYNC_TIMEOUT` for a deadline, else `SYNC_ABORTED`. */
function abortError(signal: AbortSignal): WireError {
  const reason: unknown = signal.reason
  if (isSyncError(reason)) return new WireError(failureFrom(reason), 'unknown')
  const late = reason instanceof Error && reason.name === 'TimeoutError'
  return new WireError(
    late ? { code: 'SYNC_TIMEOUT', message: 'no answer before the deadline' } : { code: 'SYNC_ABORTED' },
    'unknown',
  )
}

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
