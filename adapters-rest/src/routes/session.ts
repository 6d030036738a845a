import { type CallContext, SyncError } from '@rowkeep/kernel'
import type { TokenSource } from '../credentials.ts'

/** Credentials and whose they are, read at one moment. */
export interface Session {
  readonly user: string
  /** The bearer token (RFC 6750). */
  readonly token: string
}

/**
 * The token for a call, compared with the call's user before anything is sent: a server that knows nothing of the client
 * cannot do it.
 */
export const tokenOfSession =
  (session: () => Session | Promise<Session>, { user }: CallContext): TokenSource =>
  async () => {
    const now = await session()
    if (now.user === user) return now.token
    throw new SyncError('SYNC_USER_MISMATCH', { message: "session() holds another user's credentials" })
  }
