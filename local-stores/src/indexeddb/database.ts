import { type Env, SyncError } from '@rowkeep/kernel'
import { openDB, unwrap } from 'idb'
import { blocked, brokenStore, openFailure } from './failures.ts'
import { newState, putState, tableNames } from './state.ts'

/** It never grows: the object stores are fixed, and what they hold carries the format. */
const VERSION = 1

/** `open` settles within 5 s, so it gives up before that. */
const OPEN_MS = 4000

/** The platform's IndexedDB. @throws SyncError `SYNC_STORE_UNAVAILABLE` where there is none, or none for this page */
export function platformDatabases(): IDBFactory {
  let cause: unknown
  try {
    // Absent in Node; the getter throws in frames and modes where the browser keeps nothing.
    if (globalThis.indexedDB) return globalThis.indexedDB
  } catch (thrown) {
    cause = thrown
  }
  const message = 'this platform has no IndexedDB, or does not let this page use it (private mode, blocked storage)'
  throw new SyncError('SYNC_STORE_UNAVAILABLE', { message, cause })
}

/** Waits for `work`, but no longer than a caller can be kept waiting; then `SYNC_STORE_BLOCKED`, and `late` gets the result. */
export async function inTime<T>(work: Promise<T>, env: Env, database: string, late: (result: T) => void): Promise<T> {
  let isLate = false
  let cancel = (): void => undefined
  const over = new Promise<never>((_resolve, reject) => {
    cancel = env.setTimer(OPEN_MS, () => {
      isLate = true
      reject(blocked(database))
    })
  })
  work.then(
    (result) => isLate && late(result),
    () => undefined,
  )
  try {
    return await Promise.race([work, over])
  } finally {
    cancel()
  }
}

/** How a database is opened. */
export interface Opening {
  readonly database: string
  readonly env: Env
  /** Whether it is made if it is not there. */
  readonly create: boolean
  /** Called once the connection is of no use any more: the browser closed it, or somebody else wants the database. */
  readonly gone: (db: IDBDatabase) => void
}

/**
 * Connects to a database.
 * @throws SyncError `SYNC_STORE_BLOCKED` `SYNC_STORE_UNAVAILABLE` `SYNC_STORE_FULL` `SYNC_FORMAT_NEWER`; `SYNC_STORE_BROKEN`
 * where it is not there and must not be made
 */
export async function connect({ database, env, create, gone }: Opening): Promise<IDBDatabase> {
  platformDatabases()
  let isMissing = false
  let isLate = false
  const leave = (db: IDBDatabase): void => {
    db.close()
    gone(db)
  }
  const open = async (): Promise<IDBDatabase> => {
    const db = await openDB(database, VERSION, {
      upgrade(fresh, _from, _to, tx) {
        isMissing = !create
        if (create && !isLate) {
          for (const name of tableNames) unwrap(fresh).createObjectStore(name)
          putState(unwrap(tx).objectStore('state'), newState(env.uuid()))
          return
        }
        tx.done.catch(() => undefined)
        tx.abort()
      },
      blocking: (_from, _to, event) => leave(event.target as IDBDatabase),
    })
    return unwrap(db)
  }
  try {
    const db = await inTime(open(), env, database, (late) => late.close())
    db.addEventListener('close', () => leave(db))
    return db
  } catch (thrown) {
    isLate = true
    if (isMissing) throw brokenStore(`the browser or another tab deleted the database "${database}"`, thrown)
    throw openFailure(thrown, database)
  }
}
