import { type CallContext, isSyncError } from '@rowkeep/kernel'
import { failureFrom } from '@rowkeep/kernel/adapters'
import { untilAborted } from './abort.ts'
import type { Client } from './client.ts'
import { unsentError, WireError } from './errors.ts'
import { isObject } from './json.ts'

/** Who is signed in, and the access token that says so. */
export interface Session {
  /** The `sub` of the token; for Supabase Auth `session.user.id`. */
  readonly user: string
  readonly token: string
}

/** Gives the session of the moment; `null`: nobody is signed in. */
export type SessionSource = () => Session | null | Promise<Session | null>

interface Auth {
  getSession(): Promise<{ readonly data: { readonly session: AuthSession | null }; readonly error: unknown }>
  refreshSession(): Promise<{ readonly data: { readonly session: AuthSession | null }; readonly error: unknown }>
}
interface AuthSession {
  readonly access_token: string
  readonly user: { readonly id: string }
}

/** A client made with the option `accessToken` answers every use of `auth` by throwing. */
const authOf = (client: Client): Auth => client.auth as Auth

const isTransient = (error: unknown): boolean => {
  const { name, status } = error as { readonly name?: unknown; readonly status?: unknown }
  return name === 'AuthRetryableFetchError' || status === 429 || (typeof status === 'number' && status >= 500)
}

const authUnreachable = (): WireError => unsentError('SYNC_NETWORK', 'the session could not be renewed just now')

/** The session that the client's own Supabase Auth keeps. */
export const authSession =
  (client: Client): SessionSource =>
  async () => {
    const { data, error } = await authOf(client).getSession()
    if (data.session === null) {
      // An expired token that could not be renewed for want of a network is not a sign-out.
      if (error !== null && isTransient(error)) throw authUnreachable()
      return null
    }
    return { user: data.session.user.id, token: data.session.access_token }
  }

async function askSession(source: SessionSource): Promise<Session | null> {
  try {
    return await source()
  } catch (thrown) {
    if (isSyncError(thrown)) throw new WireError(failureFrom(thrown), 'none')
    const what = thrown instanceof Error ? thrown.name : typeof thrown
    // Its message is somebody else's, and may quote what holds the token.
    throw unsentError(
      'SYNC_AUTH_REQUIRED',
      `the session could not be read (${what}); give the option session where the client was made with accessToken`,
    )
  }
}

const isSession = (value: unknown): value is Session =>
  isObject(value) && typeof value['user'] === 'string' && typeof value['token'] === 'string'

/**
 * The token for this call, of the user it is made for.
 * @throws WireError with `effect: 'none'`: `SYNC_AUTH_REQUIRED` nobody is signed in · `SYNC_USER_MISMATCH` somebody else is ·
 * `SYNC_CONFIG_INVALID` the client names no user
 */
export async function tokenFor({ user, signal }: CallContext, source: SessionSource): Promise<string> {
  if (user === '') {
    throw unsentError('SYNC_CONFIG_INVALID', 'name the user of this client: user: session.user.id')
  }
  const session: unknown = await untilAborted(askSession(source), signal)
  if (!isSession(session)) throw unsentError('SYNC_AUTH_REQUIRED', 'nobody is signed in')
  if (session.user !== user) throw unsentError('SYNC_USER_MISMATCH', 'another user is signed in')
  // Headers would refuse anything else with an error that quotes it. No " and \, so that its JSON form is the same text.
  if (!/^[!#-[\]-~]+$/.test(session.token)) {
    throw unsentError('SYNC_AUTH_REQUIRED', 'the token is empty, or has characters a header cannot carry')
  }
  return session.token
}

async function renewed(client: Client): Promise<boolean> {
  const auth = authOf(client)
  const before = (await auth.getSession()).data.session?.access_token
  const { data, error } = await auth.refreshSession()
  if (data.session !== null) return true
  if (error !== null && isTransient(error)) throw authUnreachable()
  // Another tab may have used the same refresh token a moment ago: its session is as good.
  const after = (await auth.getSession()).data.session?.access_token
  return after !== undefined && after !== before
}

/**
 * Renews the session by `supabase.auth.refreshSession()`. `false`: signed out.
 * @throws SyncError `SYNC_NETWORK` where that could not be found out, `SYNC_ABORTED` `SYNC_TIMEOUT` by the signal
 */
export async function refreshSession(client: Client, { signal }: CallContext): Promise<boolean> {
  try {
    return await untilAborted(renewed(client), signal)
  } catch (thrown) {
    if (isSyncError(thrown)) throw thrown
    throw unsentError('SYNC_NETWORK', `refreshSession() threw ${thrown instanceof Error ? thrown.name : typeof thrown}`)
  }
}
