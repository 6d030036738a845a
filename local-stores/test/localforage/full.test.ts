import { isSyncError, type OpenStore, type StoreEntry } from '@rowkeep/kernel'
import { expect, test } from 'vitest'
import type { KeyValues } from '../../src/localforage/key-values.ts'
import { heldIn, keyValuesOn, openOn, put, type Step, storeOn, until } from './stand-ins.ts'

/** A medium that takes so many characters, keys included. */
function limited(characters: number): {
  readonly instance: KeyValues
  readonly map: Map<string, unknown>
  steps(): number
} {
  const map = new Map<string, unknown>()
  let steps = 0
  const step: Step = async () => {
    steps += 1
  }
  const instance = keyValuesOn(map, step)
  const used = (): number => [...map].reduce((sum, [key, value]) => sum + key.length + String(value).length, 0)
  const setItem = async (key: string, value: string): Promise<void> => {
    const old = map.has(key) ? key.length + String(map.get(key)).length : 0
    if (used() - old + key.length + value.length > characters) {
      throw new DOMException('the quota has been exceeded', 'QuotaExceededError')
    }
    await instance.setItem(key, value)
  }
  return { instance: { ...instance, setItem }, map, steps: () => steps }
}

const op = (n: number, value: string | undefined): StoreEntry => ({ table: 'op', key: `o${n}`, value })

/** Commits until the medium is full; how many operations it took. */
async function fill(store: OpenStore, calm: () => Promise<void>): Promise<number> {
  for (let n = 0; ; n += 1) {
    try {
      await store.commit([op(n, 'x'.repeat(200))], n)
      await calm()
    } catch (thrown) {
      if (!isSyncError(thrown, 'SYNC_STORE_FULL')) throw thrown
      return n
    }
  }
}

test.each([
  ['none of them folded', 1_000],
  ['some of them folded', 16],
])(
  'a full medium refuses a commit with SYNC_STORE_FULL and without effect, and an outbox of it still drains to nothing: %s',
  async (_, every) => {
    const { instance, map, steps } = limited(30_000)
    const options = { compactAfterCommits: every, reserveCharacters: 2_000 }
    const store = await openOn(storeOn(instance, options, { partCharacters: 500 }))
    const calm = (): Promise<void> => until(steps)
    await calm()
    const count = await fill(store, calm)
    expect(count).toBeGreaterThan(20)
    await calm()
    await expect(store.commit([put('big', 'x'.repeat(29_000))], count)).rejects.toMatchObject({
      code: 'SYNC_STORE_FULL',
    })
    const held = await heldIn(store)
    expect([held.head, held.values.size]).toEqual([count, count])
    for (let n = 0; n < count; n += 1) {
      expect(await store.commit([op(n, undefined)], count + n)).toBe(count + n + 1)
      await calm()
    }
    await store.close()
    const after = await openOn(storeOn(instance, options))
    expect(await heldIn(after)).toMatchObject({ head: 2 * count, values: new Map() })
    // And there is room again: the first try makes it.
    const big = [put('big', 'x'.repeat(20_000))]
    await expect(after.commit(big, 2 * count)).rejects.toMatchObject({ code: 'SYNC_STORE_FULL' })
    await calm()
    expect(await after.commit(big, 2 * count)).toBe(2 * count + 1)
    expect(map.size).toBeGreaterThan(0)
  },
)

test('without a reserve a full medium refuses removals too, and says so', async () => {
  const { instance, map, steps } = limited(5_000)
  const store = await openOn(storeOn(instance, { reserveCharacters: 0, compactAfterCommits: 1_000 }))
  const count = await fill(store, () => until(steps))
  await until(steps)
  const used = [...map].reduce((sum, [key, value]) => sum + key.length + String(value).length, 0)
  const { instance: fuller, map: copy } = limited(used)
  for (const [key, value] of map) copy.set(key, value)
  await store.close()
  const again = await openOn(storeOn(fuller, { reserveCharacters: 0, compactAfterCommits: 1_000 }))
  const { head, values } = await heldIn(again)
  expect(values.size).toBe(count)
  await expect(again.commit([op(0, undefined)], head)).rejects.toMatchObject({ code: 'SYNC_STORE_FULL' })
  expect((await heldIn(again)).values.size).toBe(count)
})

test('the reserve is made anew when there is room', async () => {
  const { instance, map, steps } = limited(12_000)
  const reserve = 'rowkeep/u-ada/reserve'
  const store = await openOn(storeOn(instance, { reserveCharacters: 2_000, compactAfterCommits: 8 }))
  await until(steps)
  expect(String(map.get(reserve))).toHaveLength(2_000)
  const count = await fill(store, () => until(steps))
  await store.commit([op(0, undefined)], count)
  for (let n = 1; n < count; n += 1) {
    await store.commit([op(n, undefined)], count + n)
    await until(steps)
  }
  expect(map.has(reserve)).toBe(true)
})
