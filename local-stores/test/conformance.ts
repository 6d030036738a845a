import 'fake-indexeddb/auto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineStoreHarness, type StoreHarness } from '@rowkeep/conformance-tests'
import { fileStore } from '../src/file/index.ts'
import { indexeddbStore } from '../src/indexeddb/index.ts'
import { settingsOf } from '../src/localforage/options.ts'
import { localforageStoreOn } from '../src/localforage/store.ts'
import { memoryStore } from '../src/memory/index.ts'
import { tabEnv } from './localforage/stand-ins.ts'

/** The memory store: a place is one store object, because its data lives and dies with it. */
export const memory: StoreHarness = defineStoreHarness({
  name: 'memory',
  place() {
    const store = memoryStore()
    return { store: () => store }
  },
  knownGaps: { 'LS-7.7': 'the memory store stringifies values without looking at them first' },
})

/** The file store with its defaults: a place is a fresh folder, and each call a new store over it, as after a restart. */
export const file: StoreHarness = defineStoreHarness({
  name: 'file',
  async place() {
    const directory = await mkdtemp(join(tmpdir(), 'rowkeep-'))
    return {
      store: () => fileStore({ directory }),
      dispose: () => rm(directory, { recursive: true, force: true }),
    }
  },
})

/**
 * The IndexedDB store, in Node over a stand-in in memory: a place is a prefix for the names of its databases, and each call
 * a new store over them, as another tab has it.
 */
export const indexeddb: StoreHarness = defineStoreHarness({
  name: 'indexeddb',
  place() {
    const name = crypto.randomUUID()
    return { store: () => indexeddbStore({ name }) }
  },
})

/** The localforage store over an IndexedDB in memory: a place is a database, and each call a store of another tab. */
export const localforage: StoreHarness = defineStoreHarness({
  name: 'localforage',
  place() {
    const name = `place-${crypto.randomUUID()}`
    return {
      store() {
        const store = localforageStoreOn(tabEnv, settingsOf({ name }))
        return { ...store, open: (spec) => store.open({ ...spec, env: tabEnv }) }
      },
    }
  },
})

/** Every store of this package, for tools that take a list. */
export const harnesses: readonly StoreHarness[] = [memory, file, indexeddb, localforage]
