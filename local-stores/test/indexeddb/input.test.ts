import { type Json, platformEnv, type StoreEntry } from '@rowkeep/kernel'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type IndexeddbStoreOptions, indexeddbStore } from '../../src/indexeddb/index.ts'
import { heldBy, NAMESPACE, openOn, put } from '../file/helpers.ts'
import { patch } from './faults.ts'
import { freshName, smallStore } from './helpers.ts'

afterEach(() => vi.unstubAllGlobals())

describe('an entry that is refused leaves nothing behind', () => {
  const throwing = new Proxy(
    {},
    {
      ownKeys: () => {
        throw new Error('no')
      },
    },
  )
  test.each<[string, StoreEntry]>([
    ['a function', put('op', 'k', (() => 1) as never)],
    ['NaN', put('op', 'k', { n: Number.NaN })],
    ['a proxy that throws', put('op', 'k', throwing as never)],
    ['an unknown table', { table: 'state' as 'base', key: 'state', value: 1 }],
    ['a key that parts lines', put('base', 'a\tb\n', 1)],
    ['a key of 1025 bytes', put('base', 'k'.repeat(1025), 1)],
    ['a key that is no text', put('base', 1 as never, 1)],
  ])('%s', async (_, entry) => {
    const open = await openOn(smallStore())
    await expect(open.commit([put('base', 'good', 1), entry], 0)).rejects.toMatchObject({ code: 'SYNC_INPUT_INVALID' })
    expect(await heldBy(open)).toEqual({ head: 0, values: {}, broken: {} })
    await open.close()
  })

  test('a value above the limit, with SYNC_TOO_LARGE; at the limit it is taken', { timeout: 120_000 }, async () => {
    const store = indexeddbStore({ name: freshName() })
    const open = await openOn(store)
    const largest = 'x'.repeat(store.capabilities.limits.valueBytes - 2)
    await expect(open.commit([put('base', 'k', `${largest}x`)], 0)).rejects.toMatchObject({ code: 'SYNC_TOO_LARGE' })
    expect(await open.commit([put('base', 'k', largest), put('op', 'k', largest)], 0)).toBe(1)
    const { values } = await heldBy(open)
    expect([values['base/k'] === largest, values['op/k'] === largest]).toEqual([true, true])
    await open.close()
  })
})

describe('keys and texts that mean something elsewhere', () => {
  const keys = [
    '__proto__',
    'constructor',
    'damaged/1,0',
    'op/x',
    'state',
    '"',
    '\\',
    "'; --",
    ' ',
    'a b',
    '%00',
    'a/b/c',
  ]
  const texts: readonly Json[] = ['\n', '\t', '\ud800', '\0', '\u2028', '', 'k\t1\nk2\t2\n', { '': 1, '\n': '\t' }]

  test('are only what they are, through folds and restarts', async () => {
    const name = freshName()
    const open = await openOn(smallStore({ name }))
    const wanted = new Map<string, Json>()
    let head = 0
    for (const text of texts) {
      const entries = keys.flatMap((key) => [put('base', key, text), put('op', key, text), put('meta', key, text)])
      head = await open.commit(entries, head)
      for (const { table, key, value } of entries) wanted.set(`${table}/${key}`, value ?? null)
    }
    await open.close()
    const again = await openOn(smallStore({ name }))
    expect(await heldBy(again)).toEqual({ head, values: Object.fromEntries(wanted), broken: {} })
    await again.close()
  })
})

test.each(['', '.', '../up', 'a/b', 'A', 'é', 'a'.repeat(65), 'a\0b', 1, null, { toString: () => 'a' }])(
  'the namespace %j is refused by open and destroy',
  async (namespace) => {
    const store = smallStore()
    await expect(openOn(store, namespace as string)).rejects.toMatchObject({ code: 'SYNC_INPUT_INVALID' })
    await expect(store.destroy(namespace as string)).rejects.toMatchObject({ code: 'SYNC_INPUT_INVALID' })
  },
)

test.each<[string, object]>([
  ['name', { name: '' }],
  ['name', { name: 'x'.repeat(65) }],
  ['name', { name: 1 }],
  ['durability', { durability: 'none' }],
  ['timeoutMs', { timeoutMs: 0 }],
  ['timeoutMs', { timeoutMs: Number.NaN }],
  ['persist', { persist: true }],
  ['durable', { durable: true }],
])('the option "%s" out of its range is refused with SYNC_CONFIG_INVALID naming it', (name, options) => {
  expect(() => indexeddbStore(options as IndexeddbStoreOptions)).toThrow(
    expect.objectContaining({ code: 'SYNC_CONFIG_INVALID', message: expect.stringContaining(`"${name}"`) }),
  )
})

describe('durability', () => {
  const asked = (): { readonly modes: unknown[] } => {
    const modes: unknown[] = []
    patch(
      IDBDatabase.prototype,
      'transaction',
      (original) =>
        function (this: IDBDatabase, ...args) {
          modes.push(...(args[1] === 'readwrite' ? [args[2]] : []))
          return original.apply(this, args)
        },
    )
    return { modes }
  }

  test.each(['relaxed', 'strict'] as const)(
    '%s is granted, visible, and passed on by a browser that knows it',
    async (durability) => {
      Object.defineProperty(IDBTransaction.prototype, 'durability', {
        configurable: true,
        writable: true,
        value: 'default',
      })
      try {
        const store = indexeddbStore({ name: freshName(), durability })
        expect(store.capabilities.durability).toBe(durability)
        const { modes } = asked()
        const open = await store.open({ namespace: NAMESPACE, durability, env: platformEnv })
        expect(open.durability).toBe(durability)
        await open.commit([], 0)
        expect(modes).toEqual([{ durability }])
        await open.close()
      } finally {
        Reflect.deleteProperty(IDBTransaction.prototype, 'durability')
      }
    },
  )

  test('strict is not claimed on a browser that does not know it; to insist fails', async () => {
    const store = indexeddbStore({ name: freshName(), durability: 'strict' })
    expect(store.capabilities.durability).toBe('relaxed')
    const insisting = store.open({ namespace: NAMESPACE, durability: 'strict', env: platformEnv })
    await expect(insisting).rejects.toMatchObject({ code: 'SYNC_STORE_DURABILITY' })
    const open = await openOn(store)
    expect(open.durability).toBe('relaxed')
    await open.close()
  })
})

describe('no IndexedDB', () => {
  const unavailable = { code: 'SYNC_STORE_UNAVAILABLE' }

  test.each<[string, () => unknown]>([
    ['absent', () => undefined],
    ['null', () => null],
    [
      'forbidden',
      () => {
        throw new DOMException('insecure', 'SecurityError')
      },
    ],
  ])('(%s) is SYNC_STORE_UNAVAILABLE, and works once there is one', async (_, get) => {
    const store = smallStore()
    const own = Object.getOwnPropertyDescriptor(globalThis, 'indexedDB')
    Object.defineProperty(globalThis, 'indexedDB', { configurable: true, get })
    try {
      await expect(openOn(store)).rejects.toMatchObject(unavailable)
      await expect(store.destroy(NAMESPACE)).rejects.toMatchObject(unavailable)
    } finally {
      Object.defineProperty(globalThis, 'indexedDB', own ?? {})
    }
    await (await openOn(store)).close()
  })

  test.each([
    ['InvalidStateError', 'SYNC_STORE_UNAVAILABLE'],
    ['UnknownError', 'SYNC_STORE_UNAVAILABLE'],
    ['QuotaExceededError', 'SYNC_STORE_FULL'],
  ])('an open that fails with %s is %s', async (name, code) => {
    patch(IDBFactory.prototype, 'open', () => () => {
      throw new DOMException('no', name)
    })
    await expect(openOn(smallStore())).rejects.toMatchObject({ code })
  })
})

describe('persist', () => {
  const opens = async (persist?: (granted: boolean) => void): Promise<void> => {
    const store = indexeddbStore({ name: freshName(), ...(persist && { persist }) })
    for (const namespace of ['a', 'b']) await (await openOn(store, namespace)).close()
  }

  test('absent asks nobody', async () => {
    const persist = vi.fn(async () => true)
    vi.stubGlobal('navigator', { storage: { persist } })
    await opens()
    expect(persist).not.toHaveBeenCalled()
  })

  test.each<[string, object, boolean]>([
    ['granted', { storage: { persist: async () => true } }, true],
    ['denied', { storage: { persist: async () => false } }, false],
    ['failing', { storage: { persist: () => Promise.reject(new Error('no')) } }, false],
    ['unknown to the browser', {}, false],
  ])('asks once, and tells the answer (%s)', async (_, navigator, granted) => {
    vi.stubGlobal('navigator', navigator)
    const told = vi.fn()
    await opens(told)
    await vi.waitFor(() => expect(told.mock.calls).toEqual([[granted]]))
  })

  test('does not keep open() waiting for a person', async () => {
    vi.stubGlobal('navigator', { storage: { persist: () => new Promise(() => {}) } })
    const told = vi.fn()
    await opens(told)
    expect(told).not.toHaveBeenCalled()
  })
})
