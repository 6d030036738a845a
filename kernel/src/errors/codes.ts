/**
 * What may be done after an error: `safe` try again, nothing took effect · `afterAuth` try again once signed in ·
 * `unknown` it may have taken effect; only the same operation may be sent again · `never` the same call fails again.
 */
export type RetryClass = 'safe' | 'afterAuth' | 'unknown' | 'never'

/** Codes are stable within a major version; messages are not. */
export type SyncErrorCode =
  | 'SYNC_INPUT_INVALID'
  | 'SYNC_CONFIG_INVALID'
  | 'SYNC_UNSUPPORTED'
  | 'SYNC_CONDITION_FAILED'
  | 'SYNC_CONFLICT'
  | 'SYNC_REJECTED'
  | 'SYNC_NOT_FOUND'
  | 'SYNC_NETWORK'
  | 'SYNC_TIMEOUT'
  | 'SYNC_RATE_LIMITED'
  | 'SYNC_OUTCOME_UNKNOWN'
  | 'SYNC_PROTOCOL'
  | 'SYNC_AUTH_REQUIRED'
  | 'SYNC_FORBIDDEN'
  | 'SYNC_USER_MISMATCH'
  | 'SYNC_NOT_VISIBLE'
  | 'SYNC_ID_TAKEN'
  | 'SYNC_ID_REUSED'
  | 'SYNC_GROUP_ABORTED'
  | 'SYNC_TOO_LARGE'
  | 'SYNC_UNSYNCED'
  | 'SYNC_STORE_FAILED'
  | 'SYNC_STORE_FULL'
  | 'SYNC_STORE_LOCKED'
  | 'SYNC_STORE_BLOCKED'
  | 'SYNC_STORE_STALE'
  | 'SYNC_STORE_BROKEN'
  | 'SYNC_STORE_CORRUPT'
  | 'SYNC_STORE_UNAVAILABLE'
  | 'SYNC_STORE_DURABILITY'
  | 'SYNC_FORMAT_NEWER'
  | 'SYNC_ABORTED'
  | 'SYNC_CLOSED'

/** Retry class, codes without their `SYNC_`, and what to do. Few and short: every app ships them. */
const table: readonly (readonly [RetryClass, codes: string, recovery: string])[] = [
  ['never', 'INPUT_INVALID CONFIG_INVALID NOT_FOUND ID_TAKEN TOO_LARGE', 'Correct what the message names.'],
  ['never', 'UNSUPPORTED STORE_DURABILITY', 'Ask for less: see its capabilities.'],
  ['never', 'CONDITION_FAILED', 'Read the record, then decide again.'],
  ['never', 'CONFLICT', 'Resolve it: conflicts(client) of kernel/inbox.'],
  [
    'never',
    'REJECTED FORBIDDEN NOT_VISIBLE ID_REUSED',
    'See what the server allows; a refused write is in quarantine.',
  ],
  ['never', 'UNSYNCED', 'Sync first, or give discardPending.'],
  ['never', 'STORE_CORRUPT', 'Check keys and wrappers, or salvage what loads.'],
  ['never', 'STORE_UNAVAILABLE', 'Check path and permissions.'],
  ['never', 'FORMAT_NEWER', 'Update the app.'],
  ['never', 'CLOSED', 'Open a new one.'],
  ['safe', 'NETWORK RATE_LIMITED GROUP_ABORTED STORE_FAILED STORE_STALE ABORTED', 'Nothing is lost: try again.'],
  ['safe', 'STORE_FULL', 'Free space, then try again.'],
  ['safe', 'STORE_LOCKED STORE_BLOCKED', 'Close the other process or tab.'],
  ['afterAuth', 'AUTH_REQUIRED USER_MISMATCH', "Sign in as this client's user, then start()."],
  ['unknown', 'TIMEOUT OUTCOME_UNKNOWN', 'It is settled later, under the same id.'],
  ['unknown', 'PROTOCOL', 'Check the URL, proxies and versions.'],
  ['unknown', 'STORE_BROKEN', 'Open it anew, or reload the app.'],
]

/** The row of a code, with its retry class and recovery sentence; `undefined` for a code that is none. */
export const aboutCode = (code: string): readonly [retry: RetryClass, codes: string, recovery: string] | undefined =>
  table.find(([, codes]) => codes.split(' ').some((name) => `SYNC_${name}` === code))
