import { type Env, type LocalStore, type OpenStore, platformEnv, type StoreSpec } from '@rowkeep/kernel'
import { deleteDB } from 'idb'
import { pageLocks, take } from '../common/locks.ts'
import { checkDurability, checkNamespace } from '../common/spec.ts'
import { Connection } from './connection.ts'
import { inTime, platformDatabases } from './database.ts'
import { openFailure } from './failures.ts'
import { OpenNamespace } from './namespace.ts'
import { type IndexeddbStoreOptions, type Settings, settingsOf } from './options.ts'
import { stateOf } from './state.ts'
import { type Tuning, usualTuning } from './tuning.ts'

const limits = Object.freeze({ valueBytes: 16_000_000, commitBytes: 64_000_000 })

/** What the browser grants: one that does not know the difference may lose the last commits with the power. */
function grantedOf({ durability }: Settings): 'relaxed' | 'strict' {
  const isKnown = typeof IDBTransaction === 'function' && 'durability' in IDBTransaction.prototype
  return isKnown ? durability : 'relaxed'
}

/** What is the same for every namespace of a store. */
interface Host extends Settings {
  readonly granted: 'relaxed' | 'strict'
  readonly tuning: Tuning
}

async function openNamespace({ env }: StoreSpec, database: string, host: Host): Promise<OpenStore> {
  const { granted: durability, timeoutMs, tuning } = host
  const leave = await take(env.locks ?? pageLocks, database, true)
  let connection: Connection | undefined
  try {
    connection = await Connection.open(database, { env, timeoutMs, durability })
    const { id } = await connection.run('readonly', (tables) => stateOf(tables))
    return new OpenNamespace({ connection, database, id, durability, limits, tuning, env, leave })
  } catch (thrown) {
    await connection?.close()
    await leave()
    throw thrown
  }
}

async function askToPersist(tell: (granted: boolean) => void): Promise<void> {
  const storage = (globalThis as { navigator?: Partial<Pick<Navigator, 'storage'>> }).navigator?.storage
  tell((await storage?.persist().catch(() => false)) ?? false)
}

/** Deleting waits for every connection to be closed; a tab of another version may keep one. */
async function remove(database: string, env: Env): Promise<void> {
  platformDatabases()
  const leave = await take(env.locks ?? pageLocks, database, false)
  try {
    await inTime(deleteDB(database), env, database, () => undefined)
  } catch (thrown) {
    throw openFailure(thrown, database)
  } finally {
    await leave()
  }
}

/** {@link indexeddbStore} with a tuning of its own. */
export function indexeddbStoreWith(tuning: Tuning, options: IndexeddbStoreOptions): LocalStore {
  const settings = settingsOf(options)
  const granted = grantedOf(settings)
  const host: Host = { ...settings, granted, tuning }
  const databaseOf = (namespace: string): string => `${settings.name}/${namespace}`
  let { persist } = settings
  // That of the last `open`: `destroy` is given none.
  let env: Env = platformEnv
  return {
    name: 'indexeddb',
    capabilities: Object.freeze({ writers: 'many', durability: granted, evictable: true, limits }),
    async open(spec: StoreSpec): Promise<OpenStore> {
      checkNamespace(spec.namespace)
      checkDurability(spec.durability, granted, `with the durability "${settings.durability}" on this platform`)
      env = spec.env
      const database = databaseOf(spec.namespace)
      const opening = openNamespace(spec, database, host)
      const open = await inTime(opening, spec.env, database, (late) => void late.close())
      if (persist) void askToPersist(persist)
      persist = undefined
      return open
    },
    async destroy(namespace: string): Promise<void> {
      checkNamespace(namespace)
      await remove(databaseOf(namespace), env)
    },
  }
}

/**
 * A store that keeps each namespace in an IndexedDB database, for browsers. A commit is one transaction, so it is there whole
 * or not at all, and tabs share a namespace without locks. The browser may delete its data (`evictable`); see
 * {@link IndexeddbStoreOptions.persist}.
 * @throws SyncError `SYNC_CONFIG_INVALID` naming the option
 */
export function indexeddbStore(options: IndexeddbStoreOptions = {}): LocalStore {
  return indexeddbStoreWith(usualTuning, options)
}
