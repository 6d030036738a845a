import { isSyncError, SyncError, type SyncErrorCode } from '@rowkeep/kernel'

/** The errno name of a platform error; `undefined` for any other thrown value. */
export function errnoOf(thrown: unknown): string | undefined {
  const code = thrown instanceof Error ? (thrown as NodeJS.ErrnoException).code : undefined
  return typeof code === 'string' ? code : undefined
}

function wrap(thrown: unknown, code: SyncErrorCode, what: string): SyncError {
  if (isSyncError(thrown)) return thrown
  const why = thrown instanceof Error ? thrown.message : String(thrown)
  return new SyncError(code, { message: `${what}: ${why}`, details: { errno: errnoOf(thrown) ?? null }, cause: thrown })
}

/**
 * A failure while opening: `SYNC_STORE_UNAVAILABLE` naming the folder, unless it already is a `SyncError` that tells more.
 * "Open again" is no help to a caller whose open just failed, so `SYNC_STORE_BROKEN` is not kept.
 */
export function openFailure(thrown: unknown, folder: string): SyncError {
  const told = isSyncError(thrown, 'SYNC_STORE_BROKEN') ? (thrown.cause ?? new Error(thrown.message)) : thrown
  return wrap(told, 'SYNC_STORE_UNAVAILABLE', `cannot use the folder ${folder}`)
}

/** A write that had no effect: `SYNC_STORE_FULL` where the disk or the quota is full, else `SYNC_STORE_FAILED`. */
export function writeFailure(thrown: unknown): SyncError {
  const full = ['ENOSPC', 'EDQUOT'].includes(errnoOf(thrown) ?? '')
  return wrap(thrown, full ? 'SYNC_STORE_FULL' : 'SYNC_STORE_FAILED', 'the commit was not written')
}

/** A read, or the removal of a namespace, that failed: `SYNC_STORE_FAILED`. */
export const failure = (thrown: unknown, what: string): SyncError => wrap(thrown, 'SYNC_STORE_FAILED', what)

/** The state of the file is no longer known: `SYNC_STORE_BROKEN`, until the namespace is opened again. */
export const brokenStore = (thrown: unknown, what: string): SyncError =>
  new SyncError('SYNC_STORE_BROKEN', { message: `${what}; open the namespace again`, cause: thrown })
