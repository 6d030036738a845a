import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Json,
  type LocalStore,
  type OpenStore,
  platformEnv,
  type StoreEntry,
  type StoreTable,
} from '@rowkeep/kernel'
import { onTestFinished } from 'vitest'
import { untilIdle } from '../../src/file/breaks.ts'
import type { FileStoreOptions } from '../../src/file/index.ts'
import { fileStoreOn } from '../../src/file/store.ts'
import type { Disk } from './disk.ts'

export const NAMESPACE = 'u-ada'

export const put = (table: StoreTable, key: string, value: Json | undefined): StoreEntry => ({ table, key, value })

/** What a reader holds after a load: later entries and resets already taken into account. */
export interface Held {
  readonly head: number
  readonly values: Record<string, Json>
  readonly broken: Record<string, string>
}

export async function heldBy(open: OpenStore, since?: Held): Promise<Held> {
  const values = new Map(Object.entries(since?.values ?? {}))
  const broken: Record<string, string> = {}
  let head = since?.head ?? 0
  for await (const page of open.load(since?.head)) {
    if (page.reset) values.clear()
    for (const { table, key, value } of page.entries) {
      if (value === undefined) values.delete(`${table}/${key}`)
      else values.set(`${table}/${key}`, value)
    }
    for (const { table, key, raw } of page.broken) broken[`${table}/${key}`] = raw
    head = page.head
  }
  return { head, values: Object.fromEntries(values), broken }
}

export const openOn = (store: LocalStore, namespace: string = NAMESPACE): Promise<OpenStore> =>
  store.open({ namespace, durability: 'relaxed', env: platformEnv })

/** A fresh folder, removed after the test. */
export async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rowkeep-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A store on a disk in memory, where nobody else can hold a lock. */
export const storeOn = (disk: Disk, options: Partial<FileStoreOptions> = {}): LocalStore =>
  fileStoreOn(
    { files: disk, lock: async () => ({ release: async () => {} }), pause: untilIdle },
    { directory: '/data', ...options },
  )

/** Commit `n` of the history the fault tests run: three tables, a key overwritten, one added, one removed. */
export const step = (n: number): StoreEntry[] => [
  put('meta', 'count', n),
  put('base', `k${n % 3}`, { n, text: 'x'.repeat(20) }),
  put('op', `o${n}`, n),
  put('op', `o${n - 2}`, undefined),
]

/** What a store holds after the first `count` steps. */
export function afterSteps(count: number): Record<string, Json> {
  const values = new Map<string, Json>()
  for (let n = 1; n <= count; n += 1) {
    for (const { table, key, value } of step(n)) {
      if (value === undefined) values.delete(`${table}/${key}`)
      else values.set(`${table}/${key}`, value)
    }
  }
  return Object.fromEntries(values)
}
