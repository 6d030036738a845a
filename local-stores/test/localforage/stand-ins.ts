import { type Env, type Json, type OpenStore, platformEnv, type StoreEntry } from '@rowkeep/kernel'
import { pageLocks } from '../../src/common/locks.ts'
import type { KeyValues } from '../../src/localforage/key-values.ts'
import { type LocalforageStoreOptions, type Settings, settingsOf } from '../../src/localforage/options.ts'
import { type LocalforageStore, localforageStoreOn } from '../../src/localforage/store.ts'
import { keyValuesOn as plainKeyValuesOn } from '../../src/testing/key-values.ts'

/** The platform with locks: Node 20 has none, and here all tabs are in one process. */
export const tabEnv: Env = { ...platformEnv, locks: pageLocks }

/** Nothing ever takes too long, and a pause is as short as can be. */
export const patientEnv: Env = {
  ...tabEnv,
  setTimer: (ms, run) => {
    if (ms < 1_000) setImmediate(run)
    return () => {}
  },
}

/** What a test does at each key operation, before it and, for a write, after it too. A throw is the platform's. */
export type Step = (
  operation: 'get' | 'put' | 'remove' | 'keys',
  key: string,
  when: 'before' | 'after',
) => Promise<void>

let places = 0

/** A localforage instance over a map. Locks know it by a name of its own unless one is given. */
export const keyValuesOn = (
  map: Map<string, unknown>,
  step: Step = async () => {},
  name: string = `place-${places++}`,
): KeyValues =>
  plainKeyValuesOn(
    map,
    (what, when) => {
      const [operation = '', key = ''] = what.split(/ (.*)/)
      return step(operation as Parameters<Step>[0], key, when === 'after' ? when : 'before')
    },
    name,
  )

/** A store over a localforage instance of a test, with parts so small that a segment has several. */
export function storeOn(
  instance: KeyValues,
  options: LocalforageStoreOptions = {},
  more: Partial<Settings> = { partCharacters: 60 },
): LocalforageStore {
  const settings = { ...settingsOf({ instance, reserveCharacters: 0, ...options }), ...more }
  return localforageStoreOn(patientEnv, settings)
}

/** Opens the namespace of the tests. */
export const openOn = (store: LocalforageStore, env: Env = patientEnv): Promise<OpenStore> =>
  store.open({ namespace: 'u-ada', durability: 'none', env })

/** What a reader holds. */
export interface Held {
  readonly head: number
  /** By `table/key`. */
  readonly values: Map<string, Json>
  /** Keys of what could not be decoded, as `table/key`, with the raw text. */
  readonly broken: Map<string, string>
}

/** Reads everything, or brings `since` up to date. */
export async function heldIn(store: OpenStore, since?: Held): Promise<Held> {
  const values = new Map(since?.values)
  const broken = new Map<string, string>()
  let head = since?.head ?? 0
  for await (const page of store.load(since?.head)) {
    if (page.reset) {
      values.clear()
      broken.clear()
    }
    for (const { table, key, value } of page.entries) {
      if (value === undefined) values.delete(`${table}/${key}`)
      else values.set(`${table}/${key}`, value)
    }
    for (const { table, key, raw } of page.broken) broken.set(`${table}/${key}`, raw)
    head = page.head
  }
  return { head, values, broken }
}

/** An entry of `base`. */
export const put = (key: string, value: Json | undefined): StoreEntry => ({ table: 'base', key, value })

/** Lets everything go on until the count stands still. */
export async function until(count: () => number): Promise<void> {
  let seen = -1
  for (let calm = 0; calm < 8; calm += 1) {
    await new Promise((resolve) => setImmediate(resolve))
    if (count() !== seen) calm = 0
    seen = count()
  }
}
