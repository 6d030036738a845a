import type { Failure, SyncErrorCode } from '@rowkeep/kernel'
import { type Effect, type Refusal, WireError } from './failure.ts'
import { isObject } from './json.ts'

/** Takes the token out of a text, so that it reaches no error. */
export type Hide = (text: string) => string

/** The longest wait a server may ask for, ms: one hour. */
const longestWaitMs = 3_600_000
const messageLength = 500

/** Of a push, `SYNC_NETWORK` with an unknown effect is told as `SYNC_OUTCOME_UNKNOWN`. */
type Rule = readonly [SyncErrorCode, Effect, Refusal?]

/**
 * HTTP status -> rule. AppSync answers almost everything with 200; these are its front door, its firewall, and proxies. The
 * client sends up to three times and does not say how often it has: where the last answer could follow one that was lost,
 * its word is none about the effect.
 */
const statuses: { readonly [status: number]: Rule } = {
  400: ['SYNC_PROTOCOL', 'none'],
  401: ['SYNC_AUTH_REQUIRED', 'unknown'],
  403: ['SYNC_FORBIDDEN', 'unknown'],
  404: ['SYNC_PROTOCOL', 'none'],
  405: ['SYNC_PROTOCOL', 'none'],
  408: ['SYNC_TIMEOUT', 'unknown'],
  413: ['SYNC_TOO_LARGE', 'none', 'invalid'],
  429: ['SYNC_RATE_LIMITED', 'unknown'],
}

/** `errorType` of an error inside an answer of status 200, in the order they are looked for. */
const errorTypes: readonly (readonly [RegExp, Rule])[] = [
  [/^Unauthorized$/, ['SYNC_FORBIDDEN', 'none', 'forbidden']],
  [/UnauthorizedException$/, ['SYNC_AUTH_REQUIRED', 'none']],
  [/^ConflictUnhandled$/, ['SYNC_CONFLICT', 'none', 'version']],
  [/ConditionalCheckFailed(Exception)?$/, ['SYNC_CONDITION_FAILED', 'none', 'condition']],
  [/Throttl|ThroughputExceeded|RequestLimitExceeded|TooManyRequests|LimitExceeded/, ['SYNC_RATE_LIMITED', 'unknown']],
  [/Timeout/, ['SYNC_TIMEOUT', 'unknown']],
  [/BadRequest|Malformed|MappingTemplate|ValidationException|OperationDisabled/, ['SYNC_REJECTED', 'none', 'invalid']],
]

/** Message of an error, where its type is missing or says too little. */
const messages: readonly (readonly [RegExp, Rule])[] = [
  [/item size .*exceeded/i, ['SYNC_TOO_LARGE', 'none', 'invalid']],
  [
    /^Validation error of type |^The variables input |^Variable '|is not a valid |invalid value/,
    ['SYNC_REJECTED', 'none', 'invalid'],
  ],
  [/AttributeValue|ValidationException/, ['SYNC_REJECTED', 'none', 'invalid']],
]

/** What `originalError.name` says where no HTTP answer could be used, and what the client throws before it sends. */
const clientErrors: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['NetworkError', ['SYNC_NETWORK', 'unknown']],
  // The body was no JSON: a sign-in page in between, or an answer cut off.
  ['SyntaxError', ['SYNC_PROTOCOL', 'unknown']],
  // The body broke off.
  ['TypeError', ['SYNC_NETWORK', 'unknown']],
  ['CanceledError', ['SYNC_ABORTED', 'unknown']],
  ['NetworkUnsent', ['SYNC_NETWORK', 'none']],
  ['NoSignedUser', ['SYNC_AUTH_REQUIRED', 'none']],
  ['NoValidAuthTokens', ['SYNC_AUTH_REQUIRED', 'none']],
  ['NoCredentials', ['SYNC_AUTH_REQUIRED', 'none']],
  ['NoAuthorizationHeader', ['SYNC_AUTH_REQUIRED', 'none']],
  ['NoApiKey', ['SYNC_CONFIG_INVALID', 'none']],
  ['NoEndpoint', ['SYNC_CONFIG_INVALID', 'none']],
])

/**
 * `Retry-After` (RFC 9110, 10.2.3) in ms: seconds, or a date in any of the three HTTP forms, counted from `now`. Never
 * negative, at most one hour. `undefined`: absent, or neither form.
 */
export function retryAfterMs(header: unknown, now: number): number | undefined {
  const text = typeof header === 'string' ? header.trim() : ''
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, longestWaitMs)
  if (!/^[A-Z][a-z]{2,8},? /.test(text)) return undefined
  // The asctime form names no zone, and would be read as local time.
  const date = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`)
  return Number.isNaN(date) ? undefined : Math.min(Math.max(date - now, 0), longestWaitMs)
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** What is known of the call that failed. */
export interface Asked {
  /** For the message: the operation's name. */
  readonly what: string
  /** A mutation: its outcome can be unknown. */
  readonly writes: boolean
  readonly now: number
  readonly hide: Hide
}

/** A failure as the client's error object tells it: an HTTP answer that is none of GraphQL's, or none at all. */
interface Transport {
  readonly name: string
  readonly message: string
  readonly status: number | undefined
  readonly retryAfter: unknown
}

function transportOf(original: unknown): Transport {
  const error = (typeof original === 'object' && original !== null ? original : {}) as {
    readonly name?: unknown
    readonly message?: unknown
    readonly $metadata?: { readonly httpStatusCode?: unknown }
    readonly response?: { readonly headers?: Readonly<Record<string, unknown>> }
    readonly underlyingError?: { readonly name?: unknown }
  }
  const { httpStatusCode: status } = error.$metadata ?? {}
  return {
    // Amplify calls nobody signed in, too, where the tokens could not be renewed for lack of a network.
    name: error.underlyingError?.name === 'NetworkError' ? 'NetworkUnsent' : textOf(error.name),
    message: textOf(error.message),
    status: typeof status === 'number' ? status : undefined,
    retryAfter: error.response?.headers?.['retry-after'],
  }
}

function transportRule({ status, name }: Transport): Rule {
  if (status === undefined) return clientErrors.get(name) ?? ['SYNC_NETWORK', 'unknown']
  return statuses[status] ?? [status >= 500 ? 'SYNC_NETWORK' : 'SYNC_PROTOCOL', 'unknown']
}

function failureOf(
  [code, effect]: Rule,
  message: string,
  { what, writes, hide }: Asked,
  details: Failure['details'],
): Failure {
  const lost = writes && code === 'SYNC_NETWORK' && effect === 'unknown' && details?.['status'] !== undefined
  return {
    code: lost ? 'SYNC_OUTCOME_UNKNOWN' : code,
    message: `${what}: ${hide(message).slice(0, messageLength)}`,
    ...(details === undefined ? {} : { details }),
  }
}

/** What the client says of an answer; where it could not read one, `Unknown error` is all it has. */
function saidWith(status: number, message: string): string {
  const own = message === 'Unknown error' ? '' : message
  const about = status === 401 ? 'the API refused the credentials' : ''
  return [`answered with status ${status}`, about, own].filter((part) => part !== '').join(': ')
}

function transportError(original: unknown, asked: Asked): WireError {
  const transport = transportOf(original)
  const { status, message, name } = transport
  const rule = transportRule(transport)
  const wait = retryAfterMs(transport.retryAfter, asked.now)
  const said = status === undefined ? `${name} ${message}` : saidWith(status, message)
  const details = status === undefined ? { name } : { status }
  const [, effect, refusal] = rule
  return new WireError(
    { ...failureOf(rule, said, asked, details), ...(wait === undefined ? {} : { retryAfterMs: wait }) },
    effect,
    refusal === undefined ? {} : { refusal },
  )
}

/** An error inside an answer of status 200. */
function graphqlError(error: Readonly<Record<string, unknown>>, data: unknown, asked: Asked): WireError {
  const [type, message] = [textOf(error['errorType']), textOf(error['message'])]
  const byType = errorTypes.find(([pattern]) => type !== '' && pattern.test(type))?.[1]
  const rule = byType ?? messages.find(([pattern]) => pattern.test(message))?.[1]
  const [code, effect, refusal]: Rule = rule ?? [asked.writes ? 'SYNC_OUTCOME_UNKNOWN' : 'SYNC_NETWORK', 'unknown']
  // A read has nothing that could be set aside: that it is refused for good means that the app does not fit the API.
  const told = code === 'SYNC_REJECTED' && !asked.writes ? 'SYNC_PROTOCOL' : code
  const failure = failureOf([told, effect], message || 'refused', asked, type === '' ? undefined : { errorType: type })
  return new WireError(failure, effect, { ...(refusal ? { refusal } : {}), row: error['data'], data })
}

/** The error for whatever the client threw: the result with `errors` of an answer, an error of its own, or a cancellation. */
export function errorOfThrown(thrown: unknown, asked: Asked): WireError {
  if (thrown instanceof WireError) return thrown
  const { errors, data } = (isObject(thrown) ? thrown : {}) as { readonly errors?: unknown; readonly data?: unknown }
  const [first]: readonly unknown[] = Array.isArray(errors) ? errors : []
  if (!isObject(first)) return transportError(thrown, asked)
  const { originalError } = first as { readonly originalError?: unknown }
  return originalError ? transportError(originalError, asked) : graphqlError(first, data, asked)
}
