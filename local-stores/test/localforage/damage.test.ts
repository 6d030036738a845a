import type { OpenStore, StoreEntry } from '@rowkeep/kernel'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Held, heldIn, keyValuesOn, openOn, put, storeOn, until } from './stand-ins.ts'

const prefix = 'rowkeep/u-ada/'

/** Five commits over three tables, folded or not, as they lie in the map. */
async function written(folded: boolean): Promise<Map<string, unknown>> {
  const map = new Map<string, unknown>()
  const store = await openOn(storeOn(keyValuesOn(map), { compactAfterCommits: folded ? 5 : 1_000 }))
  for (let n = 0; n < 5; n += 1) {
    const op: StoreEntry = { table: 'op', key: `o${n}`, value: { n, text: 'y'.repeat(30) } }
    await store.commit([put(`k${n}`, n), op, put('shared', n)], n)
  }
  await until(() => map.size)
  await store.close()
  return map
}

const open = (map: Map<string, unknown>): Promise<OpenStore> => openOn(storeOn(keyValuesOn(map)))
const load = async (map: Map<string, unknown>): Promise<Held> => heldIn(await open(map))
const keysOf = (map: Map<string, unknown>, kind: string): readonly string[] =>
  [...map.keys()].filter((key) => key.startsWith(`${prefix}${kind}/`)).sort()

/** The key of commit n. */
function commitKey(map: Map<string, unknown>, n: number): string {
  const found = keysOf(map, 'c').find((key) => key.endsWith(`/${n}`))
  if (found === undefined) throw new Error(`there is no commit ${n}`)
  return found
}

/** The name under which a damaged key itself is told. */
const damagedName = (key: string | undefined): string => `meta/damaged/${key?.slice(prefix.length)}`

test('a value that cannot be read is broken under its own key, and its older value does not stand in for it', async () => {
  const map = await written(false)
  const key = commitKey(map, 5)
  map.set(key, String(map.get(key)).replace('["base","shared",4]', '["base","shared",4x]'))
  const { values, broken, head } = await load(map)
  expect(head).toBe(5)
  expect(broken.get('base/shared')).toBe('["base","shared",4x]')
  expect([...broken.keys()]).toEqual(['base/shared', damagedName(key)])
  expect(values.has('base/shared')).toBe(false)
  expect(values.get('base/k4')).toBe(4)
})

test('a broken entry is made up for by a later one, also by a commit made afterwards', async () => {
  const map = await written(false)
  const key = commitKey(map, 2)
  map.set(key, String(map.get(key)).replace('["base","shared",1]', '["base","shared",}]').replace('"k1",1', '"k1",'))
  const store = await open(map)
  const held = await heldIn(store)
  expect([...held.broken.keys()]).toEqual(['base/k1', damagedName(key)])
  expect(held.values.get('base/shared')).toBe(4)
  await store.commit([put('k1', 'again')], 5)
  const now = await load(map)
  expect([[...now.broken.keys()], now.values.get('base/k1')]).toEqual([[damagedName(key)], 'again'])
})

test.each<[string, (text: string) => unknown]>([
  ['is empty', () => ''],
  ['is no text', () => 7],
  ['is cut off in a line', (text) => text.slice(0, -20)],
  ['is cut off between two lines', (text) => text.split('\n').slice(0, -1).join('\n')],
  ['has a line of rubbish', (text) => text.replace('["op"', '["no"')],
  ['is of something else', () => '{"hello":1}'],
])('a commit whose key %s is not left out: what can be made out loads, the rest is broken', async (_, damage) => {
  const map = await written(false)
  const key = commitKey(map, 3)
  map.set(key, damage(String(map.get(key))))
  const { head, values, broken } = await load(map)
  expect(head).toBe(5)
  expect([...broken.keys()].filter((name) => name !== 'op/o2' && name !== 'base/shared')).toEqual([damagedName(key)])
  expect([values.get('base/k1'), values.get('base/k3'), values.get('base/shared')]).toEqual([1, 3, 4])
})

test('a commit whose key is missing is told as broken, and its number is not given again', async () => {
  const map = await written(false)
  const key = commitKey(map, 3)
  map.delete(key)
  const store = await open(map)
  const { head, broken } = await heldIn(store)
  expect([head, [...broken.keys()]]).toEqual([5, [damagedName(key)]])
  expect(await store.commit([put('after', 1)], 5)).toBe(6)
})

test('a part that is missing or damaged is told as broken; the other parts load', async () => {
  const map = await written(true)
  const [first, second] = keysOf(map, 'p')
  map.delete(String(first))
  map.set(String(second), 'x')
  const { head, values, broken } = await load(map)
  expect(head).toBe(5)
  expect([...broken.keys()].sort()).toEqual([first, second].map(damagedName).sort())
  expect(values.size).toBeGreaterThan(5)
})

test('what is broken stays broken through a fold', async () => {
  const map = await written(false)
  const [second, fourth] = [commitKey(map, 2), commitKey(map, 4)]
  map.set(second, String(map.get(second)).replace('["base","k1",1]', '["base","k1",oops]'))
  map.set(fourth, 'gone')
  const before = await load(map)
  expect(before.broken.size).toBe(3)
  const store = await openOn(storeOn(keyValuesOn(map), { compactAfterCommits: 1 }))
  await heldIn(store)
  await store.commit([], 5)
  await expect.poll(() => keysOf(map, 'c')).toEqual([])
  await store.close()
  const after = await load(map)
  expect([after.broken, after.values]).toEqual([before.broken, before.values])
})

test('whatever a key is made to hold, a load ends and tells of it', async () => {
  const [plain, folded] = [await written(false), await written(true)]
  await fc.assert(
    fc.asyncProperty(
      fc.boolean(),
      fc.nat(),
      fc.nat(),
      fc.string({ unit: 'binary', maxLength: 5 }),
      async (isFolded, which, at, text) => {
        const map = new Map(isFolded ? folded : plain)
        const keys = keysOf(map, isFolded ? 'p' : 'c')
        const key = String(keys[which % keys.length])
        const whole = String(map.get(key))
        const from = at % whole.length
        map.set(key, whole.slice(0, from) + text + whole.slice(from + 1 + (at % 7)))
        fc.pre(map.get(key) !== whole)
        const { head, broken } = await load(map)
        expect(head).toBe(5)
        expect([...broken.keys()]).toContain(damagedName(key))
      },
    ),
    { numRuns: 600 },
  )
})

test.each([
  ['missing', undefined],
  ['no JSON', 'rubbish'],
  ['of another shape', '{"format":1,"life":3}'],
  ['half', '{"format":1,"life":"a","segments":[{"id":"x","parts":-1,"upTo":1,"size":1}]}'],
])(
  'a floor that is %s refuses to open with SYNC_STORE_CORRUPT and changes nothing; destroy() begins anew',
  async (_, floor) => {
    const map = await written(false)
    if (floor === undefined) map.delete(`${prefix}floor`)
    else map.set(`${prefix}floor`, floor)
    const before = new Map(map)
    const instance = keyValuesOn(map)
    await expect(openOn(storeOn(instance))).rejects.toMatchObject({ code: 'SYNC_STORE_CORRUPT' })
    expect(map).toEqual(before)
    await storeOn(instance).destroy('u-ada')
    expect(map.size).toBe(0)
    expect((await heldIn(await openOn(storeOn(instance)))).head).toBe(0)
  },
)

test('a newer format refuses to open with SYNC_FORMAT_NEWER and changes nothing; one already open stops writing', async () => {
  const map = await written(false)
  const instance = keyValuesOn(map)
  const store = await openOn(storeOn(instance))
  await heldIn(store)
  map.set(`${prefix}floor`, '{"format":2,"life":{}}')
  const before = new Map(map)
  await expect(openOn(storeOn(instance))).rejects.toMatchObject({ code: 'SYNC_FORMAT_NEWER' })
  await expect(store.commit([put('a', 1)], 5)).rejects.toMatchObject({ code: 'SYNC_STORE_BROKEN' })
  expect(map).toEqual(before)
})
