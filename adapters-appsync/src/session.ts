import { type CallContext, isSyncError } from '@rowkeep/kernel'
import { failureFrom } from '@rowkeep/kernel/adapters'
import { untilAborted } from './abort.ts'
import { unsentError, WireError } from './failure.ts'

/** Who is signed in. */
export interface Session {
  /** The name that the Rowkeep client was given as its `user`, for example the `sub` or `username` of the token. */
  readonly user: string
  /**
   * The token for the `Authorization` header, where the app has it at hand (user pool, OpenID Connect, Lambda): the request
   * then carries this one whatever the Amplify session becomes meanwhile. `undefined`: the client takes the session's.
   */
  readonly token?: string
}

/** Tells who is signed in at the moment; `undefined`: nobody. */
export type SessionSource = () => Session | undefined | Promise<Session | undefined>

async function askSession(session: SessionSource): Promise<Session | undefined> {
  try {
    return await session()
  } catch (thrown) {
    if (isSyncError(thrown)) throw new WireError(failureFrom(thrown), 'none')
    // Its message is the app's, and may quote the very answer that held the token.
    const name = thrown instanceof Error ? thrown.name : typeof thrown
    // As Amplify says that tokens could not be renewed because there is no network.
    throw unsentError(name === 'NetworkError' ? 'SYNC_NETWORK' : 'SYNC_AUTH_REQUIRED', `session() threw ${name}`)
  }
}

/**
 * The session for this call, which is surely that of the client's user; `undefined` where the API knows no users.
 * @throws WireError with `effect: 'none'`: `SYNC_AUTH_REQUIRED` nobody is signed in, `SYNC_USER_MISMATCH` somebody else is,
 * `SYNC_CONFIG_INVALID` the client has no user
 */
export async function sessionOf(
  source: SessionSource | undefined,
  { user, signal }: CallContext,
): Promise<Session | undefined> {
  if (source === undefined) return undefined
  if (user === '')
    throw unsentError('SYNC_CONFIG_INVALID', 'there is a session but no user: name the user of this client')
  const session = await untilAborted(askSession(source), signal)
  if (session === undefined) throw unsentError('SYNC_AUTH_REQUIRED', 'nobody is signed in')
  if (session.user !== user) throw unsentError('SYNC_USER_MISMATCH', 'somebody else is signed in')
  // Headers would refuse anything else with an error that quotes it.
  if (session.token !== undefined && !/^[!-~]+( [!-~]+)?$/.test(session.token))
    throw unsentError('SYNC_AUTH_REQUIRED', 'the token has characters a header cannot carry')
  return session
}
