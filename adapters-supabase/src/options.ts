import { type RemoteLimits, SyncError } from '@rowkeep/kernel'
import type { Profile } from './profile.ts'
import type { SessionSource } from './session.ts'

/** What {@link supabaseAdapter} takes beside the client. */
export interface SupabaseOptions {
  /**
   * Who is signed in; asked for each request. Default: the session of the client's own Supabase Auth. To be given where the
   * client was made with `accessToken`, whose `auth` cannot be asked.
   */
  readonly session?: SessionSource
  /** How rows are kept. Default: `plainTables()`. For transactions `syncKit()` of `@rowkeep/adapters-supabase/kit`. */
  readonly profile?: Profile
}

const wrong = (message: string): SyncError => new SyncError('SYNC_CONFIG_INVALID', { message })

/** @throws SyncError `SYNC_CONFIG_INVALID` naming the first option that is not known */
export function mustKnow(maker: string, given: object, known: readonly string[]): void {
  const stranger = Object.keys(given).find((name) => !known.includes(name))
  if (stranger !== undefined) throw wrong(`${maker}: ${stranger} is no option; there are ${known.join(', ')}`)
}

const reserved = ['select', 'order', 'limit', 'offset', 'and', 'or', 'not', 'columns', 'on_conflict']

/** @throws SyncError `SYNC_CONFIG_INVALID` for what cannot name a column, table or schema in PostgREST's URLs as it is */
export function mustBeName(option: string, value: unknown): void {
  if (typeof value === 'string' && /^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(value) && !reserved.includes(value)) return
  throw wrong(`${option} must be a name of letters, digits and _, not ${JSON.stringify(value)}`)
}

/** @throws SyncError `SYNC_CONFIG_INVALID` for a time that is no number of milliseconds, 0 or more */
export function mustBeTime(option: string, value: unknown): void {
  if (typeof value === 'number' && value >= 0) return
  throw wrong(`${option} must be a number of milliseconds, 0 or more`)
}

const mayBeNone: readonly string[] = ['markerDepth', 'settleMs', 'minWriteIntervalMs', 'opIdMemoryMs']

/** The limits, defaults filled in. @throws SyncError `SYNC_CONFIG_INVALID` for one that is unknown or no whole number */
export function limitsWith(maker: string, given: Partial<RemoteLimits>, defaults: RemoteLimits): RemoteLimits {
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(defaults, name)) {
      throw wrong(`${maker}: limits.${name} is not known: ${Object.keys(defaults).join(', ')}`)
    }
    if (!Number.isSafeInteger(value) || value < (mayBeNone.includes(name) ? 0 : 1)) {
      throw wrong(`${maker}: limits.${name} must be a whole number of at least ${mayBeNone.includes(name) ? 0 : 1}`)
    }
  }
  return Object.freeze({ ...defaults, ...given })
}

const parts = ['from', 'rpc', 'channel', 'removeChannel']

/** @throws SyncError `SYNC_CONFIG_INVALID` naming what is wrong */
export function checkOptions(client: unknown, options: SupabaseOptions): void {
  const isClient =
    typeof client === 'object' &&
    client !== null &&
    'realtime' in client &&
    parts.every((name) => typeof (client as Record<string, unknown>)[name] === 'function')
  if (!isClient)
    throw wrong('supabaseAdapter: give the client that createClient(url, key) of @supabase/supabase-js made')
  mustKnow('supabaseAdapter', options, ['session', 'profile'])
  const { session, profile } = options
  if (session !== undefined && typeof session !== 'function') {
    throw wrong('supabaseAdapter: session must be a function, like () => ({ user, token })')
  }
  if (profile !== undefined && typeof profile?.pull !== 'function') {
    throw wrong('supabaseAdapter: profile must be what plainTables() or syncKit() gave')
  }
}
