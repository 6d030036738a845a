import {
  errorOf,
  type Failure,
  type PushRequest,
  type PushVerdict,
  SyncError,
  type SyncErrorCode,
} from '@rowkeep/kernel'
import { failureOf, type Hide, longestWaitMs } from './failure.ts'
import { isObject } from './json.ts'

/** Whether a request that failed may have changed something on the server. */
export type Effect = 'none' | 'unknown'

/** The error of every call: a {@link SyncError} that also knows whether the request may have had an effect. */
export class WireError extends SyncError {
  readonly effect: Effect
  /** The same as data, for a verdict or a live event. */
  readonly failure: Failure
  /** True where the sync server itself said so, by a `Failure` in the body; the answer of a proxy has none. */
  readonly spoken: boolean

  constructor(failure: Failure, effect: Effect, spoken = false) {
    super(failure.code, failure)
    this.effect = effect
    this.failure = failure
    this.spoken = spoken
  }
}

/** HTTP status (RFC 9110, 6585, 8470) -> code, effect, and the codes that a body may put in its place (absent: any). */
const statuses: { readonly [status: number]: readonly [SyncErrorCode, Effect, (readonly SyncErrorCode[])?] } = {
  400: ['SYNC_PROTOCOL', 'none'],
  401: ['SYNC_AUTH_REQUIRED', 'none', ['SYNC_USER_MISMATCH']],
  // A firewall may say it in the place of an answer that it does not let out, after the effect.
  403: ['SYNC_FORBIDDEN', 'unknown', ['SYNC_USER_MISMATCH', 'SYNC_AUTH_REQUIRED']],
  404: ['SYNC_PROTOCOL', 'none'],
  405: ['SYNC_PROTOCOL', 'none'],
  408: ['SYNC_TIMEOUT', 'unknown'],
  413: ['SYNC_TOO_LARGE', 'none', []],
  415: ['SYNC_PROTOCOL', 'none'],
  422: ['SYNC_PROTOCOL', 'none'],
  425: ['SYNC_NETWORK', 'none', []],
  429: ['SYNC_RATE_LIMITED', 'none', []],
  511: ['SYNC_NETWORK', 'none', []],
}

/** Every other status: a server that failed, after the effect or before; or an answer that is none of this protocol. */
function ruleOf(status: number, writes: boolean): (typeof statuses)[number] {
  if (status >= 500) return statuses[status] ?? [writes ? 'SYNC_OUTCOME_UNKNOWN' : 'SYNC_NETWORK', 'unknown']
  return statuses[status] ?? ['SYNC_PROTOCOL', 'unknown']
}

/**
 * `Retry-After` (RFC 9110, 10.2.3) in ms: seconds, or a date in any of the three HTTP forms, counted from `now`. Never
 * negative, at most one hour. `undefined`: absent, or neither form.
 */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  const text = header?.trim() ?? ''
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, longestWaitMs)
  if (!/^[A-Z][a-z]{2,8},? /.test(text)) return undefined
  // The asctime form names no zone, and would be read as local time.
  const date = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`)
  return Number.isNaN(date) ? undefined : Math.min(Math.max(date - now, 0), longestWaitMs)
}

/** What {@link statusError} needs to know of a refused request. */
export interface Refusal {
  readonly status: number
  /** For the message: method and URL. */
  readonly what: string
  /** A push: its outcome can be unknown. */
  readonly writes: boolean
  readonly retryAfterMs: number | undefined
  /** The parsed body; `undefined` where there was none, or no JSON. */
  readonly body: unknown
  readonly hide: Hide
}

/** The error for a status other than 200, by the table above; the server's own `{ error: Failure }` makes it more exact. */
export function statusError({ status, what, writes, retryAfterMs: wait, body, hide }: Refusal): WireError {
  const [code, effect, others] = ruleOf(status, writes)
  const said = failureOf(isObject(body) ? body['error'] : undefined, code, hide)
  const fits = others === undefined || (said !== undefined && others.includes(said.code))
  // A read has no outcome that could be unknown.
  const better = said !== undefined && fits && (writes || said.code !== 'SYNC_OUTCOME_UNKNOWN') ? said.code : code
  const failure: Failure = {
    message: `${what} was answered with status ${status}`,
    ...said,
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
    details: { ...said?.details, status },
    code: better,
  }
  // Any class but `unknown` says that nothing took effect; the server's own word counts, as with a 503 under load.
  const promised = said !== undefined && errorOf(failure).retry !== 'unknown'
  return new WireError(failure, promised ? 'none' : effect, said !== undefined)
}

/** The error for an answer that is not of the sync protocol: it may stand for an effect all the same. */
export const protocolError = (message: string): WireError =>
  new WireError({ code: 'SYNC_PROTOCOL', message }, 'unknown')

/** The error for a call that failed before anything was sent. */
export const unsentError = (code: SyncErrorCode, message: string): WireError =>
  new WireError({ code, message: `nothing was sent: ${message}` }, 'none')

/** An error and what it was caused by, no deeper than chains really go: an error may name itself as its cause. */
function chainOf(thrown: unknown, room = 5): readonly Error[] {
  if (!(thrown instanceof Error) || room === 0) return []
  const inner: readonly unknown[] = thrown instanceof AggregateError ? thrown.errors : [thrown.cause]
  return [thrown, ...inner.flatMap((cause) => chainOf(cause, room - 1))]
}

// Node says which step failed; a browser never does, so there the outcome stays unknown.
const neverConnected = (error: Error & { readonly syscall?: unknown; readonly code?: unknown }): boolean =>
  error.syscall === 'connect' || error.syscall === 'getaddrinfo' || error.code === 'UND_ERR_CONNECT_TIMEOUT'

/**
 * The error for a request that `fetch` gave up or a body that broke off. Its reasons are kept as text without the token
 * instead of as `cause`, because an error object from elsewhere may hold anything.
 */
export function networkError(thrown: unknown, what: string, hide: Hide): WireError {
  const chain = chainOf(thrown)
  const reason = hide(chain.length > 0 ? chain.map(({ message }) => message).join(': ') : String(thrown))
  const effect = chain.some(neverConnected) ? 'none' : 'unknown'
  return new WireError({ code: 'SYNC_NETWORK', message: `${what} failed: ${reason}`, details: { reason } }, effect)
}

/** Whether sending the same operations again could never help: the kernel then sets them aside instead of trying for ever. */
function isFinal({ code, spoken }: WireError, { operations, atomic }: PushRequest): boolean {
  // What can be halved may still get through.
  if (code === 'SYNC_TOO_LARGE') return atomic || operations.length === 1
  // An app's own token() may throw this code, and think better of it tomorrow.
  return code === 'SYNC_FORBIDDEN' && spoken
}

/** The verdicts of a push that surely had no effect: one per operation, `rejected` where trying again cannot help, else `retry`. */
export function verdictsOfRefusal(error: WireError, request: PushRequest): readonly PushVerdict[] {
  const { failure } = error
  const verdict: PushVerdict = isFinal(error, request)
    ? { kind: 'rejected', error: failure }
    : { kind: 'retry', outcome: 'unapplied', error: failure }
  return request.operations.map(() => verdict)
}
