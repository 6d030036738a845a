import { isSyncError, SyncError, type SyncErrorCode } from '@rowkeep/kernel'

/** The name of a `DOMException`, or of any other error; empty for what is none. */
export const nameOf = (thrown: unknown): string => (thrown as { readonly name?: string } | null)?.name ?? ''

function wrap(thrown: unknown, code: SyncErrorCode, what: string): SyncError {
  if (isSyncError(thrown)) return thrown
  const why = thrown instanceof Error ? thrown.message : String(thrown)
  return new SyncError(code, { message: `${what}: ${why}`, details: { name: nameOf(thrown) }, cause: thrown })
}

/** A read that failed: `SYNC_STORE_FAILED`. */
export const readFailure = (thrown: unknown): SyncError => wrap(thrown, 'SYNC_STORE_FAILED', 'the read failed')

/**
 * A write without effect. Where the quota is used up browsers abort the transaction, and not all of them say why: an abort
 * that nobody asked for is `SYNC_STORE_FULL` too. All else is `SYNC_STORE_FAILED`.
 */
export function writeFailure(thrown: unknown): SyncError {
  const full = ['QuotaExceededError', 'AbortError'].includes(nameOf(thrown))
  return wrap(thrown, full ? 'SYNC_STORE_FULL' : 'SYNC_STORE_FAILED', 'the commit was not written')
}

/** An `open` that failed: `SYNC_FORMAT_NEWER`, `SYNC_STORE_FULL`, else `SYNC_STORE_UNAVAILABLE`. */
export function openFailure(thrown: unknown, database: string): SyncError {
  const codes: Readonly<Record<string, SyncErrorCode>> = {
    VersionError: 'SYNC_FORMAT_NEWER',
    QuotaExceededError: 'SYNC_STORE_FULL',
  }
  return wrap(thrown, codes[nameOf(thrown)] ?? 'SYNC_STORE_UNAVAILABLE', `cannot open the database "${database}"`)
}

/** What is in the database is not known, or no longer there: `SYNC_STORE_BROKEN`, until the namespace is opened again. */
export const brokenStore = (message: string, cause?: unknown): SyncError =>
  new SyncError('SYNC_STORE_BROKEN', { message: `${message}; open the namespace again`, cause })

/** Somebody else keeps the database from being opened or removed. */
export const blocked = (database: string): SyncError =>
  new SyncError('SYNC_STORE_BLOCKED', {
    message: `the database "${database}" is held up by another tab; close the other tabs of this app, or reload them`,
  })
