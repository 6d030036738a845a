import 'fake-indexeddb/auto'
import type { LocalStore, OpenStore, SharedStore, WatchableStore } from '@rowkeep/kernel'
import { afterEach, describe, expect, it } from 'vitest'
import { type EncryptionKey, encrypted } from '../../src/encrypted/index.ts'
import { indexeddbStore } from '../../src/indexeddb/index.ts'
import { contents, held, put, spec } from '../stored.ts'

const make = async (id: string): Promise<EncryptionKey> => ({
  id,
  key: (await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])) as CryptoKey,
})
const [old, fresh] = [await make('old'), await make('fresh')]

const opened: OpenStore[] = []
afterEach(() => Promise.all(opened.splice(0).map((open) => open.close())))

/** Tabs over one database, each with keys of its own. */
function place(
  name: string = crypto.randomUUID(),
): (...keys: [EncryptionKey, ...EncryptionKey[]]) => Promise<OpenStore> {
  const inner = (): LocalStore => indexeddbStore({ name })
  return async (...keys) => {
    const open = await encrypted(inner(), { keys }).open(spec())
    opened.push(open)
    return open
  }
}

describe('tabs over one encrypted namespace', () => {
  it('that both begin it agree on one secret', async () => {
    const name = crypto.randomUUID()
    const tab = place(name)
    const [one, two] = [await tab(old), await tab(old)]
    await one.commit([put('a', 1), put('o', 1, 'op')], 0)
    await expect(two.commit([put('a', 2)], 0)).rejects.toMatchObject({ code: 'SYNC_STORE_STALE' })
    expect((await held(two)).values).toEqual({ 'base/a': 1, 'op/o': 1 })
    await two.commit([put('a', 2)], 1)
    expect((await held(one, { values: { 'base/a': 1, 'op/o': 1 }, broken: [], head: 1 })).values).toEqual({
      'base/a': 2,
      'op/o': 1,
    })
    expect((await held(await tab(old))).values).toEqual({ 'base/a': 2, 'op/o': 1 })
    // Under another secret the same key would have a second name.
    const stored = Object.keys((await contents(indexeddbStore({ name }))).values)
    expect(stored.filter((place) => place.startsWith('base/'))).toHaveLength(1)
  })

  it('tell each other of removals, of rows and of operations', async () => {
    const tab = place()
    const [one, two] = [await tab(old), await tab(old)]
    await one.commit([put('a', 1), put('b', 1), put('o', 1, 'op'), put('p', 1, 'op')], 0)
    const first = await held(two)
    await one.commit([put('o', undefined, 'op')], 1)
    const second = await held(two, first)
    expect(second.values).toEqual({ 'base/a': 1, 'base/b': 1, 'op/p': 1 })
    // Operations come and go all the time: that tells nothing else again.
    await two.commit([put('n', 1, 'op')], 2)
    const third = { ...second, head: 3 }
    await one.commit([put('n', undefined, 'op')], 3)
    for await (const page of two.load(third.head)) expect([page.reset, page.entries.length]).toEqual([false, 1])
    await one.commit([put('a', undefined), put('c', 1)], 4)
    const fourth = await held(two, third)
    expect(fourth.values).toEqual({ 'base/b': 1, 'base/c': 1, 'op/p': 1 })
    await one.commit([put('p', undefined, 'op'), put('q', 1, 'op')], 5)
    await one.commit([put('q', undefined, 'op')], 6)
    expect((await held(two, fourth)).values).toEqual({ 'base/b': 1, 'base/c': 1 })
    expect((await held(one)).values).toEqual({ 'base/b': 1, 'base/c': 1 })
  })

  it('go on when one of them brings a new key that the other has too', async () => {
    const tab = place()
    const slow = await tab(old, fresh)
    await slow.commit([put('a', 1)], 0)
    const before = await held(slow)
    const quick = await tab(fresh, old)
    await quick.commit([put('b', 2)], 1)
    const after = await held(slow, before)
    expect(after).toEqual({ values: { 'base/a': 1, 'base/b': 2 }, broken: [], head: 2 })
    await slow.commit([put('c', 3)], 2)
    expect((await held(quick)).values).toEqual({ 'base/a': 1, 'base/b': 2, 'base/c': 3 })
  })

  it('stop with an error, and write nothing, where one brings a key that the other has not', async () => {
    const tab = place()
    const slow = await tab(old)
    await slow.commit([put('a', 1)], 0)
    const before = await held(slow)
    const quick = await tab(fresh, old)
    await quick.commit([put('b', 2)], 1)
    await expect(slow.commit([put('c', 3)], 1)).rejects.toMatchObject({ code: 'SYNC_STORE_STALE' })
    await expect(held(slow, before)).rejects.toMatchObject({ code: 'SYNC_STORE_CORRUPT' })
    expect((await held(quick)).values).toEqual({ 'base/a': 1, 'base/b': 2 })
  })

  it('share the work as they would over the inner store, at the same place', async () => {
    const name = crypto.randomUUID()
    const [outer, inner] = [await place(name)(old), await indexeddbStore({ name }).open(spec())]
    opened.push(inner)
    const [one, other] = [outer, inner].map((open) => (open as Partial<SharedStore>).tabs?.place)
    expect(one).toBe(`${name}/u-ada`)
    expect(other).toBe(one)
  })

  it('are told of commits where the inner store tells', async () => {
    const tab = place()
    const [one, two] = [await tab(old), await tab(old)]
    const told = new Promise<number>((resolve) => {
      const { watch } = two as OpenStore & WatchableStore
      watch(resolve)
    })
    await one.commit([put('a', 1)], 0)
    expect(await told).toBe(1)
  })
})
