import 'fake-indexeddb/auto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineStoreHarness, type StoreHarness } from '@rowkeep/conformance-tests'
import type { LocalStore } from '@rowkeep/kernel'
import { compressed as compressedStore } from '../src/compressed/index.ts'
import { encrypted as encryptedStore } from '../src/encrypted/index.ts'
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

/** A harness of the stores that another one makes, each inside a wrapper. */
const around = (name: string, inner: StoreHarness, wrap: (store: LocalStore) => LocalStore): StoreHarness => {
  const { 'LS-7.7': _, ...knownGaps } = inner.knownGaps ?? {}
  return defineStoreHarness({
    name,
    async place() {
      const place = await inner.place()
      return { ...place, store: () => wrap(place.store()) }
    },
    knownGaps,
  })
}

const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
const encrypt = (store: LocalStore): LocalStore => encryptedStore(store, { keys: [{ id: 'k1', key }] })

/** The wrapper that encrypts, over the file store. */
export const encrypted: StoreHarness = around('encrypted', file, encrypt)

/** The wrapper that compresses, over the file store. */
export const compressed: StoreHarness = around('compressed', file, (store) => compressedStore(store))

/** The wrappers over other stores, and one over the other: what they promise hangs on no store of its own. */
export const wrapped: readonly StoreHarness[] = [
  around('encrypted memory', memory, encrypt),
  around('encrypted indexeddb', indexeddb, encrypt),
  around('encrypted localforage', localforage, encrypt),
  around('compressed memory', memory, (store) => compressedStore(store, { minBytes: 0 })),
  around('compressed localforage', localforage, (store) => compressedStore(store, { minBytes: 0 })),
  around('compressed encrypted', file, (store) => compressedStore(encrypt(store), { minBytes: 0 })),
]

/** Every store of this package, for tools that take a list. */
export const harnesses: readonly StoreHarness[] = [memory, file, indexeddb, localforage, encrypted, compressed]
