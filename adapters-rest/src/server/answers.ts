import { type Failure, isSyncError, type SyncError, type SyncErrorCode } from '@rowkeep/kernel'
import { failureFrom } from '@rowkeep/kernel/adapters'

const plain = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

/** 200 with a JSON body. */
export const answer = (body: unknown): Response => Response.json(body, { headers: plain })

/** Any other status, with `{ error: Failure }`. */
export function refuse(status: number, error: Failure, headers: Readonly<Record<string, string>> = {}): Response {
  const wait = error.retryAfterMs
  const after = wait === undefined ? {} : { 'retry-after': String(Math.ceil(wait / 1000)) }
  return Response.json({ error }, { status, headers: { ...plain, ...after, ...headers } })
}

/** 503: nothing was done, come again in a second. */
export const busy = (message: string): Response =>
  refuse(503, { code: 'SYNC_RATE_LIMITED', message, retryAfterMs: 1000 })

/** Codes a caller may be told, with their status. Any other error is the server's own affair. */
const statuses: { readonly [code in SyncErrorCode]?: number } = {
  SYNC_PROTOCOL: 400,
  SYNC_AUTH_REQUIRED: 401,
  SYNC_FORBIDDEN: 403,
  SYNC_USER_MISMATCH: 403,
  SYNC_NOT_FOUND: 404,
  SYNC_TOO_LARGE: 413,
  SYNC_RATE_LIMITED: 503,
  SYNC_UNSUPPORTED: 422,
}

const extra: { readonly [code in SyncErrorCode]?: Readonly<Record<string, string>> } = {
  // RFC 9110, 11.6.1: a 401 names the scheme.
  SYNC_AUTH_REQUIRED: { 'www-authenticate': 'Bearer' },
}

const tell = (error: SyncError, status: number): Response => refuse(status, failureFrom(error), extra[error.code])

/** The answer to a request that failed; what the caller may not be told goes to `report`. */
export function failed(thrown: unknown, report: (error: unknown) => void): Response {
  const status = isSyncError(thrown) ? statuses[thrown.code] : undefined
  if (isSyncError(thrown) && status !== undefined) return tell(thrown, status)
  report(thrown)
  return refuse(500, { code: 'SYNC_OUTCOME_UNKNOWN', message: 'the server failed; its log says why' })
}
