import { type Failure, SyncError, type SyncErrorCode } from '@rowkeep/kernel'

/**
 * What a request that failed did. `none`: it surely did nothing, and nobody looked at it. `refused`: the server looked at it
 * and did nothing; what stands there tells why. `unknown`: it may have taken effect.
 */
export type Effect = 'none' | 'refused' | 'unknown'

/** The error of every call: a {@link SyncError} that also knows what the request did. */
export class WireError extends SyncError {
  readonly effect: Effect
  /** The same as data, for a verdict or a live event. */
  readonly failure: Failure

  constructor(failure: Failure, effect: Effect) {
    super(failure.code, failure)
    this.effect = effect
    this.failure = failure
  }
}

/**
 * Codes of `FirestoreError` -> code and effect. The lite SDK makes them from HTTP statuses: 400 and every other 4xx
 * `failed-precondition`, 401 `unauthenticated`, 403 `permission-denied`, 404 `not-found`, 409 `aborted`, 429
 * `resource-exhausted`, 500 `unknown`, 503 `unavailable`, 504 `deadline-exceeded`, other 5xx `internal`; no connection, and
 * an answer that cannot be read, `unknown`.
 */
const codes: { readonly [code: string]: readonly [SyncErrorCode, Effect] } = {
  unauthenticated: ['SYNC_AUTH_REQUIRED', 'none'],
  'permission-denied': ['SYNC_FORBIDDEN', 'refused'],
  'resource-exhausted': ['SYNC_RATE_LIMITED', 'none'],
  aborted: ['SYNC_NETWORK', 'refused'],
  'already-exists': ['SYNC_REJECTED', 'refused'],
  'not-found': ['SYNC_PROTOCOL', 'refused'],
  'failed-precondition': ['SYNC_PROTOCOL', 'refused'],
  'invalid-argument': ['SYNC_PROTOCOL', 'refused'],
  'out-of-range': ['SYNC_PROTOCOL', 'refused'],
  unimplemented: ['SYNC_PROTOCOL', 'refused'],
  unavailable: ['SYNC_NETWORK', 'unknown'],
  'deadline-exceeded': ['SYNC_TIMEOUT', 'unknown'],
  cancelled: ['SYNC_NETWORK', 'unknown'],
  internal: ['SYNC_NETWORK', 'unknown'],
  'data-loss': ['SYNC_PROTOCOL', 'unknown'],
  unknown: ['SYNC_NETWORK', 'unknown'],
}

/** Signing in or proving the app (App Check) goes before every request. */
function beforeSending(code: string): readonly [SyncErrorCode, Effect] | undefined {
  if (/^(auth|app-?check)\/.*(network|timeout)/i.test(code)) return ['SYNC_NETWORK', 'none']
  return /^(auth|app-?check)\//i.test(code) ? ['SYNC_AUTH_REQUIRED', 'none'] : undefined
}

function ruleOf({ code, message }: FirebaseLike): readonly [SyncErrorCode, Effect] {
  // The SDK hands on what JSON.parse said of the answer, as text only.
  if (code === 'unknown' && /\bSyntaxError\b/.test(message)) return ['SYNC_PROTOCOL', 'unknown']
  return beforeSending(code) ?? codes[code] ?? ['SYNC_PROTOCOL', 'unknown']
}

interface FirebaseLike extends Error {
  readonly code: string
}

const isFirebase = (thrown: unknown): thrown is FirebaseLike =>
  thrown instanceof Error && thrown.name === 'FirebaseError' && typeof (thrown as { code?: unknown }).code === 'string'

/** Rules that were not deployed, or leave a collection out, refuse with the same words as an app's own condition. */
const hint =
  'The security rules do not allow it; those that the adapter needs are printed by npx @rowkeep/adapters-firestore <collection>'

/** The error for what the SDK threw. Its text is kept; the error itself is not, because it may hold anything. */
export function wireError(thrown: unknown): WireError {
  if (thrown instanceof WireError) return thrown
  const text = (thrown instanceof Error ? thrown.message : String(thrown)).slice(0, 1000)
  // The SDK trips over JSON of another shape than it asked for.
  if (!isFirebase(thrown)) return new WireError({ code: 'SYNC_PROTOCOL', message: `Firestore SDK: ${text}` }, 'unknown')
  const [code, effect] = ruleOf(thrown)
  const message = code === 'SYNC_FORBIDDEN' ? `${text} ${hint}` : text
  return new WireError({ code, message, details: { firestore: thrown.code } }, effect)
}

/** The error for a call that failed before anything was sent. */
export const unsentError = (code: SyncErrorCode, message: string): WireError =>
  new WireError({ code, message: `nothing was sent: ${message}` }, 'none')
