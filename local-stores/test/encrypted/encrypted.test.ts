import { createSyncClient, type Json, type LocalStore, memoryStore, record, type StoreEntry } from '@rowkeep/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type EncryptionKey, encrypted } from '../../src/encrypted/index.ts'
import { contents, put, spec, within, write } from '../stored.ts'

const usages: KeyUsage[] = ['encrypt', 'decrypt']
const aes = (): Promise<CryptoKey> =>
  crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, usages) as never
const [k1, k2, other]: readonly EncryptionKey[] = [
  { id: 'k1', key: await aes() },
  { id: 'k2', key: await aes() },
  { id: 'k1', key: await aes() },
]
const [first, second, forged] = [k1, k2, other] as [EncryptionKey, EncryptionKey, EncryptionKey]

const secret = 'canary-77aa'
const entries = [put('tasks/a', { text: secret }), put('1.0.x', [secret, 1], 'op'), put('user', secret, 'meta')]
const plain = { 'base/tasks/a': { text: secret }, 'op/1.0.x': [secret, 1], 'meta/user': secret }

/** Writes what an attacker, or bit rot, made of the stored entries. */
async function tamper(
  inner: LocalStore,
  change: (stored: Readonly<Record<string, Json>>) => readonly StoreEntry[],
): Promise<void> {
  await write(inner, change((await contents(inner)).values))
}

const nameIn = (stored: Readonly<Record<string, Json>>, table: string): string =>
  Object.keys(stored)
    .find((place) => place.startsWith(`${table}/`) && !place.endsWith('encryption'))
    ?.slice(table.length + 1) ?? ''

describe('encrypted', () => {
  it('keeps nothing in the inner store that can be read: no value, no key, no name of a collection', async () => {
    const inner = memoryStore()
    const store = encrypted(inner, { keys: [first] })
    await write(store, [...entries, put(`collection/${secret}`, { fieldname: secret })])
    expect((await contents(store)).values).toEqual({ ...plain, [`base/collection/${secret}`]: { fieldname: secret } })
    const stored = (await contents(inner)).values
    const text = JSON.stringify(stored)
    for (const word of [secret, 'collection', 'fieldname', btoa(secret).slice(0, 12)]) expect(text).not.toContain(word)
    const names = Object.keys(stored).filter((place) => place !== 'meta/encryption')
    expect(names).toHaveLength(4)
    for (const place of names) expect(place).toMatch(/^(meta|base|op)\/[\w-]{43}$/)
  })

  it('stores equal values differently, and equal keys of two namespaces under different names', async () => {
    const inner = memoryStore()
    const store = encrypted(inner, { keys: [first] })
    await write(store, [put('a', 'first')])
    const earlier = (await contents(inner)).values
    await write(store, [put('a', 'first'), put('b', 'first'), put('a', 'first', 'op')])
    await write(store, [put('a', 'first')], 'u-bob')
    const later = (await contents(inner)).values
    const name = nameIn(earlier, 'base')
    // A nonce used twice would give both away.
    expect(String(later[`base/${name}`]).slice(0, 19)).not.toBe(String(earlier[`base/${name}`]).slice(0, 19))
    expect(nameIn(later, 'op')).not.toBe(name)
    const [ada, bob] = [(await contents(inner)).values, (await contents(inner, 'u-bob')).values]
    const values = [...Object.entries(ada), ...Object.entries(bob)].filter(([place]) => place.startsWith('base/'))
    expect(new Set(values.map(([, value]) => value)).size).toBe(3)
    expect(new Set(values.map(([place]) => place)).size).toBe(3)
  })

  it('brings back any value under any key, replaces it under the same name, and removes it', async () => {
    const key = fc.stringMatching(/^[\x20-\x7e]{1,60}$/)
    const inner = memoryStore()
    const store = encrypted(inner, { keys: [first] })
    const values = fc.uniqueArray(fc.tuple(key, fc.jsonValue()), { selector: ([name]) => name, maxLength: 8 })
    const run = async (given: readonly (readonly [string, unknown])[]): Promise<void> => {
      await store.destroy('u-ada')
      await write(
        store,
        given.map(([name]) => put(name, 'earlier')),
      )
      await write(
        store,
        given.map(([name, value]) => put(name, value as Json)),
      )
      const wanted = Object.fromEntries(
        given.map(([name, value]) => [`base/${name}`, JSON.parse(JSON.stringify(value))]),
      )
      expect((await contents(store)).values).toEqual(wanted)
      expect(Object.keys((await contents(inner)).values)).toHaveLength(given.length + 1)
      await write(
        store,
        given.map(([name]) => put(name, undefined)),
      )
      expect((await contents(store)).values).toEqual({})
      expect(Object.keys((await contents(inner)).values)).toEqual(['meta/encryption'])
    }
    await fc.assert(fc.asyncProperty(values, run), { numRuns: 40 })
  })

  it('serves a client, also after a restart, and hands it nothing under another key', async () => {
    const inner = memoryStore()
    const make = (key: EncryptionKey) =>
      createSyncClient({
        collections: { tasks: record<{ id: string; title: string }>() },
        store: encrypted(inner, { keys: [key] }),
      })
    const client = make(first)
    await client.collections.tasks.create({ id: 'a', title: secret })
    await client.dispose()
    const wrong = make(forged)
    await expect(wrong.collections.tasks.readAll()).rejects.toMatchObject({ code: 'SYNC_STORE_CORRUPT' })
    await wrong.dispose()
    const again = make(first)
    expect(await again.collections.tasks.readAll()).toEqual([{ id: 'a', title: secret }])
    await again.dispose()
  })
})

describe('a wrong key', () => {
  it.each([
    ['another key under the same id', [forged], 'the key "k1" is not the one'],
    ['a key that is not given', [second], 'by the key "k1" too, which was not given'],
    [
      'a passphrase in place of a key',
      [{ id: 'k1', passphrase: 'long enough' }],
      'not encrypted by a passphrase under "k1"',
    ],
  ] as const)('is refused, and nothing is written: %s', async (_, keys, why) => {
    const inner = memoryStore()
    await write(encrypted(inner, { keys: [first] }), entries)
    const before = await contents(inner)
    const store = encrypted(inner, { keys: keys as never })
    for (let turn = 0; turn < 2; turn += 1) {
      await expect(store.open(spec())).rejects.toThrow(why)
      await expect(store.encryptAnew(spec())).rejects.toMatchObject({ code: 'SYNC_STORE_CORRUPT' })
    }
    expect(await contents(inner)).toEqual(before)
    expect((await contents(encrypted(inner, { keys: [first] }))).values).toEqual(plain)
  })

  it('plain data is refused, and stays', async () => {
    const inner = memoryStore()
    await write(inner, entries)
    await expect(encrypted(inner, { keys: [first] }).open(spec())).rejects.toThrow('holds data that is not encrypted')
    expect((await contents(inner)).values).toEqual(plain)
  })

  it('a damaged or newer header is refused, and stays', async () => {
    for (const [value, code] of [
      ['x', 'SYNC_STORE_CORRUPT'],
      [{ format: 1, keys: [] }, 'SYNC_STORE_CORRUPT'],
      [{ format: 1, keys: [{ id: 'k1', names: '!' }] }, 'SYNC_STORE_CORRUPT'],
      [{ format: 1, keys: [{ id: 'k1', names: 'AAAA' }] }, 'SYNC_STORE_CORRUPT'],
      [{ format: 2, keys: [] }, 'SYNC_FORMAT_NEWER'],
    ] as const) {
      const inner = memoryStore()
      await write(encrypted(inner, { keys: [first] }), entries)
      await write(inner, [put('encryption', value as Json, 'meta')])
      await expect(encrypted(inner, { keys: [first] }).open(spec())).rejects.toMatchObject({ code })
      expect((await contents(inner)).values['meta/encryption']).toEqual(value)
    }
  })
})

describe('what was changed behind its back', () => {
  const scene = async (): Promise<{ inner: LocalStore; store: LocalStore }> => {
    const inner = memoryStore()
    const store = encrypted(inner, { keys: [first] })
    await write(store, [...entries, put('tasks/b', 'other')])
    return { inner, store }
  }

  it('a value moved to another key comes as broken under both', async () => {
    const { inner, store } = await scene()
    await tamper(inner, (stored) => {
      const names = Object.keys(stored).filter((place) => place.startsWith('base/'))
      return names.map((place, at) => put(place.slice(5), stored[names[1 - at] ?? '']))
    })
    const { values, broken } = await contents(store)
    expect(values).toEqual({ 'op/1.0.x': [secret, 1], 'meta/user': secret })
    expect(broken).toHaveLength(2)
    for (const { table, raw } of broken) expect([table, JSON.parse(raw).slice(0, 3)]).toEqual(['base', 'k1.'])
  })

  it('a value moved to another table, or to another namespace, comes as broken', async () => {
    const { inner, store } = await scene()
    await tamper(inner, (stored) => {
      const name = nameIn(stored, 'op')
      return [put(name, stored[`op/${name}`], 'meta')]
    })
    expect((await contents(store)).broken).toMatchObject([{ table: 'meta' }])
    const copied = (await contents(inner)).values
    await write(
      inner,
      Object.entries(copied).map(([place, value]) => {
        const [table, key] = place.split('/')
        return put(key ?? '', value, table as 'base')
      }),
      'u-eve',
    )
    await expect(contents(store, 'u-eve')).rejects.toMatchObject({ code: 'SYNC_STORE_CORRUPT' })
  })

  it('a changed, cut or foreign value comes as broken, with its text, and the others load', async () => {
    const damages: ((value: string) => Json)[] = [
      (value) => `${value.slice(0, 20)}${value[20] === 'A' ? 'B' : 'A'}${value.slice(21)}`,
      (value) => value.slice(0, -8),
      (value) => value.slice(0, 6),
      (value) => `k9${value.slice(2)}`,
      () => 'k1.***',
      () => 'text',
      () => ({ a: 1 }),
      () => null,
    ]
    for (const damage of damages) {
      const { inner, store } = await scene()
      await tamper(inner, (stored) => {
        const name = nameIn(stored, 'op')
        return [put(name, damage(String(stored[`op/${name}`])), 'op')]
      })
      const { values, broken } = await contents(store)
      expect(Object.keys(values).sort()).toEqual(['base/tasks/a', 'base/tasks/b', 'meta/user'])
      const stored = (await contents(inner)).values
      expect(broken).toEqual([
        { table: 'op', key: nameIn(stored, 'op'), raw: JSON.stringify(stored[`op/${nameIn(stored, 'op')}`]) },
      ])
      await write(store, [put('1.0.x', 'anew', 'op')])
      expect((await contents(store)).broken).toEqual([])
    }
  })
})

describe('a new key', () => {
  it('writes, while the old one reads; the old one is needed until all is encrypted anew', async () => {
    const inner = memoryStore()
    await write(encrypted(inner, { keys: [first] }), entries)
    const both = encrypted(inner, { keys: [second, first] })
    expect((await contents(both)).values).toEqual(plain)
    await write(both, [put('tasks/a', 'new')])
    const ids = Object.entries((await contents(inner)).values).map(([, value]) => String(value).slice(0, 3))
    expect(ids.filter((id) => id === 'k2.')).toHaveLength(1)
    expect(ids.filter((id) => id === 'k1.')).toHaveLength(2)
    for (const alone of [first, second]) {
      await expect(encrypted(inner, { keys: [alone] }).open(spec())).rejects.toMatchObject({
        code: 'SYNC_STORE_CORRUPT',
      })
    }
    expect(await both.encryptAnew(spec())).toBe(2)
    const stored = Object.values((await contents(inner)).values).map((value) => JSON.stringify(value))
    expect(stored.filter((text) => /^"k1\.|"id":"k1"/.test(text))).toEqual([])
    const alone = encrypted(inner, { keys: [second] })
    expect((await contents(alone)).values).toEqual({ ...plain, 'base/tasks/a': 'new' })
    expect(await alone.encryptAnew(spec())).toBe(0)
    await expect(encrypted(inner, { keys: [first] }).open(spec())).rejects.toMatchObject({ code: 'SYNC_STORE_CORRUPT' })
  })

  it('can be brought in step by step: a stop on the way loses nothing and is made up for', async () => {
    const inner = memoryStore()
    const many = Array.from({ length: 2500 }, (_, at) => put(`k${at}`, at))
    await write(encrypted(inner, { keys: [first] }), many)
    let commits = 0
    const failing: LocalStore = {
      ...inner,
      open: async (given) => {
        const open = await inner.open(given)
        const commit: typeof open.commit = async (some, after) => {
          commits += 1
          if (commits === 2) throw new Error('power')
          return open.commit(some, after)
        }
        return { ...open, commit }
      },
    }
    const keys = [second, first] as const
    await expect(encrypted(failing, { keys }).encryptAnew(spec())).rejects.toThrow('power')
    const store = encrypted(inner, { keys })
    expect(Object.keys((await contents(store)).values)).toHaveLength(2500)
    expect(await store.encryptAnew(spec())).toBe(1500)
    expect(Object.keys((await contents(encrypted(inner, { keys: [second] }))).values)).toHaveLength(2500)
  })

  it('does not let go of a key while an entry does not decrypt', async () => {
    const inner = memoryStore()
    await write(encrypted(inner, { keys: [first] }), entries)
    await tamper(inner, (stored) => [put(nameIn(stored, 'op'), 'k1.AAAA', 'op')])
    const store = encrypted(inner, { keys: [second, first] })
    await expect(store.encryptAnew(spec())).rejects.toMatchObject({ code: 'SYNC_STORE_CORRUPT' })
    expect((await contents(encrypted(inner, { keys: [first] }))).values).toMatchObject({ 'meta/user': secret })
  })

  it('of a namespace that is not there changes nothing', async () => {
    const inner = memoryStore()
    expect(await encrypted(inner, { keys: [second, first] }).encryptAnew(spec())).toBe(0)
    expect(await contents(inner)).toEqual({ values: {}, broken: [], head: 0 })
  })
})

describe('a passphrase', () => {
  it('opens what it closed, however it is typed, and no other does', async () => {
    const inner = memoryStore()
    const store = (passphrase: string): LocalStore => encrypted(inner, { keys: [{ id: 'p', passphrase }] })
    await write(store('caf\u00e9 au lait'), entries)
    expect((await contents(store('cafe\u0301 au lait'))).values).toEqual(plain)
    await expect(store('cafe au lait').open(spec())).rejects.toMatchObject({ code: 'SYNC_STORE_CORRUPT' })
    const both = encrypted(inner, { keys: [first, { id: 'p', passphrase: 'caf\u00e9 au lait' }] })
    expect(await both.encryptAnew(spec())).toBe(3)
    expect((await contents(encrypted(inner, { keys: [first] }))).values).toEqual(plain)
  })
})

describe('options', () => {
  const bad: readonly [unknown, string][] = [
    [undefined, 'keys must be'],
    [{}, 'keys must be'],
    [{ keys: [] }, 'keys must be'],
    [{ keys: first }, 'keys must be'],
    [{ key: first }, 'no option "key"'],
    [{ keys: [null] }, 'the id of a key'],
    [{ keys: [{ id: 'a b', passphrase: secret }] }, 'the id of a key'],
    [{ keys: [{ id: 'a' }] }, 'needs key or passphrase'],
    [{ keys: [{ ...first, passphrase: secret }] }, 'needs key or passphrase'],
    [{ keys: [{ id: 'a', key: secret }] }, 'must be a CryptoKey'],
    [{ keys: [{ id: 'a', passphrase: 'short' }] }, 'at least 8'],
    [{ keys: [{ id: 'a', passphrase: secret, rounds: 1 }] }, 'a key has no "rounds"'],
    [{ keys: [first, forged] }, 'two keys have the same id'],
  ]
  it.each(bad)('are refused by name, and no key is quoted: %#', (options, why) => {
    const make = (): unknown => encrypted(memoryStore(), options as never)
    expect(make).toThrow(why)
    expect(make).toThrow('[SYNC_CONFIG_INVALID]')
    expect(make).not.toThrow(secret)
  })

  it('refuses a key of another kind, and what is no store', async () => {
    const short = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 128 }, false, usages)
    const oneWay = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt'])
    for (const key of [short, oneWay]) {
      expect(() => encrypted(memoryStore(), { keys: [{ id: 'a', key: key as CryptoKey }] })).toThrow(
        'must be a CryptoKey',
      )
    }
    expect(() => encrypted({} as never, { keys: [first] })).toThrow('must be a store')
  })

  it('limits are what is left of the inner store', async () => {
    const inner = memoryStore()
    const small: LocalStore = {
      ...inner,
      capabilities: { ...inner.capabilities, limits: { valueBytes: 10_000, commitBytes: 100_000 } },
    }
    const { limits } = encrypted(small, { keys: [first] }).capabilities
    const key = '"'.repeat(1024)
    const value = 'x'.repeat(limits.valueBytes - 2)
    await write(encrypted(small, { keys: [first] }), [put(key, value)])
    const [stored] = Object.entries((await contents(inner)).values).filter(([place]) => place.startsWith('base/'))
    const bytes = JSON.stringify(stored?.[1]).length
    expect(bytes).toBeLessThanOrEqual(10_000)
    expect(bytes).toBeGreaterThan(9_900)
    const more = within(encrypted(small, { keys: [first] }), (open) => open.commit([put('a', `${value}x`)], 2))
    await expect(more).rejects.toMatchObject({ code: 'SYNC_TOO_LARGE' })
    expect((await contents(encrypted(small, { keys: [first] }))).values).toEqual({ [`base/${key}`]: value })
  })
})
