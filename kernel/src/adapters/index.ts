import type { Json, JsonObject } from '../env/json.ts'
import { type Failure, isSyncError, type SyncError } from '../errors/sync-error.ts'
import { isObject as isFields, maxDepth } from '../model/value.ts'

export { matches } from '../operators/matches.ts'
export { canonicalOf, checkedFields, type FieldCodec, type Fields, type FieldsOf, fieldsIn } from './fields.ts'
export { type Encode, encodedFilter } from './filter-fields.ts'
export { base64Of, hexOf, mapFields } from './values.ts'
export { type FieldsKept, withFields } from './with-fields.ts'
export { maxDepth }

/** True for a JSON object: no array, no null. `value` is what `JSON.parse` gave. */
export const isObject = (value: unknown): value is JsonObject => isFields(value)

/**
 * Why a parsed value may not be kept, or `undefined` if it may: deeper than {@link maxDepth} levels, or a number too large
 * to be finite (`1e999` is JSON, and parses to Infinity).
 */
export function flawOf(value: Json, room: number = maxDepth): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'a number is not finite'
  if (typeof value !== 'object' || value === null) return undefined
  if (room === 0) return `nested deeper than ${maxDepth} levels`
  for (const part of Object.values(value)) {
    const flaw = flawOf(part, room - 1)
    if (flaw !== undefined) return flaw
  }
  return undefined
}

/** The {@link Failure} that says the same as an error, for a verdict or a live event: `errorOf` the other way round. */
export function failureFrom({ code, message, retryAfterMs, details }: SyncError): Failure {
  return {
    code,
    // SyncError adds the code to its message, and would add it again.
    message: message.endsWith(` [${code}]`) ? message.slice(0, -code.length - 3) : message,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    details,
  }
}

/** Why a signal aborted: its reason where that is a `SyncError`, `SYNC_TIMEOUT` for a deadline, else `SYNC_ABORTED`. */
export function failureOfAbort({ reason }: AbortSignal): Failure {
  if (isSyncError(reason)) return failureFrom(reason)
  const isLate = reason instanceof Error && reason.name === 'TimeoutError'
  return isLate ? { code: 'SYNC_TIMEOUT', message: 'no answer before the deadline' } : { code: 'SYNC_ABORTED' }
}
