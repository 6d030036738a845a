import { type Failure, isSyncError } from '@rowkeep/kernel'
import { failureFrom, WireError } from './failure.ts'

/** The error for a call whose signal aborted: the reason where it is a `SyncError`, `SYNC_TIMEOUT` for a deadline, else `SYNC_ABORTED`. */
export function abortError(signal: AbortSignal): WireError {
  const reason: unknown = signal.reason
  if (isSyncError(reason)) return new WireError(failureFrom(reason), 'unknown')
  const late = reason instanceof Error && reason.name === 'TimeoutError'
  const failure: Failure = late
    ? { code: 'SYNC_TIMEOUT', message: 'no answer before the deadline' }
    : { code: 'SYNC_ABORTED' }
  return new WireError(failure, 'unknown')
}

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
