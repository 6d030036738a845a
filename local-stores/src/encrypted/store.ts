import { type LocalStore, type StoreSpec, SyncError } from '@rowkeep/kernel'
import { limitsWithin } from './entry.ts'
import { EncryptedNamespace } from './namespace.ts'
import { type EncryptedStoreOptions, keysOf } from './options.ts'

/** A store that encrypts, and can be brought to a new key. */
export interface EncryptedStore extends LocalStore {
  /**
   * Encrypts everything in a namespace by the newest key, and lets go of the older ones, which then need not be given any more. The
   * namespace must not be open. The result says how many entries were encrypted anew. Stopped on the way it can be called again.
   * @throws SyncError as `open`; `SYNC_STORE_CORRUPT` where an entry does not decrypt; `SYNC_STORE_STALE` where another tab wrote
   */
  encryptAnew(spec: StoreSpec): Promise<number>
}

/**
 * A store that encrypts what another one keeps: values by AES-256-GCM, each under a random nonce and bound to its namespace, table
 * and name; keys of entries, and with them ids of records, as HMAC-SHA-256. What is not hidden: how many entries there are, how
 * large, in which table, when they change, and the name of the namespace.
 *
 * A key that is missing, or another one under the same id, fails `open` with `SYNC_STORE_CORRUPT`, and so does a namespace that
 * holds plain data; nothing is written. An entry that was changed or moved comes as `broken`, under its stored name and with its
 * stored text.
 *
 * @example encrypted(fileStore({ directory: './data' }), { keys: [{ id: '2027', passphrase }] })
 * @throws SyncError `SYNC_CONFIG_INVALID` naming the option
 */
export function encrypted(store: LocalStore, options: EncryptedStoreOptions): EncryptedStore {
  const keys = keysOf(store, options)
  const limits = limitsWithin(store.capabilities.limits)
  const openOn = async <T>(
    spec: StoreSpec,
    use: (namespace: EncryptedNamespace) => T | Promise<T>,
    keep: boolean,
  ): Promise<T> => {
    if (!globalThis.crypto?.subtle) {
      throw new SyncError('SYNC_STORE_UNAVAILABLE', {
        message: 'this platform has no Web Cryptography; in a browser it needs HTTPS',
      })
    }
    const inner = await store.open(spec)
    let failed = true
    try {
      const result = await use(await EncryptedNamespace.open(inner, spec.namespace, keys))
      failed = false
      return result
    } finally {
      if (failed || !keep) await inner.close()
    }
  }
  return {
    name: `encrypted ${store.name}`,
    capabilities: Object.freeze({ ...store.capabilities, limits }),
    open: (spec) => openOn(spec, (namespace) => namespace.store(limits), true),
    destroy: (namespace) => store.destroy(namespace),
    encryptAnew: (spec) => openOn(spec, (namespace) => namespace.encryptAnew(limits), false),
  }
}
