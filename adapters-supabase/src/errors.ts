import { type Failure, type PushVerdict, SyncError, type SyncErrorCode } from '@rowkeep/kernel'
import type { SaidError } from './client.ts'

/** Whether a request that failed may have changed something on the server. */
export type Effect = 'none' | 'unknown'

/** The error of every call: a {@link SyncError} that also knows whether the request may have had an effect. */
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

/** The error for a call that failed before anything was sent. */
export const unsentError = (code: SyncErrorCode, message: string): WireError =>
  new WireError({ code, message: `nothing was sent: ${message}` }, 'none')

/** The error for an answer that is none of PostgREST: it may stand for an effect all the same. */
export const protocolError = (message: string): WireError =>
  new WireError({ code: 'SYNC_PROTOCOL', message }, 'unknown')

type Rule = readonly [SyncErrorCode, Effect]

/**
 * SQLSTATE (PostgreSQL, Appendix A) or PostgREST's own code -> code, effect; the first that fits. A statement that fails is
 * rolled back whole, so nearly all of them mean that nothing took effect.
 */
const codes: readonly (readonly [RegExp, ...Rule])[] = [
  [/^PGRST30\d$/, 'SYNC_AUTH_REQUIRED', 'none'],
  // No connection to the database, or none free: the statement was not begun.
  [/^PGRST00\d$/, 'SYNC_NETWORK', 'none'],
  [/^PGRST204$/, 'SYNC_REJECTED', 'none'],
  // A schema, table, function or column that is not there, or not exposed.
  [/^(PGRST106|PGRST20\d|42P01|42703|42883|3F000)$/, 'SYNC_CONFIG_INVALID', 'none'],
  [/^PGRST/, 'SYNC_PROTOCOL', 'none'],
  [/^42501$/, 'SYNC_FORBIDDEN', 'none'],
  // The sync kit's own word.
  [/^RK004$/, 'SYNC_USER_MISMATCH', 'none'],
  // Collisions, locks not had, time allowed for a statement: undone, and likely to go well later.
  [/^(40001|40P01|55P03|57014)$/, 'SYNC_NETWORK', 'none'],
  [/^53/, 'SYNC_RATE_LIMITED', 'none'],
  // Bad data, a broken constraint, a limit of the database, a RAISE of the app's own.
  [/^(22|23|54|P0)...$/, 'SYNC_REJECTED', 'none'],
]

/** HTTP status (RFC 9110, 6585) -> code, effect, where no code of the above speaks: a gateway or a proxy in between. */
const statuses: { readonly [status: number]: Rule } = {
  400: ['SYNC_PROTOCOL', 'none'],
  401: ['SYNC_AUTH_REQUIRED', 'none'],
  // A firewall may say it in the place of an answer that it does not let out, after the effect.
  403: ['SYNC_FORBIDDEN', 'unknown'],
  404: ['SYNC_PROTOCOL', 'none'],
  405: ['SYNC_PROTOCOL', 'none'],
  408: ['SYNC_TIMEOUT', 'unknown'],
  413: ['SYNC_TOO_LARGE', 'none'],
  414: ['SYNC_TOO_LARGE', 'none'],
  429: ['SYNC_RATE_LIMITED', 'none'],
}

function ruleOf(status: number, code: string, writes: boolean): Rule {
  // Whoever says 401, and whatever for: nobody was let in.
  if (status === 401 || status === 429) return statuses[status] as Rule
  const known = codes.find(([pattern]) => pattern.test(code))
  if (known) return [known[1], known[2]]
  if (status >= 500) return [writes ? 'SYNC_OUTCOME_UNKNOWN' : 'SYNC_NETWORK', 'unknown']
  return statuses[status] ?? ['SYNC_PROTOCOL', 'unknown']
}

const longestWaitMs = 3_600_000

/**
 * `Retry-After` (RFC 9110, 10.2.3) in ms: seconds, or a date in any of the three HTTP forms, counted from `now`. Never
 * negative, at most one hour. `undefined`: absent, or neither form.
 */
export function retryAfterMs(header: string | null | undefined, now: number): number | undefined {
  const text = header?.trim() ?? ''
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, longestWaitMs)
  if (!/^[A-Z][a-z]{2,8},? /.test(text)) return undefined
  // The asctime form names no zone, and would be read as local time.
  const date = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`)
  return Number.isNaN(date) ? undefined : Math.min(Math.max(date - now, 0), longestWaitMs)
}

/** Takes the token out of a text, so that it reaches no error. */
export type Hide = (text: string) => string

/** What {@link refusalError} needs to know of a refused request. */
export interface Refusal {
  readonly status: number
  readonly said: SaidError
  /** For the message: method and table or function. */
  readonly what: string
  readonly writes: boolean
  /** What to do where something is missing that has to be set up. */
  readonly setup: string
  readonly retryAfterMs: number | undefined
  readonly hide: Hide
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

// The error code of PostgreSQL.
const isSqlstate = (code: string): boolean => /^[0-9A-Z]{5}$/.test(code)

/** The error for a refused request, by the tables above. */
export function refusalError({ status, said, what, writes, setup, retryAfterMs: wait, hide }: Refusal): WireError {
  const code = textOf(said.code)
  const [rule, effect] = ruleOf(status, code, writes)
  const words = hide(textOf(said.message)).slice(0, 500)
  const wayOut = rule === 'SYNC_CONFIG_INVALID' ? `; ${setup}` : ''
  return new WireError(
    {
      code: rule,
      message: `${what} was answered with status ${status}${code === '' ? '' : `, ${hide(code)}`}: ${words}${wayOut}`,
      ...(wait === undefined ? {} : { retryAfterMs: wait }),
      details: {
        status,
        ...(code === '' ? {} : { [isSqlstate(code) ? 'sqlstate' : 'code']: hide(code).slice(0, 100) }),
      },
    },
    effect,
  )
}

// Node says which step failed; a browser never does, so there the outcome stays unknown.
const neverConnected = /\b(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|UND_ERR_CONNECT_TIMEOUT)\b/

/** The error for a request that had no answer. supabase-js tells the reason in words. */
export function networkError(said: SaidError, what: string, hide: Hide): WireError {
  const reason = hide(textOf(said.message)).slice(0, 500)
  const effect = neverConnected.test(`${reason} ${textOf(said.details)}`) ? 'none' : 'unknown'
  return new WireError({ code: 'SYNC_NETWORK', message: `${what} failed: ${reason}`, details: { reason } }, effect)
}

const final: readonly SyncErrorCode[] = [
  'SYNC_REJECTED',
  'SYNC_FORBIDDEN',
  'SYNC_TOO_LARGE',
  'SYNC_UNSUPPORTED',
  'SYNC_ID_TAKEN',
  'SYNC_NOT_VISIBLE',
]

/** The verdict on an operation whose request surely had no effect: `rejected` where trying again cannot help, else `retry`. */
export const verdictOf = ({ failure }: WireError): PushVerdict =>
  final.includes(failure.code)
    ? { kind: 'rejected', error: failure }
    : { kind: 'retry', outcome: 'unapplied', error: failure }
