import {
  type Env,
  isSyncError,
  type LocalStore,
  type OpenStore,
  platformEnv,
  type StoreSpec,
  SyncError,
} from '@rowkeep/kernel'
import localforage from 'localforage'
import { type Locks, pageLocks, take } from '../common/locks.ts'
import { checkDurability, checkNamespace } from '../common/spec.ts'
import { failure, unavailable } from './failures.ts'
import { type Floor, floorOf, newFloor } from './floor.ts'
import { type KeyValues, localStorageDriver } from './key-values.ts'
import { OpenNamespace } from './namespace.ts'
import { type LocalforageStoreOptions, type Settings, settingsOf } from './options.ts'
import { Space, within } from './space.ts'

/** A {@link localforageStore}. */
export interface LocalforageStore extends LocalStore {
  /**
   * The driver in use, by localforage's name: `asyncStorage` (IndexedDB), `localStorageWrapper`, `webSQLStorage`, or the app's own.
   * @throws SyncError `SYNC_STORE_UNAVAILABLE` where none can be used
   */
  driver(): Promise<string>
}

/** Of an open, ms: a database that another tab holds up answers nothing at all. */
const OPEN_MS = 4_500

async function keyValuesOf({ instance, drivers, name, storeName }: Settings): Promise<KeyValues> {
  try {
    const driver = [...(drivers ?? [localforage.INDEXEDDB])]
    const keyValues = instance ?? localforage.createInstance({ name, storeName, driver })
    await keyValues.ready()
    return keyValues
  } catch (thrown) {
    throw unavailable(thrown, 'this browser offers no storage that may be used here')
  }
}

function locksOf({ tabs }: Settings, { locks }: Env, keyValues: KeyValues): Locks {
  if (tabs === 'one') return locks ?? pageLocks
  if (keyValues.driver() === localStorageDriver) {
    // HTML 12.2: what another tab wrote may be seen late, so nothing can be compared.
    const message = 'localforageStore: tabs cannot share localStorage; set "tabs" to "one"'
    throw new SyncError('SYNC_CONFIG_INVALID', { message })
  }
  if (locks) return locks
  const why = 'this page has no Web Locks (a page without TLS has none), so tabs cannot share a namespace'
  throw new SyncError('SYNC_STORE_UNAVAILABLE', { message: `${why}; an app that runs in one tab sets "tabs" to "one"` })
}

const gone = JSON.stringify({ gone: true })

/** Removes everything. The floor is marked first and goes last: what a crash leaves in between is known to be left over. */
async function clear(space: Space): Promise<void> {
  const names = await space.names()
  if (names.length === 0) return
  await space.put('floor', gone)
  for (const name of names) if (name !== 'floor') await space.remove(name)
  await space.remove('floor')
}

/** The floor of the namespace; a new one if there is none. */
async function foundFloor(space: Space): Promise<Floor> {
  const held = await space.get('floor')
  if (held === gone) await clear(space)
  else if (held !== null) return floorOf(held)
  else if ((await space.names()).some((name) => /^[cp]\//.test(name))) {
    throw new SyncError('SYNC_STORE_CORRUPT', { message: 'the key that says what the namespace holds is missing' })
  }
  const floor = newFloor(space.ground.env.uuid().slice(0, 13))
  await space.put('floor', JSON.stringify(floor))
  return floor
}

/** A tab that was reloaded or closed lets go its locks a little later than the next one begins. */
const TAKE_TRIES = 8
const TAKE_PAUSE_MS = 100

async function takeOpen({ ground, title }: Space, shared: boolean): Promise<() => Promise<void>> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await take(ground.locks, `${title}/open`, shared)
    } catch (thrown) {
      if (tries === TAKE_TRIES || !isSyncError(thrown, 'SYNC_STORE_LOCKED')) throw thrown
    }
    await new Promise<void>((resolve) => ground.env.setTimer(TAKE_PAUSE_MS, resolve))
  }
}

async function openSpace(space: Space, settings: Settings): Promise<OpenStore> {
  const release = await takeOpen(space, settings.tabs === 'many')
  try {
    const floor = await space.locked(() => foundFloor(space))
    return new OpenNamespace({ space, floor, settings, release })
  } catch (thrown) {
    await release()
    throw thrown
  }
}

/** Closes what opened after nobody waited for it any more. */
async function openInTime(env: Env, opening: Promise<OpenStore>): Promise<OpenStore> {
  let late = false
  opening.then(
    (store) => (late ? store.close() : undefined),
    () => undefined,
  )
  return within(env, OPEN_MS, opening, () => {
    late = true
    const message = `the database did not answer in ${OPEN_MS} ms: another tab may hold it up`
    return new SyncError('SYNC_STORE_BLOCKED', { message })
  })
}

/** {@link localforageStore} with the environment that `destroy` uses, and with settings that are no options. */
export function localforageStoreOn(env: Env, settings: Settings): LocalforageStore {
  const { durability, limits, tabs } = settings
  let started: Promise<KeyValues> | undefined
  const start = (): Promise<KeyValues> => {
    started ??= keyValuesOf(settings).catch((thrown: unknown) => {
      // localforage would remember the failure for ever; another instance may fare better.
      started = undefined
      throw thrown
    })
    return started
  }
  const spaceOf = async (namespace: string, using: Env): Promise<Space> => {
    const keyValues = await start()
    return new Space({ keyValues, locks: locksOf(settings, using, keyValues), env: using }, namespace)
  }
  return {
    name: 'localforage',
    capabilities: Object.freeze({ writers: tabs, durability, evictable: true, limits }),
    driver: async () => (await start()).driver() ?? '',
    async open(spec: StoreSpec): Promise<OpenStore> {
      checkNamespace(spec.namespace)
      checkDurability(spec.durability, durability, 'with this driver')
      const opening = spaceOf(spec.namespace, spec.env).then((space) => openSpace(space, settings))
      try {
        return await openInTime(spec.env, opening)
      } catch (thrown) {
        throw unavailable(thrown, 'the namespace could not be opened')
      }
    },
    async destroy(namespace: string): Promise<void> {
      checkNamespace(namespace)
      try {
        const space = await spaceOf(namespace, env)
        const release = await take(space.ground.locks, `${space.title}/open`, false)
        try {
          await clear(space)
        } finally {
          await release()
        }
      } catch (thrown) {
        throw failure(thrown, 'the namespace was not removed')
      }
    },
  }
}

/**
 * A store for browsers over localforage: IndexedDB unless told otherwise. A commit is one key, so it is there whole or not at all;
 * tabs share a namespace by comparing before they write, under a Web Lock.
 * @throws SyncError `SYNC_CONFIG_INVALID` naming the option
 */
export function localforageStore(options: LocalforageStoreOptions = {}): LocalforageStore {
  return localforageStoreOn(platformEnv, settingsOf(options))
}
