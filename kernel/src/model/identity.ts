import type { JsonObject } from '../env/json.ts'
import { SyncError } from '../errors/sync-error.ts'

/** `<collection>/<escaped id>`: names one record in the store and in memory; printable ASCII, at most 1024 bytes. */
export type RecordKey = string

const invalid = (message: string): SyncError => new SyncError('SYNC_INPUT_INVALID', { message })

/** The key of a record. Every UTF-16 unit but printable ASCII, `%` and `/` is written `%` and four hex digits. */
export const recordKey = (collection: string, id: string): RecordKey =>
  `${collection}/${id.replace(/[^!-$&-.0-~]/g, (unit) => `%${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)}`

/** Collection and id of a key made by {@link recordKey}. */
export function splitKey(key: RecordKey): readonly [collection: string, id: string] {
  const slash = key.indexOf('/')
  const id = key.slice(slash + 1).replace(/%(....)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return [key.slice(0, slash), id]
}

/**
 * The id as given, if a store and a remote can carry it.
 * @throws SyncError `SYNC_INPUT_INVALID`: not text, empty, not well-formed Unicode, with NUL, or too long
 */
export function checkId(collection: string, id: unknown, maxBytes: number): string {
  if (typeof id !== 'string' || id === '') throw invalid(`the key of a record in ${collection} must be non-empty text`)
  // A lone surrogate or NUL cannot be kept by most servers; refused here, where the caller can still choose another id.
  if (/\0|\p{Surrogate}/u.test(id))
    throw invalid(`the key ${JSON.stringify(id.slice(0, 40))} is not well-formed Unicode text, or has NUL`)
  if (recordKey(collection, id).length > 1024 || new TextEncoder().encode(id).length > maxBytes) {
    throw invalid(`the key "${id.slice(0, 20)}…" is longer than ${maxBytes} bytes`)
  }
  return id
}

/** The id of a record: its key field, or for a composite key the JSON text of the list of its values. `undefined`: absent. */
export function idOf(record: JsonObject, key: readonly string[]): unknown {
  const values = key.map((field) => (Object.hasOwn(record, field) ? record[field] : undefined))
  if (values.length === 1) return values[0]
  return values.includes(undefined) ? undefined : JSON.stringify(values)
}

/** 128 bits of a text as 32 hex digits; not for secrets. Two rounds of MurmurHash3's 64-bit finalizer idea over four lanes. */
export function hash128(text: string): string {
  const lanes = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 0x2545f491]
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    for (let lane = 0; lane < 4; lane += 1) {
      const mixed = Math.imul((lanes[lane] as number) ^ unit, 0x85ebca6b + lane * 2)
      lanes[lane] = (mixed ^ (mixed >>> 13)) + (lanes[(lane + 1) % 4] as number)
    }
  }
  return lanes
    .map((lane) => {
      const mixed = Math.imul(lane ^ (lane >>> 16), 0xc2b2ae35)
      return ((mixed ^ (mixed >>> 15)) >>> 0).toString(16).padStart(8, '0')
    })
    .join('')
}

/** The store's namespace of a user: lower-case names as they are, any other as a hash; the full name is kept inside and compared. */
export const namespaceOf = (user: string): string =>
  /^[a-z0-9_-]{0,60}$/.test(user) ? `u-${user}` : `h-${hash128(user)}`
