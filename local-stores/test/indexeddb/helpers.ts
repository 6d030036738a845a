import 'fake-indexeddb/auto'
import { type Env, type LocalStore, platformEnv } from '@rowkeep/kernel'
import { expect, onTestFinished, vi } from 'vitest'
import type { IndexeddbStoreOptions } from '../../src/indexeddb/index.ts'
import { indexeddbStoreWith } from '../../src/indexeddb/store.ts'
import type { Tuning } from '../../src/indexeddb/tuning.ts'
import { NAMESPACE } from '../file/helpers.ts'

/** So small that nearly every commit puts chunks in order, and readers soon are behind the log. */
const smallTuning: Tuning = { packAt: 3, foldAt: 60, logged: 5 }

/** A place of its own: the prefix of its databases. */
export const freshName = (): string => crypto.randomUUID()

/** A store that does in a few commits what the usual one does in thousands. */
export const smallStore = (options: IndexeddbStoreOptions = { name: freshName() }): LocalStore =>
  indexeddbStoreWith(smallTuning, options)

/** The name of the database that holds a namespace. */
export const databaseOf = (name: string, namespace: string = NAMESPACE): string => `${name}/${namespace}`

const eventOf = (request: IDBRequest): Promise<void> =>
  new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve())
    request.addEventListener('error', () => reject(request.error))
  })

/** A connection beside the store's, which ignores that others want the database; closed after the test. */
export async function rawConnection(database: string, version?: number): Promise<IDBDatabase> {
  const request = indexedDB.open(database, version)
  await eventOf(request)
  onTestFinished(() => request.result.close())
  return request.result
}

/** Changes what a database holds behind the store's back. */
export async function meddle(database: string, work: (tx: IDBTransaction) => void): Promise<void> {
  const db = await rawConnection(database)
  const tx = db.transaction([...db.objectStoreNames], 'readwrite')
  const done = new Promise((resolve) => tx.addEventListener('complete', resolve))
  work(tx)
  await done
  db.close()
}

/** All a database holds. */
export async function dumpOf(database: string): Promise<unknown> {
  const db = await rawConnection(database)
  const tx = db.transaction([...db.objectStoreNames])
  const tables = [...db.objectStoreNames].map(async (name) => {
    const asked = [tx.objectStore(name).getAllKeys(), tx.objectStore(name).getAll()] as const
    await Promise.all(asked.map(eventOf))
    return [name, asked[0].result, asked[1].result]
  })
  const dump = await Promise.all(tables)
  db.close()
  return [db.version, ...dump]
}

/** Timers that end when the test says so. */
export interface Timers {
  readonly env: Env
  /** Ends the next timer of `ms` as soon as somebody waits for it. */
  end(ms: number): Promise<void>
}

export function heldTimers(): Timers {
  const waiting = new Set<{ readonly ms: number; readonly run: () => void }>()
  const setTimer: Env['setTimer'] = (ms, run) => {
    const timer = { ms, run }
    waiting.add(timer)
    return () => void waiting.delete(timer)
  }
  const end = (ms: number): Promise<void> =>
    vi.waitFor(() => {
      const timer = [...waiting].find((one) => one.ms === ms) ?? expect.fail(`nobody waits ${ms} ms`)
      waiting.delete(timer)
      timer.run()
    })
  return { env: { ...platformEnv, setTimer }, end }
}
