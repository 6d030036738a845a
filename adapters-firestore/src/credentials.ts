import { type CallContext, isSyncError } from '@rowkeep/kernel'
import { failureFrom } from '@rowkeep/kernel/adapters'
import { untilAborted } from './abort.ts'
import { unsentError, WireError } from './errors.ts'

/** Tells whose credentials the SDK would send now; nothing: nobody is signed in. */
export type UserSource = () => string | null | undefined | Promise<string | null | undefined>

async function askUser(source: UserSource): Promise<string | null | undefined> {
  try {
    return await source()
  } catch (thrown) {
    if (isSyncError(thrown)) throw new WireError(failureFrom(thrown), 'none')
    // Its message is the app's, and may quote what it holds.
    throw unsentError('SYNC_AUTH_REQUIRED', `user() threw ${thrown instanceof Error ? thrown.name : typeof thrown}`)
  }
}

/** Whether the call's own user is signed in: `undefined` where nobody is. */
async function signedIn(source: UserSource, { user, signal }: CallContext): Promise<boolean | undefined> {
  const present = await untilAborted(() => askUser(source), signal)
  return present === null || present === undefined || present === '' ? undefined : present === user
}

/**
 * Refuses a call whose user is not the one the SDK is signed in as. Where that changes between this and the request, the rules
 * of the database refuse it: every path holds the user's name.
 * @throws WireError with effect `none`: `SYNC_AUTH_REQUIRED` `SYNC_USER_MISMATCH` `SYNC_CONFIG_INVALID`
 */
export async function mustBeSignedIn(source: UserSource, context: CallContext): Promise<void> {
  if (context.user === '')
    throw unsentError('SYNC_CONFIG_INVALID', 'the client has no user: name the one who is signed in')
  const mine = await signedIn(source, context)
  if (mine === undefined) throw unsentError('SYNC_AUTH_REQUIRED', 'nobody is signed in')
  if (!mine) throw unsentError('SYNC_USER_MISMATCH', 'somebody else is signed in')
}

/** Whether the call's user is still signed in; the SDK itself has dropped the token that was refused and fetches another. */
export async function canRenew(source: UserSource, context: CallContext): Promise<boolean> {
  return (await signedIn(source, context)) === true
}
