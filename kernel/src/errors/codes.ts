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

const SAFE = 'safe'
const AUTH = 'afterAuth'
const UNKNOWN = 'unknown'
const NEVER = 'never'

/** Code to retry class and to the sentence that says what to do. */
export const CODES: { readonly [code in SyncErrorCode]: readonly [retry: RetryClass, recovery: string] } = {
  SYNC_INPUT_INVALID: [NEVER, 'Correct the value named in the message; nothing was stored.'],
  SYNC_CONFIG_INVALID: [NEVER, 'Correct the option named in the message.'],
  SYNC_UNSUPPORTED: [NEVER, 'This backend or store cannot do it: see its capabilities.'],
  SYNC_CONDITION_FAILED: [NEVER, 'The record no longer meets the condition: read it and decide again.'],
  SYNC_CONFLICT: [NEVER, 'Both sides changed: use client.conflicts.resolve().'],
  SYNC_REJECTED: [NEVER, 'The server refused the write: correct and requeue it, or discard it.'],
  SYNC_NOT_FOUND: [NEVER, 'There is no such record here: create it, or check its id.'],
  SYNC_NETWORK: [SAFE, 'No connection; writes are kept and sent later.'],
  SYNC_TIMEOUT: [UNKNOWN, 'No answer in time; writes are kept and settled later.'],
  SYNC_RATE_LIMITED: [SAFE, 'The server asks to slow down; it is tried again later.'],
  SYNC_OUTCOME_UNKNOWN: [UNKNOWN, 'The write may have arrived; it is sent again under the same id.'],
  SYNC_PROTOCOL: [UNKNOWN, 'The answer is not of the sync protocol: check the URL, proxies and versions.'],
  SYNC_AUTH_REQUIRED: [AUTH, 'Sign in again, then call start(); nothing is lost.'],
  SYNC_FORBIDDEN: [NEVER, 'This user has no permission: change it on the server, or discard the write.'],
  SYNC_USER_MISMATCH: [AUTH, 'The credentials belong to another user: give those of the user this client is for.'],
  SYNC_NOT_VISIBLE: [NEVER, 'The record is gone or hidden from this user: discard the write.'],
  SYNC_ID_TAKEN: [NEVER, 'The id is in use: take another.'],
  SYNC_ID_REUSED: [NEVER, 'The operation id already named another payload: requeue the write.'],
  SYNC_GROUP_ABORTED: [SAFE, 'Another write of its request failed; it is sent again.'],
  SYNC_TOO_LARGE: [NEVER, 'Make the record smaller, or keep large parts elsewhere.'],
  SYNC_UNSYNCED: [NEVER, 'Writes are still pending: sync first, or discard them on purpose.'],
  SYNC_STORE_FAILED: [SAFE, 'The store failed; nothing of this call was kept. Try again.'],
  SYNC_STORE_FULL: [SAFE, 'Free space on the device, then try again; nothing is lost.'],
  SYNC_STORE_LOCKED: [SAFE, 'Another process or tab has it open: close that one first.'],
  SYNC_STORE_BLOCKED: [SAFE, 'Another tab blocks it: close other tabs.'],
  SYNC_STORE_STALE: [SAFE, 'Another tab wrote first; load and try again.'],
  SYNC_STORE_BROKEN: [UNKNOWN, 'The store is unsure of its last write: open it again.'],
  SYNC_STORE_CORRUPT: [NEVER, 'Stored data is damaged: salvage what loads, or destroy and sync anew.'],
  SYNC_STORE_UNAVAILABLE: [NEVER, 'There is no usable storage here: check path and permissions.'],
  SYNC_STORE_DURABILITY: [NEVER, 'The store cannot keep data that safely: ask for less, or take another store.'],
  SYNC_FORMAT_NEWER: [NEVER, 'The data was written by a newer version: update the app.'],
  SYNC_ABORTED: [SAFE, 'The caller stopped it.'],
  SYNC_CLOSED: [NEVER, 'The client or store was closed: open a new one.'],
}
