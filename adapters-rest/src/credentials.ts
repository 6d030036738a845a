import { type CallContext, isSyncError } from '@rowkeep/kernel'
import { failureFrom } from '@rowkeep/kernel/adapters'
import { untilAborted } from './abort.ts'
import { unsentError, WireError } from './errors.ts'

/** Gives the bearer token (RFC 6750) of the moment. */
export type TokenSource = () => string | Promise<string>

async function askToken(token: TokenSource): Promise<string> {
  try {
    return await token()
  } catch (thrown) {
    if (isSyncError(thrown)) throw new WireError(failureFrom(thrown), 'none')
    // Its message is the app's, and may quote the very answer that held the token.
    throw unsentError('SYNC_AUTH_REQUIRED', `token() threw ${thrown instanceof Error ? thrown.name : typeof thrown}`)
  }
}

/**
 * The token for this call; `undefined` where the server takes none.
 * @throws WireError with `effect: 'none'`: `SYNC_AUTH_REQUIRED` where there is no usable token, `SYNC_CONFIG_INVALID` where there is no user
 */
export async function tokenOf(
  token: TokenSource | undefined,
  { user, signal }: CallContext,
): Promise<string | undefined> {
  if (token === undefined) return undefined
  if (user === '')
    throw unsentError('SYNC_CONFIG_INVALID', 'there is a token but no user: name the user of this client')
  const text: unknown = await untilAborted(askToken(token), signal)
  if (typeof text !== 'string' || text === '') throw unsentError('SYNC_AUTH_REQUIRED', 'token() gave no token')
  // Headers would refuse anything else with an error that quotes it. No " and \, so that its JSON form is the same text.
  if (!/^[!#-[\]-~]+$/.test(text))
    throw unsentError('SYNC_AUTH_REQUIRED', 'the token has characters a header cannot carry')
  return text
}

/** The user's name as a header can carry it. */
export function userOf(user: string): string {
  try {
    return encodeURIComponent(user)
  } catch {
    throw unsentError('SYNC_INPUT_INVALID', 'the user name holds half of a surrogate pair')
  }
}
