import { isSyncError, SyncError, type SyncErrorCode } from '@rowkeep/kernel'

/** Platforms reject with a DOMException, an old-style error with a number, or nothing at all. */
function wordsOf(thrown: unknown): string {
  const { name, message } = Object(thrown)
  return [name, message].filter((part) => typeof part === 'string' && part !== '').join(': ') || 'no reason was given'
}

function wrap(thrown: unknown, code: SyncErrorCode, what: string): SyncError {
  if (isSyncError(thrown)) return thrown
  return new SyncError(code, { message: `${what}: ${wordsOf(thrown)}`, cause: thrown })
}

/** Whether a platform's error says that the quota is used up. DOM: `QuotaExceededError` (22), Firefox's own name for it (1014). Web SQL Database 4.5: `QUOTA_ERR` (4). */
export function isFull(thrown: unknown): boolean {
  const { name, code } = Object(thrown)
  return ['QuotaExceededError', 'NS_ERROR_DOM_QUOTA_REACHED'].includes(name) || [4, 22, 1014].includes(code)
}

/** A write that had no effect: `SYNC_STORE_FULL` where the quota is used up, else `SYNC_STORE_FAILED`. */
export const writeFailure = (thrown: unknown): SyncError =>
  wrap(thrown, isFull(thrown) ? 'SYNC_STORE_FULL' : 'SYNC_STORE_FAILED', 'the commit was not written')

/** A read, or the removal of a namespace, that failed: `SYNC_STORE_FAILED`. */
export const failure = (thrown: unknown, what: string): SyncError => wrap(thrown, 'SYNC_STORE_FAILED', what)

/** There is no storage here, or none that can be used: `SYNC_STORE_UNAVAILABLE`. */
export const unavailable = (thrown: unknown, what: string): SyncError => wrap(thrown, 'SYNC_STORE_UNAVAILABLE', what)

/** It is no longer known what is stored: `SYNC_STORE_BROKEN`, until the namespace is opened again. */
export const brokenStore = (what: string, cause?: unknown): SyncError =>
  new SyncError('SYNC_STORE_BROKEN', { message: `${what}; open the namespace again`, cause })
