import { SyncError } from '@rowkeep/kernel'
import { userHeader } from '../wire.ts'

/**
 * Whose credentials a request carries: the user's name, or `undefined` for none or bad ones (401). It reads headers and
 * leaves the body alone. It may throw a `SyncError`, `SYNC_FORBIDDEN` for a locked account for example; any other throw
 * is a failure of the server (500).
 */
export type Authenticate = (request: Request) => string | undefined | Promise<string | undefined>

function namedUser(request: Request): string {
  try {
    return decodeURIComponent(request.headers.get(userHeader) ?? '')
  } catch {
    // The error of the platform would say no more than this.
    throw new SyncError('SYNC_PROTOCOL', { message: `${userHeader} must be a percent-encoded name` })
  }
}

/**
 * The user a request is for, if its credentials are that user's. A request that names nobody is for the user `''`.
 * @throws SyncError `SYNC_AUTH_REQUIRED` `SYNC_USER_MISMATCH` `SYNC_PROTOCOL`
 */
export async function callerOf(request: Request, authenticate: Authenticate): Promise<string> {
  const user = await authenticate(request)
  if (user === undefined) throw new SyncError('SYNC_AUTH_REQUIRED')
  if (namedUser(request) === user) return user
  throw new SyncError('SYNC_USER_MISMATCH', { message: `${userHeader} names another user than the credentials` })
}
