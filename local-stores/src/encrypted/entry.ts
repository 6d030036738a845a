import type { Json, StoreEntry, StoreTable } from '@rowkeep/kernel'
import { fromBase64, toBase64 } from '../common/base64.ts'
import type { EntryText, Limits } from '../common/entries.ts'
import type { Ring } from './ring.ts'
import { seal, unseal } from './seal.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

/** Bytes that a value grows by at the most before it is base64: nonce and tag, and its key of up to 1 024 characters as JSON. */
const INSIDE = 28 + 2 + 1 + 2 * 1024 + 2
/** Bytes beside the base64: quotes, the id of the key, a dot. */
const OUTSIDE = 2 + 32 + 1

/** What is left of the inner store's limits, whatever the entries are; a commit is taken to hold values of 64 bytes or more. */
export function limitsWithin({ valueBytes, commitBytes }: Limits): Limits {
  const value = Math.floor(((valueBytes - OUTSIDE) * 3) / 4) - INSIDE
  const commit = Math.floor(commitBytes / 5)
  return Object.freeze({ valueBytes: Math.min(value, commit), commitBytes: commit })
}

/** The name under which an entry is stored: it tells nothing of the key, and is the same each time. */
async function nameOf({ names }: Ring, table: StoreTable, key: string): Promise<string> {
  const digest = await crypto.subtle.sign('HMAC', names, encoder.encode(`${table} ${key}`))
  return toBase64(new Uint8Array(digest)).replaceAll('+', '-').replaceAll('/', '_').slice(0, 43)
}

const about = (namespace: string, id: string, table: StoreTable, name: string): string =>
  `rowkeep 1 entry ${namespace} ${id} ${table} ${name}`

/** An entry as the inner store gets it. */
export async function sealEntry(ring: Ring, namespace: string, { table, key, text }: EntryText): Promise<StoreEntry> {
  const name = await nameOf(ring, table, key)
  if (text === undefined) return { table, key: name, value: undefined }
  const { newest, keys } = ring
  const bytes = encoder.encode(`[${JSON.stringify(key)},${text}]`)
  const sealed = await seal(keys.get(newest) as CryptoKey, bytes, about(namespace, newest, table, name))
  return { table, key: name, value: `${newest}.${toBase64(sealed)}` }
}

/** Id of the key that encrypts a stored value; `undefined` for a value that is none of this store's. */
export const keyIdOf = (value: Json): string | undefined =>
  typeof value === 'string' ? /^([\w-]{1,32})\./.exec(value)?.[1] : undefined

/** The entry that {@link sealEntry} was given; `undefined` where it does not decrypt, here and under this name. */
export async function unsealEntry(
  { keys }: Ring,
  namespace: string,
  { table, key: name }: StoreEntry,
  value: Json,
): Promise<{ readonly key: string; readonly value: Json } | undefined> {
  const id = keyIdOf(value)
  const key = id === undefined ? undefined : keys.get(id)
  const sealed = id === undefined ? undefined : fromBase64(String(value).slice(id.length + 1))
  if (id === undefined || !key || !sealed) return undefined
  const bytes = await unseal(key, sealed, about(namespace, id, table, name))
  if (!bytes) return undefined
  // What was authenticated is what was written, so it parses.
  const [own, inner] = JSON.parse(decoder.decode(bytes)) as [string, Json]
  return { key: own, value: inner }
}
