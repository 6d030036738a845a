import { isSyncError } from '../errors/sync-error.ts'

/**
 * Path of a URL without what it may carry: no query, and `*` for every segment that is no plain word, as ids and tokens are.
 * A version such as `v1` stays.
 */
export const safePath = (url: string): string =>
  new URL(url).pathname
    .split('/')
    .map((part) => (/^(?:[a-z][a-z._:-]{0,39}|v\d{1,2})?$/i.test(part) ? part : '*'))
    .join('/')

/**
 * What went wrong in one word: the code of a `SyncError`, else the class of the error. Messages are left out: those of schemas
 * and servers quote values.
 */
export function errorWord(error: unknown): string {
  if (isSyncError(error)) return error.code
  return error instanceof Error ? (error.constructor?.name ?? 'Error') : typeof error
}
