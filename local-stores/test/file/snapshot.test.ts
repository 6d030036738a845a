import type { LocalStore, StoreEntry } from '@rowkeep/kernel'
import { describe, expect, test } from 'vitest'
import { Breaks, untilIdle } from '../../src/file/breaks.ts'
import type { OpenFile } from '../../src/file/files.ts'
import { Disk } from './disk.ts'
import { afterSteps, heldBy, openOn, put, step, storeOn } from './helpers.ts'

const JOURNAL = '/data/u-ada/journal'
const options = { compactAfterBytes: 500, reserveBytes: 0 }

/** A disk on which a snapshot can be held up at its first byte. */
class GatedDisk extends Disk {
  /** Resolves when a snapshot waits at the gate. */
  readonly waiting: Promise<void>
  #arrive: () => void = () => {}
  #pass: () => void = () => {}
  readonly #passed: Promise<void>
  armed = false

  constructor() {
    super()
    this.waiting = new Promise((resolve) => {
      this.#arrive = resolve
    })
    this.#passed = new Promise((resolve) => {
      this.#pass = resolve
    })
  }

  openGate(): void {
    this.#pass()
  }

  override async open(path: string, how: 'read' | 'write' | 'create'): Promise<OpenFile> {
    const file = await super.open(path, how)
    if (!this.armed || !path.endsWith('journal.next')) return file
    const write = async (bytes: Uint8Array, position: number): Promise<number> => {
      this.#arrive()
      await this.#passed
      return file.write(bytes, position)
    }
    return { ...file, write }
  }
}

/** Steps until a snapshot waits at the gate; how many there were. */
async function stepsUntilSnapshot(disk: GatedDisk, open: Awaited<ReturnType<typeof openOn>>): Promise<number> {
  disk.armed = true
  let waits = false
  void disk.waiting.then(() => {
    waits = true
  })
  let n = 0
  while (!waits) {
    n += 1
    await open.commit(step(n), n - 1)
    await disk.quiet()
  }
  return n
}

describe('a snapshot', () => {
  test('keeps the journal near the size of what counts, however many commits there are', async () => {
    const disk = new Disk()
    const open = await openOn(storeOn(disk, options))
    for (let n = 1; n <= 500; n += 1) {
      await open.commit(step(n), n - 1)
      if (n % 10 === 0) await disk.quiet()
    }
    await disk.quiet()
    expect(disk.contents(JOURNAL)?.length).toBeLessThan(4000)
    expect(await heldBy(open)).toEqual({ head: 500, values: afterSteps(500), broken: {} })
    await open.close()
    expect(disk.paths()).toEqual([JOURNAL])
    expect(await heldBy(await openOn(storeOn(disk, options)))).toEqual({
      head: 500,
      values: afterSteps(500),
      broken: {},
    })
  })

  test('does not hold up commits, and has those made meanwhile', async () => {
    const disk = new GatedDisk()
    const open = await openOn(storeOn(disk, options))
    const before = await stepsUntilSnapshot(disk, open)
    for (let n = before + 1; n <= before + 20; n += 1) expect(await open.commit(step(n), n - 1)).toBe(n)
    expect((await heldBy(open)).values).toEqual(afterSteps(before + 20))
    const long = disk.contents(JOURNAL)?.length ?? 0
    disk.openGate()
    await disk.quiet()
    expect(disk.contents(JOURNAL)?.length).toBeLessThan(long)
    await open.close()
    const again = await openOn(storeOn(disk, options))
    expect(await heldBy(again)).toEqual({ head: before + 20, values: afterSteps(before + 20), broken: {} })
  })

  test('is given up when the store is closed during it', async () => {
    const disk = new GatedDisk()
    const open = await openOn(storeOn(disk, options))
    const steps = await stepsUntilSnapshot(disk, open)
    const closed = open.close()
    disk.openGate()
    await closed
    expect(disk.paths()).toEqual([JOURNAL])
    expect((await heldBy(await openOn(storeOn(disk, options)))).values).toEqual(afterSteps(steps))
  })

  test('that a close cuts short in the middle takes nothing from the journal', async () => {
    const disk = new GatedDisk()
    const store = (): LocalStore => storeOn(disk, { compactAfterBytes: 500_000, reserveBytes: 0 })
    const open = await openOn(store())
    const large = (n: number): StoreEntry => put('base', `k${n % 6}`, `${n}`.padEnd(100_000, 'x'))
    disk.armed = true
    for (let n = 1; n <= 12; n += 1) await open.commit([large(n)], n - 1)
    await disk.waiting
    const closed = open.close()
    disk.openGate()
    await closed
    const { head, values } = await heldBy(await openOn(store()))
    expect(head).toBe(12)
    expect(Object.keys(values).sort()).toEqual([0, 1, 2, 3, 4, 5].map((key) => `base/k${key}`))
  })

  test('that cannot be written fails no commit, and is tried again only as the journal grows', async () => {
    let tries = 0
    class NoRoom extends Disk {
      override async open(path: string, how: 'read' | 'write' | 'create'): Promise<OpenFile> {
        if (!path.endsWith('journal.next') || !this.contents(JOURNAL)) return super.open(path, how)
        tries += 1
        throw Object.assign(new Error('no room'), { code: 'ENOSPC' })
      }
    }
    const disk = new NoRoom()
    const open = await openOn(storeOn(disk, options))
    for (let n = 1; n <= 200; n += 1) {
      expect(await open.commit(step(n), n - 1)).toBe(n)
      await disk.quiet()
    }
    expect(tries).toBeGreaterThan(2)
    expect(tries).toBeLessThan(10)
    expect((await heldBy(open)).values).toEqual(afterSteps(200))
    await open.close()
  })

  test('does not disturb a load that began before it', async () => {
    const disk = new Disk()
    const open = await openOn(storeOn(disk, options))
    const many = Array.from({ length: 2500 }, (_, index) => put('base', `k${index}`, index))
    await open.commit(many, 0)
    const pages = open.load()[Symbol.asyncIterator]()
    const first = await pages.next()
    for (let head = 1; head <= 20; head += 1) {
      await open.commit(
        many.map(({ table, key }) => put(table, key, -head)),
        head,
      )
      await disk.quiet()
    }
    const values = new Map<string, unknown>()
    for (let page = first; !page.done; page = await pages.next()) {
      expect(page.value.head).toBe(1)
      for (const { key, value } of page.value.entries) values.set(key, value)
    }
    // Values of commit 1 were all replaced by later ones, and belong to the load all the same.
    expect([...values]).toEqual(many.map(({ key, value }) => [key, value]))
    await open.close()
  })
})

describe('a break', () => {
  test('ends at once when the work is stopped, so that a close never waits on an idle event loop', async () => {
    const breaks = new Breaks(untilIdle)
    let over = false
    const taken = breaks.take().then(() => {
      over = true
    })
    breaks.stop()
    await Promise.resolve()
    expect(over).toBe(true)
    await taken
  })
})

describe('a load', () => {
  test('comes in pages [F61]', async () => {
    const open = await openOn(storeOn(new Disk()))
    await open.commit(
      Array.from({ length: 10_500 }, (_, index) => put('base', `k${index}`, index)),
      0,
    )
    const sizes: number[] = []
    const resets: boolean[] = []
    for await (const page of open.load()) {
      sizes.push(page.entries.length)
      resets.push(page.reset)
    }
    expect(Math.max(...sizes)).toBe(1000)
    expect(sizes.reduce((sum, size) => sum + size)).toBe(10_500)
    expect(resets).toEqual([true, ...Array(10).fill(false)])
    await open.close()
  })

  test('of what changed since gives only that while the journal has it, and everything after a snapshot', async () => {
    const disk = new Disk()
    const open = await openOn(storeOn(disk, options))
    await open.commit(step(1), 0)
    await open.commit(step(2), 1)
    const known = await heldBy(open)
    await open.commit([put('op', 'o2', undefined), put('op', 'new', 1)], 2)
    for await (const page of open.load(2)) {
      expect(page).toEqual({
        entries: [put('op', 'o2', undefined), put('op', 'new', 1)],
        broken: [],
        head: 3,
        reset: false,
      })
    }
    for (let head = 3; head < 60; head += 1) await open.commit([put('op', 'new', head)], head)
    await disk.quiet()
    const pages = open.load(2)[Symbol.asyncIterator]()
    expect((await pages.next()).value).toMatchObject({ reset: true })
    await pages.return?.()
    expect((await heldBy(open, known)).values).toEqual((await heldBy(open)).values)
    await open.close()
  })

  test('after a number that no commit has yet gives everything', async () => {
    const open = await openOn(storeOn(new Disk()))
    await open.commit(step(1), 0)
    for await (const page of open.load(9)) expect(page).toMatchObject({ head: 1, reset: true })
    await open.close()
  })
})

describe('commits', () => {
  test('are written in the order of the calls, and one for another head than the newest is SYNC_STORE_STALE', async () => {
    const open = await openOn(storeOn(new Disk()))
    const calls = [0, 1, 1, 2].map((after) => open.commit([put('op', 'k', after)], after))
    const outcomes = await Promise.allSettled(calls)
    expect(outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : outcome.reason.code))).toEqual([
      1,
      2,
      'SYNC_STORE_STALE',
      3,
    ])
    await open.close()
  })

  test('under way are waited for by close, and refused after it', async () => {
    const disk = new Disk()
    const open = await openOn(storeOn(disk))
    const commit = open.commit(step(1), 0)
    const closed = open.close()
    await expect(open.commit(step(2), 1)).rejects.toMatchObject({ code: 'SYNC_CLOSED' })
    expect(await commit).toBe(1)
    await closed
    await open.close()
    await expect(heldBy(open)).rejects.toMatchObject({ code: 'SYNC_CLOSED' })
    expect((await heldBy(await openOn(storeOn(disk)))).head).toBe(1)
  })
})
