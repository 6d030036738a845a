import { corrupt, type Header } from './header.ts'
import type { EncryptionKey } from './options.ts'
import { seal, unseal } from './seal.ts'

/** OWASP Password Storage Cheat Sheet (2023) for PBKDF2-HMAC-SHA-256. */
const ROUNDS = 600_000

/** The keys of one namespace, ready for use. */
export interface Ring {
  /** Id of the key that encrypts. */
  readonly newest: string
  /** By id, all that the header names, and the newest. */
  readonly keys: ReadonlyMap<string, CryptoKey>
  /** Makes names of keys (HMAC-SHA-256); the same for the life of the namespace. */
  readonly names: CryptoKey
  /** What the namespace should have as its header; not the stored one where `isStored` is false. */
  readonly header: Header
  readonly isStored: boolean
}

const aboutNames = (namespace: string, id: string): string => `rowkeep 1 names ${namespace} ${id}`

async function keyOf(given: EncryptionKey, salt: Uint8Array<ArrayBuffer> | undefined): Promise<CryptoKey> {
  if ('key' in given) return given.key
  if (!salt) throw corrupt(`the namespace is not encrypted by a passphrase under "${given.id}"`)
  const bytes = new TextEncoder().encode(given.passphrase.normalize('NFKC'))
  const secret = await crypto.subtle.importKey('raw', bytes, 'PBKDF2', false, ['deriveKey'])
  const how = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations: ROUNDS }
  return crypto.subtle.deriveKey(how, secret, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
}

/** Every key that the header names, by id, and the secret that all of them must agree on. */
async function openHeader(namespace: string, header: Header, given: ReadonlyMap<string, EncryptionKey>) {
  const keys = new Map<string, CryptoKey>()
  let secret: Uint8Array<ArrayBuffer> | undefined
  for (const [id, { salt, names }] of header) {
    const known = given.get(id)
    if (!known)
      throw corrupt(
        `this namespace is encrypted by the key "${id}" too, which was not given: add it to keys; nothing was changed`,
      )
    const key = await keyOf(known, salt)
    secret = await unseal(key, names, aboutNames(namespace, id))
    if (!secret)
      throw corrupt(
        `the key "${id}" is not the one that this namespace is encrypted by: give the right one; nothing was changed`,
      )
    keys.set(id, key)
  }
  return { keys, secret: secret ?? crypto.getRandomValues(new Uint8Array(32)) }
}

/**
 * The ring for a namespace with that header; `undefined`: a new namespace. A key that the header does not name yet is added to it
 * where it is the newest.
 * @throws SyncError `SYNC_STORE_CORRUPT` where a key that the header names is missing or another one
 */
export async function openRing(
  namespace: string,
  stored: Header | undefined,
  given: ReadonlyMap<string, EncryptionKey>,
): Promise<Ring> {
  const { keys, secret } = await openHeader(namespace, stored ?? new Map(), given)
  const header = new Map(stored)
  const [[newest, first]] = given as unknown as readonly [readonly [string, EncryptionKey]]
  if (!keys.has(newest)) {
    const salt = 'passphrase' in first ? { salt: crypto.getRandomValues(new Uint8Array(16)) } : {}
    const key = await keyOf(first, salt.salt)
    keys.set(newest, key)
    header.set(newest, { ...salt, names: await seal(key, secret, aboutNames(namespace, newest)) })
  }
  const names = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  return { newest, keys, names, header, isStored: stored?.has(newest) === true }
}
