import { errorOf, type Failure, type JsonObject, type SyncErrorCode } from '@rowkeep/kernel'
import { flawOf, isObject, mapText } from './json.ts'

/** Takes the token out of a text, so that it reaches no error. */
export type Hide = (text: string) => string

/** The longest wait a server may ask for, ms: one hour. */
export const longestWaitMs = 3_600_000

const messageLength = 1000
const localCodes = /^SYNC_(STORE_\w+|ABORTED|CLOSED|CONFIG_INVALID|FORMAT_NEWER|UNSYNCED)$/

/** Whether a server may use this code: one the kernel knows, and none of those that tell of trouble on the device itself. */
const isServerCode = (code: string): code is SyncErrorCode =>
  !localCodes.test(code) && errorOf({ code: code as SyncErrorCode }).code === code

function detailsOf(raw: unknown, hide: Hide): JsonObject {
  if (!isObject(raw) || flawOf(raw) !== undefined) return {}
  return mapText(raw, hide) as JsonObject
}

/**
 * A `Failure` as a server wrote it, made safe to show: its code where a server may use it, else `fallback` with the word
 * sent in `details.code`; texts without the token; a wait of at most one hour. `undefined`: it is no `Failure` at all.
 */
export function failureOf(raw: unknown, fallback: SyncErrorCode, hide: Hide): Failure | undefined {
  if (!isObject(raw) || typeof raw['code'] !== 'string') return undefined
  const { code, message, retryAfterMs } = raw
  const known = isServerCode(code)
  const details = { ...detailsOf(raw['details'], hide), ...(known ? {} : { code: hide(code).slice(0, messageLength) }) }
  return {
    code: known ? code : fallback,
    ...(typeof message === 'string' ? { message: hide(message).slice(0, messageLength) } : {}),
    ...(typeof retryAfterMs === 'number' && retryAfterMs >= 0
      ? { retryAfterMs: Math.min(retryAfterMs, longestWaitMs) }
      : {}),
    ...(Object.keys(details).length > 0 ? { details } : {}),
  }
}
