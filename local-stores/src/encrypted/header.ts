import { type Json, SyncError } from '@rowkeep/kernel'
import { fromBase64, toBase64 } from '../common/base64.ts'

/** Key of the entry of `meta` that says by which keys a namespace is encrypted. No entry's name is so short. */
export const HEADER = 'encryption'

/** What the header says of one key. */
interface HeaderKey {
  /** Of a passphrase. */
  readonly salt?: Uint8Array<ArrayBuffer>
  /** The secret of the names, encrypted by this key. */
  readonly names: Uint8Array<ArrayBuffer>
}

/** Every key that an entry of the namespace may be encrypted by. */
export type Header = ReadonlyMap<string, HeaderKey>

/** Damage, or a key that is not there: nothing is shown and nothing written. */
export const corrupt = (message: string): SyncError => new SyncError('SYNC_STORE_CORRUPT', { message })

/** The header as it is stored. */
export function headerValue(header: Header): Json {
  const keys = [...header].map(([id, { salt, names }]) => ({
    id,
    names: toBase64(names),
    ...(salt ? { salt: toBase64(salt) } : {}),
  }))
  return { format: 1, keys }
}

const fields = (value: unknown): Readonly<Record<string, unknown>> => Object(value)

function readKey(value: unknown): readonly [string, HeaderKey] {
  const { id, names, salt } = fields(value)
  const [secret, salted] = [names, salt].map((text) => (typeof text === 'string' ? fromBase64(text) : undefined))
  if (typeof id !== 'string' || !secret || (salt !== undefined && salted?.length !== 16)) {
    throw corrupt('the entry that names the keys of this namespace is damaged')
  }
  return [id, { names: secret, ...(salted ? { salt: salted } : {}) }]
}

/** Reads a stored header. @throws SyncError `SYNC_STORE_CORRUPT` `SYNC_FORMAT_NEWER` */
export function readHeader(value: Json): Header {
  const { format, keys } = fields(value)
  if (typeof format === 'number' && format > 1) {
    throw new SyncError('SYNC_FORMAT_NEWER', { message: `the data is encrypted in format ${format}, this app knows 1` })
  }
  if (format !== 1 || !Array.isArray(keys) || keys.length === 0) {
    throw corrupt('the entry that names the keys of this namespace is damaged')
  }
  return new Map(keys.map(readKey))
}
