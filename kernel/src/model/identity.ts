import type { JsonObject } from '../env/json.ts'
import { invalidInput } from '../errors/sync-error.ts'
import { byteLength } from './value.ts'

/** `<collection>/<escaped id>`: names one record in the store and in memory; printable ASCII, at most 1024 bytes. */
export type RecordKey = string

/**
 * The key of the record that something is about. Every UTF-16 unit but printable ASCII, `%` and `/` is written `%` and four hex
 * digits. An id that is no text, as a server may send, has a key too: {@link checkId} refuses it where the row is read.
 */
export const keyOfRecord = ({ collection, id }: { readonly collection: string; readonly id: string }): RecordKey =>
  `${collection}/${String(id).replace(/[^!-$&-.0-~]/g, (unit) => `%${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)}`

/** {@link keyOfRecord} of a collection's record. */
export const recordKey = (collection: string, id: string): RecordKey => keyOfRecord({ collection, id })

/** Collection and id of a key made by {@link keyOfRecord}. */
export function splitKey(key: RecordKey): readonly [collection: string, id: string] {
  const slash = key.indexOf('/')
  const id = key.slice(slash + 1).replace(/%(....)/g, (_, hex: string) => String.fromCharCode(Number(`0x${hex}`)))
  return [key.slice(0, slash), id]
}

/** Whether it is a user's name that every store and server can tell from others: at most 1024 characters, none NUL or half of one. */
export const isUser = (name: unknown): name is string =>
  typeof name === 'string' && name.length <= 1024 && !/\0|\p{Surrogate}/u.test(name)

/**
 * Refuses an id that a store or a remote could not carry.
 * @throws SyncError `SYNC_INPUT_INVALID`: not text, empty, not well-formed Unicode, with NUL, or too long
 */
export function checkId(collection: string, id: unknown, maxBytes: number): void {
  const refuse = (why: string): never => {
    throw invalidInput(`the key ${JSON.stringify(String(id).slice(0, 40))} of ${collection} ${why}`)
  }
  if (typeof id !== 'string' || id === '') return refuse('must be non-empty text')
  // A lone surrogate or NUL cannot be kept by most servers; refused here, where the caller can still choose another id.
  if (/\0|\p{Surrogate}/u.test(id)) refuse('has NUL or half a character')
  if (keyOfRecord({ collection, id }).length > 1024 || byteLength(id) - 2 > maxBytes) refuse('is too long')
}

/** The id of a record: its key field, or for a composite key the JSON text of the list of its values. `undefined`: absent. */
export function idOf(record: JsonObject, key: readonly string[]): unknown {
  const values = key.map((field) => (Object.hasOwn(record, field) ? record[field] : undefined))
  if (values.length === 1) return values[0]
  return values.includes(undefined) ? undefined : JSON.stringify(values)
}

/** FNV-1a of 128 bits over a text's code points, as 32 hex digits; not for secrets. */
export function hash128(text: string): string {
  let hash = 0x6c62272e07bb014262b821756295c58dn
  for (const unit of text) {
    hash = BigInt.asUintN(128, (hash ^ BigInt(unit.codePointAt(0) as number)) * 0x1000000000000000000013bn)
  }
  return hash.toString(16).padStart(32, '0')
}

/** The store's namespace of a user: lower-case names as they are, any other as a hash; the full name is kept inside and compared. */
export const namespaceOf = (user: string): string =>
  /^[a-z0-9_-]{0,60}$/.test(user) ? `u-${user}` : `h-${hash128(user)}`
