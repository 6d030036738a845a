import { type Env, isSyncError, SyncError } from '@rowkeep/kernel'
import { brokenStore, nameOf, readFailure, writeFailure } from './failures.ts'
import { type Tables, tableNames } from './state.ts'

/** How transactions are run. */
export interface Terms {
  readonly env: Env
  readonly timeoutMs: number
  readonly durability: 'relaxed' | 'strict'
}

/** After an abort the browser has so long to tell that it is done, ms. */
const GRACE_MS = 1000

/** The connection is gone, and with it the transaction, without effect: on another connection it can be tried again. */
export class ConnectionLost extends Error {}

/** What is done within a transaction. It awaits nothing but requests of these tables; it may be run again. */
export type Work<T> = (tables: Tables) => Promise<T>

function isLost(db: IDBDatabase): boolean {
  try {
    db.transaction('state').abort()
    return false
  } catch (thrown) {
    return nameOf(thrown) === 'InvalidStateError'
  }
}

function begin(db: IDBDatabase, mode: IDBTransactionMode, durability: IDBTransactionDurability): IDBTransaction {
  try {
    return db.transaction([...tableNames], mode, { durability })
  } catch (cause) {
    if (nameOf(cause) === 'InvalidStateError') throw new ConnectionLost('the connection was closed', { cause })
    if (nameOf(cause) === 'NotFoundError') {
      throw new SyncError('SYNC_STORE_CORRUPT', { message: `the database "${db.name}" is not of this store`, cause })
    }
    throw cause
  }
}

function tablesOf(tx: IDBTransaction): Tables {
  const tables = tableNames.map((name) => [name, tx.objectStore(name)] as const)
  return Object.fromEntries(tables) as { [N in keyof Tables]: IDBObjectStore }
}

/** Settles with the transaction. It alone tells whether there was an effect: an error of a request comes before. */
const endOf = (tx: IDBTransaction): Promise<void> =>
  new Promise((resolve, reject) => {
    tx.addEventListener('complete', () => resolve())
    tx.addEventListener('abort', () =>
      reject(tx.error ?? new DOMException('the transaction was aborted', 'AbortError')),
    )
  })

/** Whether the transaction could still be aborted. */
function aborted(tx: IDBTransaction): boolean {
  try {
    tx.abort()
    return true
  } catch {
    return false
  }
}

async function attempt<T>(tx: IDBTransaction, work: Work<T>): Promise<T> {
  const end = endOf(tx)
  end.catch(() => undefined)
  let result: T
  try {
    result = await work(tablesOf(tx))
    // Not left to the browser, which would wait for another turn.
    tx.commit()
  } catch (thrown) {
    const reason: unknown = aborted(tx) ? thrown : undefined
    // Aborted by the browser already: `end` says why, better than the request that broke off.
    await end.catch((why: unknown) => {
      throw reason ?? why
    })
    throw thrown
  }
  await end
  return result
}

/** A transaction that hangs is aborted; if not even that is answered, the state of the database is not known. */
function fence(
  tx: IDBTransaction,
  { env, timeoutMs }: Terms,
): { readonly over: Promise<never>; clear(): void; hung(): boolean } {
  let cancel = (): void => undefined
  let hung = false
  const over = new Promise<never>((_resolve, reject) => {
    cancel = env.setTimer(timeoutMs, () => {
      hung = true
      aborted(tx)
      cancel = env.setTimer(GRACE_MS, () => reject(new Error(`no answer within ${timeoutMs} ms`)))
    })
  })
  return { over, clear: () => cancel(), hung: () => hung }
}

function failureOf(thrown: unknown, tx: IDBTransaction, hung: boolean): unknown {
  if (isSyncError(thrown)) return thrown
  if (hung) {
    const message = 'the browser did not answer; the transaction was taken back'
    return new SyncError('SYNC_STORE_FAILED', { message, cause: thrown })
  }
  if (isLost(tx.db)) return new ConnectionLost('the connection was lost', { cause: thrown })
  return tx.mode === 'readonly' ? readFailure(thrown) : writeFailure(thrown)
}

/**
 * Runs `work` in one transaction over all tables; resolves with its result once the transaction is complete. Rejected means
 * without effect, but for `SYNC_STORE_BROKEN`.
 * @throws ConnectionLost
 * @throws SyncError what `work` throws, and `SYNC_STORE_FULL` `SYNC_STORE_FAILED` `SYNC_STORE_BROKEN` `SYNC_STORE_CORRUPT`
 */
export async function transact<T>(
  db: IDBDatabase,
  mode: 'readonly' | 'readwrite',
  terms: Terms,
  work: Work<T>,
): Promise<T> {
  const tx = begin(db, mode, terms.durability)
  const { over, clear, hung } = fence(tx, terms)
  const unanswered = over.catch((cause: unknown) => {
    throw mode === 'readonly' ? readFailure(cause) : brokenStore('the browser does not say how a commit ended', cause)
  })
  try {
    return await Promise.race([attempt(tx, work), unanswered])
  } catch (thrown) {
    throw failureOf(thrown, tx, hung())
  } finally {
    clear()
  }
}
