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

/** Retry classes as one letter, to keep the table below small in every app's bundle. */
const classes: Readonly<Record<string, RetryClass>> = { s: 'safe', a: 'afterAuth', u: 'unknown', n: 'never' }

/** By code without its `SYNC_`: the retry class's letter, then what to do. Kept short: every app ships it. */
const table: Readonly<Record<string, string>> = {
  INPUT_INVALID: 'nCorrect the value; nothing was stored.',
  CONFIG_INVALID: 'nCorrect the option.',
  UNSUPPORTED: 'nSee the capabilities of the backend or store.',
  CONDITION_FAILED: 'nRead the record and decide again.',
  CONFLICT: 'nUse client.conflicts.resolve().',
  REJECTED: 'nCorrect and requeue the write, or discard it.',
  NOT_FOUND: 'nCreate it, or check its id.',
  NETWORK: 'sWrites are kept and sent later.',
  TIMEOUT: 'uWrites are kept and settled later.',
  RATE_LIMITED: 'sIt is tried again later.',
  OUTCOME_UNKNOWN: 'uIt is sent again under the same id.',
  PROTOCOL: 'uCheck the URL, proxies and versions.',
  AUTH_REQUIRED: 'aSign in, then call start(); nothing is lost.',
  FORBIDDEN: 'nGrant permission on the server, or discard the write.',
  USER_MISMATCH: "aGive this client its own user's credentials.",
  NOT_VISIBLE: 'nGone or hidden: discard the write.',
  ID_TAKEN: 'nTake another id.',
  ID_REUSED: 'nRequeue the write.',
  GROUP_ABORTED: 'sIt is sent again.',
  TOO_LARGE: 'nMake it smaller.',
  UNSYNCED: 'nSync first, or discard on purpose.',
  STORE_FAILED: 'sTry again; nothing of this call was kept.',
  STORE_FULL: 'sFree space, then try again.',
  STORE_LOCKED: 'sClose the other process or tab.',
  STORE_BLOCKED: 'sClose other tabs.',
  STORE_STALE: 'sLoad, then decide again.',
  STORE_BROKEN: 'uOpen the store again.',
  STORE_CORRUPT: 'nSalvage what loads, or destroy and sync anew.',
  STORE_UNAVAILABLE: 'nCheck path and permissions.',
  STORE_DURABILITY: 'nAsk for less, or take another store.',
  FORMAT_NEWER: 'nUpdate the app.',
  ABORTED: 'sThe caller stopped it.',
  CLOSED: 'nOpen a new one.',
}

/** Retry class and recovery sentence of a code; `undefined` for a code that is none. */
export function aboutCode(code: string): readonly [retry: RetryClass, recovery: string] | undefined {
  const entry = Object.hasOwn(table, code.slice(5)) ? table[code.slice(5)] : undefined
  return entry === undefined ? undefined : [classes[entry.charAt(0)] as RetryClass, entry.slice(1)]
}
