import type { Json, OpenStore } from '@rowkeep/kernel'
import { describe, expect, test } from 'vitest'
import { heldBy, openOn, put } from '../file/helpers.ts'
import { patch, unreadable } from './faults.ts'
import { databaseOf, freshName, meddle, rawConnection, smallStore } from './helpers.ts'

const rows = Array.from({ length: 3 }, (_, n) => put('base', `k${n}`, { n }))
const others = [put('op', 'o', 1), put('meta', 'm', 2)]

/** A namespace with one chunk of three rows and two other entries, opened anew after `work` has been at it. */
async function damaged(work: (tx: IDBTransaction) => void): Promise<OpenStore> {
  const name = freshName()
  const first = await openOn(smallStore({ name }))
  await first.commit([...rows, ...others], 0)
  await first.close()
  await meddle(databaseOf(name), work)
  return openOn(smallStore({ name }))
}

const good: Readonly<Record<string, Json>> = {
  'base/k0': { n: 0 },
  'base/k1': { n: 1 },
  'base/k2': { n: 2 },
  'op/o': 1,
  'meta/m': 2,
}
const without = (...keys: readonly string[]): object =>
  Object.fromEntries(Object.entries(good).filter(([key]) => !keys.includes(key)))

describe('a value that cannot be decoded comes as broken, and all others load', () => {
  test.each<[string, unknown, raw: string]>([
    ['text that is no JSON', '{"n":', '{"n":'],
    ['a number', 7, 'a value of the type number'],
    ['an object', { n: 1 }, 'a value of the type object'],
    ['much text', 'x'.repeat(10_000), 'x'.repeat(4096)],
  ])('%s under a key of op', async (_, value, raw) => {
    const open = await damaged((tx) => tx.objectStore('op').put(value, 'o'))
    expect(await heldBy(open)).toEqual({ head: 1, values: without('op/o'), broken: { 'op/o': raw } })
    await open.commit([put('op', 'o', 5)], 1)
    expect(await heldBy(open)).toEqual({ head: 2, values: { ...good, 'op/o': 5 }, broken: {} })
    await open.close()
  })

  test('a line of a chunk, under its own key [F60]', async () => {
    const open = await damaged((tx) => tx.objectStore('base').put('k0\t{"n":0}\nk1\t{"n\nk2\t{"n":2}\n', [1, 0]))
    expect(await heldBy(open)).toEqual({ head: 1, values: without('base/k1'), broken: { 'base/k1': '{"n' } })
    await open.close()
  })

  test.each([
    ['cut off in the middle of a key, which is no removal', 'k0\t{"n":0}\nk1\t{"n":1}\nk', 'k'],
    ['cut off behind a key, which is no removal', 'k0\t{"n":0}\nk1\t{"n":1}\nk2\t', 'k2\t'],
  ])('a chunk %s', async (_, chunk, raw) => {
    const open = await damaged((tx) => tx.objectStore('base').put(chunk, [1, 0]))
    const { values, broken } = await heldBy(open)
    expect(values).toEqual(without('base/k2'))
    expect(broken).toEqual({ 'base/damaged/1,0/3': raw })
    await open.close()
  })

  test('a chunk that is no text, also after chunks were put in order many times', async () => {
    const open = await damaged((tx) => tx.objectStore('base').put(9, [1, 0]))
    const broken = { 'base/damaged/1,0': 'a value of the type number' }
    expect(await heldBy(open)).toEqual({ head: 1, values: without('base/k0', 'base/k1', 'base/k2'), broken })
    for (let head = 1; head < 30; head += 1) await open.commit([put('base', 'k0', 'x'.repeat(50))], head)
    const held = await heldBy(open)
    expect(held.broken).toEqual(broken)
    expect(held.values['base/k0']).toBe('x'.repeat(50))
    await open.close()
  })

  test('a damaged line, also after chunks were put in order many times', async () => {
    const open = await damaged((tx) => tx.objectStore('base').put('k0\t{"n":0}\nk1\t{"n\nrubbish\n', [1, 0]))
    for (let head = 1; head < 30; head += 1) await open.commit([put('base', 'k0', 'x'.repeat(50))], head)
    const { broken } = await heldBy(open)
    expect(Object.values(broken)).toEqual(['{"n', 'rubbish'])
    const [key, ...rest] = Object.keys(broken)
    expect(key).toBe('base/k1')
    expect(rest).toEqual([expect.stringMatching(/^base\/damaged\/\d+,0\/\d+$/)])
    await open.close()
  })

  test('a value that the browser lists and cannot read', async () => {
    const open = await damaged(() => undefined)
    patch(
      IDBObjectStore.prototype,
      'getAll',
      unreadable(() => true),
    )
    patch(
      IDBObjectStore.prototype,
      'get',
      unreadable((key) => key === 'o' || Array.isArray(key)),
    )
    expect(await heldBy(open)).toEqual({
      head: 1,
      values: { 'meta/m': 2 },
      broken: { 'op/o': 'the browser cannot read it', 'base/damaged/1,0': 'the browser cannot read it' },
    })
    await open.close()
  })
})

describe('a database that does not say what it holds is SYNC_STORE_CORRUPT', () => {
  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['text', 'state'],
    ['no format', { id: 'x', head: 1 }],
    ['a head that is no number', { format: 1, id: 'x', head: '1', whole: 0, packed: 0, loose: 0, size: 0, foldAt: 0 }],
  ])('where its state is %s', async (_, state) => {
    const opening = damaged((tx) => {
      if (state === undefined) tx.objectStore('state').clear()
      else tx.objectStore('state').put(state, 'state')
    })
    await expect(opening).rejects.toMatchObject({ code: 'SYNC_STORE_CORRUPT' })
  })

  test('where it is not of this store', async () => {
    const name = freshName()
    const db = await rawConnection(databaseOf(name), 1)
    db.close()
    await expect(openOn(smallStore({ name }))).rejects.toMatchObject({ code: 'SYNC_STORE_CORRUPT' })
  })
})
