import { describe, expect, test } from 'vitest'
import { Disk } from './disk.ts'
import { heldBy, openOn, put, storeOn } from './helpers.ts'

const reservePath = '/data/u-ada/reserve'
const reserveBytes = 1000

/** A store whose disk has room for one more byte than it uses, with operations waiting in it. */
async function fullStore(): Promise<{ disk: Disk; open: Awaited<ReturnType<typeof openOn>>; head: number }> {
  const disk = new Disk()
  const open = await openOn(storeOn(disk, { reserveBytes }))
  const waiting = Array.from({ length: 20 }, (_, index) => put('op', `o${index}`, { text: 'waiting' }))
  const head = await open.commit(waiting, 0)
  disk.capacity = (await disk.usedBytes()) + 1
  return { disk, open, head }
}

describe('a full disk', () => {
  test('refuses a write with SYNC_STORE_FULL and keeps what was there', async () => {
    const { disk, open, head } = await fullStore()
    const before = disk.contents('/data/u-ada/journal')
    await expect(open.commit([put('base', 'new', 1)], head)).rejects.toMatchObject({ code: 'SYNC_STORE_FULL' })
    expect(disk.contents('/data/u-ada/journal')).toEqual(before)
    expect(disk.contents(reservePath)?.length).toBe(reserveBytes)
    expect(Object.keys((await heldBy(open)).values).length).toBe(20)
  })

  test('lets commits that remove through, by giving up the reserve', async () => {
    const { disk, open, head } = await fullStore()
    const [first, second] = [put('op', 'o0', undefined), put('op', 'o1', undefined)]
    expect(await open.commit([first], head)).toBe(head + 1)
    expect(disk.contents(reservePath)).toBeUndefined()
    expect(await open.commit([second, put('base', 'row', { confirmed: true })], head + 1)).toBe(head + 2)
    const { values } = await heldBy(open)
    expect(Object.keys(values).length).toBe(19)
  })

  test('lets a small commit that also removes through, but not a large one', async () => {
    const { open, head } = await fullStore()
    const removal = put('op', 'o0', undefined)
    const large = [removal, put('base', 'row', 'x'.repeat(reserveBytes / 2))]
    await expect(open.commit(large, head)).rejects.toMatchObject({ code: 'SYNC_STORE_FULL' })
    expect(await open.commit([removal, put('base', 'row', 1)], head)).toBe(head + 1)
  })

  test('still refuses once the reserve is used up', async () => {
    const { disk, open, head } = await fullStore()
    const drained = await drain(open, head)
    expect(drained).toBeGreaterThan(5)
    disk.capacity = Number.MAX_SAFE_INTEGER
    expect((await heldBy(open)).head).toBe(head + drained)
  })

  async function drain(open: Awaited<ReturnType<typeof openOn>>, head: number): Promise<number> {
    for (let done = 0; ; done += 1) {
      try {
        await open.commit([put('op', 'o0', undefined)], head + done)
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: 'SYNC_STORE_FULL' })
        return done
      }
    }
  }

  test('gets its reserve back when there is room again', async () => {
    const { disk, open, head } = await fullStore()
    await open.commit([put('op', 'o0', undefined)], head)
    await disk.quiet()
    expect(disk.contents(reservePath)).toBeUndefined()
    disk.capacity = Number.MAX_SAFE_INTEGER
    await open.commit([put('base', 'row', 1)], head + 1)
    await disk.quiet()
    expect(disk.contents(reservePath)?.length).toBe(reserveBytes)
  })

  test('does not take for its reserve what a drain has just been given', async () => {
    const { disk, open, head } = await fullStore()
    await open.commit([put('op', 'o0', undefined)], head)
    disk.capacity += reserveBytes / 2
    await open.commit([put('op', 'o1', undefined)], head + 1)
    await disk.quiet()
    expect(disk.contents(reservePath)).toBeUndefined()
  })

  test('keeps the reserve of an earlier session, for which there would be no room now', async () => {
    const { disk, open, head } = await fullStore()
    await open.close()
    const again = await openOn(storeOn(disk, { reserveBytes }))
    expect(await again.commit([put('op', 'o0', undefined)], head)).toBe(head + 1)
  })
})
