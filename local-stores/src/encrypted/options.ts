import { type LocalStore, SyncError } from '@rowkeep/kernel'

/** A key, and the name it is stored beside what it encrypts. */
export type EncryptionKey =
  /** AES-GCM, 256 bits, for `encrypt` and `decrypt`; it need not be extractable. */
  | { readonly id: string; readonly key: CryptoKey }
  /** A key is made of it by PBKDF2-HMAC-SHA-256, 600 000 rounds (OWASP 2023), with a salt for each namespace. */
  | { readonly id: string; readonly passphrase: string }

/** What {@link encrypted} needs. */
export interface EncryptedStoreOptions {
  /** The first one encrypts; all of them decrypt. An id is 1 to 32 letters, digits, `_` or `-`, and never means another key. */
  readonly keys: readonly [EncryptionKey, ...EncryptionKey[]]
}

/** A store's setting refused. */
const invalid = (message: string): SyncError =>
  new SyncError('SYNC_CONFIG_INVALID', { message: `encrypted(): ${message}` })

function isAesKey(key: unknown): key is CryptoKey {
  const { algorithm, usages } = Object(key) as Partial<CryptoKey>
  const { name, length } = Object(algorithm) as Partial<AesKeyAlgorithm>
  const can = ['encrypt', 'decrypt'].every((usage) => usages?.includes(usage as KeyUsage))
  return name === 'AES-GCM' && length === 256 && can
}

function checkKey(given: unknown): void {
  const { id, key, passphrase, ...rest } = Object(given) as Partial<Record<string, unknown>>
  const [stranger] = Object.keys(rest)
  if (stranger !== undefined) throw invalid(`a key has no "${stranger}"`)
  if (typeof id !== 'string' || !/^[\w-]{1,32}$/.test(id)) {
    throw invalid('the id of a key must be 1 to 32 letters, digits, "_" or "-"')
  }
  if ((key === undefined) === (passphrase === undefined)) throw invalid(`the key "${id}" needs key or passphrase`)
  if (key !== undefined && !isAesKey(key)) {
    throw invalid(`the key "${id}" must be a CryptoKey of AES-GCM, 256 bits, for encrypt and decrypt`)
  }
  if (passphrase !== undefined && (typeof passphrase !== 'string' || passphrase.length < 8)) {
    throw invalid(`the passphrase of "${id}" must be text of at least 8 characters`)
  }
}

/** The keys by id, the newest first. @throws SyncError `SYNC_CONFIG_INVALID`, which never quotes a key */
export function keysOf(store: LocalStore, options: EncryptedStoreOptions): ReadonlyMap<string, EncryptionKey> {
  if (typeof store?.open !== 'function' || !store.capabilities) throw invalid('the first argument must be a store')
  const { keys, ...rest } = Object(options) as Partial<EncryptedStoreOptions>
  const [stranger] = Object.keys(rest)
  if (stranger !== undefined) throw invalid(`there is no option "${stranger}"`)
  if (!Array.isArray(keys) || keys.length === 0) throw invalid('keys must be a list of at least one key')
  for (const key of keys) checkKey(key)
  // A copy: what the app does to its list later changes nothing here.
  const byId = new Map(keys.map((key: EncryptionKey) => [key.id, { ...key }]))
  if (byId.size < keys.length) throw invalid('two keys have the same id')
  return byId
}
