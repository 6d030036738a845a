import { defined, type JsonObject } from '../env/json.ts'
import { aboutCode, type RetryClass, type SyncErrorCode } from './codes.ts'

// A registered symbol, not `instanceof`: two copies of this package in one app still know each other's errors.
const brand = Symbol.for('@rowkeep/error')

/** What a verdict, page or live event carries instead of an exception; the kernel makes the {@link SyncError} from it. */
export interface Failure {
  readonly code: SyncErrorCode
  readonly message?: string
  /** How long the server asks to wait, ms. `undefined`: it did not say. */
  readonly retryAfterMs?: number
  /** JSON facts for a person or a log; never a token. */
  readonly details?: JsonObject
}

/** What {@link SyncError} takes beside its code. */
export interface SyncErrorOptions {
  readonly message?: string
  readonly retryAfterMs?: number | undefined
  readonly details?: JsonObject | undefined
  readonly cause?: unknown
}

/** The one error of every package: a stable `code`, what may be done (`retry`), and how to recover (`recovery`). */
export class SyncError extends Error {
  declare readonly code: SyncErrorCode
  declare readonly retry: RetryClass
  /** One sentence for the developer: what to do now. */
  declare readonly recovery: string
  /** How long the server asked to wait, ms; absent when it did not say. */
  declare readonly retryAfterMs?: number
  declare readonly details: JsonObject

  constructor(code: SyncErrorCode, options: SyncErrorOptions = {}) {
    const [retry, , recovery] = aboutCode(code) ?? ['never', '', '']
    // Without words of its own the code says what happened.
    const { message = code.slice(5).toLowerCase().replaceAll('_', ' '), retryAfterMs, details = {} } = options
    super(message.endsWith(`[${code}]`) ? message : `${message} [${code}]`, options)
    Object.assign(this, defined({ name: 'SyncError', code, retry, recovery, details, retryAfterMs }))
  }

  /** Plain data for logs and stores: code, message, recovery and details; no stack, no cause. */
  toJSON(): JsonObject {
    return { ...(this as object as JsonObject), message: this.message }
  }
}
Object.defineProperty(SyncError.prototype, brand, { value: true })

/** True for a {@link SyncError} of any copy of this package, and of the given code if one is given. */
export function isSyncError<C extends SyncErrorCode = SyncErrorCode>(
  value: unknown,
  code?: C,
): value is SyncError & { readonly code: C } {
  return brand in Object(value) && (code === undefined || (value as SyncError).code === code)
}

/** The error that a {@link Failure} of a verdict, page or live event stands for. */
export function errorOf(failure: Failure): SyncError {
  return new SyncError(aboutCode(failure.code) ? failure.code : 'SYNC_PROTOCOL', failure)
}

/** Any thrown value as a {@link SyncError}: kept if it is one, else wrapped under `code` with the original as its cause. */
export function asSyncError(thrown: unknown, code: SyncErrorCode): SyncError {
  if (isSyncError(thrown)) return thrown
  return new SyncError(code, { message: thrown instanceof Error ? thrown.message : String(thrown), cause: thrown })
}

/** Refuses what the app gave, naming what is wrong. */
export const invalidInput = (message: string): SyncError => new SyncError('SYNC_INPUT_INVALID', { message })

/** Refuses an option, naming it. */
export const invalidConfig = (message: string): SyncError => new SyncError('SYNC_CONFIG_INVALID', { message })

/** Refuses parts that `owner` does not have, most likely misspelt: `rest` is what was given beside those it has. */
export function refuseRest(owner: string, rest: object, refuse: (message: string) => SyncError = invalidInput): void {
  const [stranger] = Object.keys(rest)
  if (stranger !== undefined) throw refuse(`${owner} has no "${stranger}"`)
}
