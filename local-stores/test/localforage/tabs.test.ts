import { isSyncError, type OpenStore } from '@rowkeep/kernel'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Held, heldIn, keyValuesOn, openOn, put, type Step, storeOn } from './stand-ins.ts'

/** Lets key operations go on one at a time: in an order, of the tabs, that a test decides. A tab may have many turns in a row. */
class Turns {
  readonly #waiting: { readonly tab: number; readonly go: () => void }[] = []

  step(tab: number): Step {
    return () =>
      new Promise((resolve) => {
        this.#waiting.push({ tab, go: resolve })
      })
  }

  async run(next: () => { readonly tab: number; readonly turns: number }, work: Promise<unknown>): Promise<void> {
    let over = false
    const end = (): void => {
      over = true
    }
    work.then(end, end)
    let now = next()
    for (let turn = 1; !over; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve))
      if (turn > now.turns) {
        now = next()
        turn = 1
      }
      // A tab that waits for a lock leaves its turn to the others.
      const own = this.#waiting.findIndex(({ tab }) => tab === now.tab)
      this.#waiting.splice(Math.max(own, 0), 1)[0]?.go()
    }
  }
}

type Next = Parameters<Turns['run']>[0]

/** Commits on what the tab knows; loads what others did and decides again, as the kernel does. */
async function add(
  store: OpenStore,
  known: Held,
  key: string,
  think: () => Promise<void>,
): Promise<{ readonly known: Held; readonly stale: number }> {
  for (let stale = 0; ; stale += 1) {
    const count = Number(known.values.get('base/count') ?? 0) + 1
    // Between what it knows and what it makes of that others may commit, and fold.
    await think()
    try {
      const head = await store.commit([put(key, 1), put('count', count), put(`${key}-gone`, undefined)], known.head)
      const values = new Map(known.values).set(`base/${key}`, 1).set('base/count', count)
      return { known: { ...known, head, values }, stale }
    } catch (thrown) {
      if (!isSyncError(thrown, 'SYNC_STORE_STALE')) throw thrown
      known = await heldIn(store, known)
    }
  }
}

interface Ended {
  readonly held: Held
  readonly stale: number
}

/** Tabs of one place that each commit `count` times; every key operation of all of them is one turn. */
async function scene(next: Next, tabs: number, count: number, every: number): Promise<Ended> {
  const map = new Map<string, unknown>()
  const turns = new Turns()
  const name = crypto.randomUUID()
  const one = async (tab: number): Promise<number> => {
    const step = turns.step(tab)
    const think = (): Promise<void> => step('keys', '', 'before')
    const store = await openOn(storeOn(keyValuesOn(map, step, name), { compactAfterCommits: every }))
    let known = await heldIn(store)
    let all = 0
    for (let n = 0; n < count; n += 1) {
      const { known: now, stale } = await add(store, known, `${tab}.${n}`, think)
      known = now
      all += stale
    }
    await store.close()
    return all
  }
  const work = Promise.all(Array.from({ length: tabs }, (_, tab) => one(tab)))
  await turns.run(next, work)
  const stale = (await work).reduce((sum, own) => sum + own, 0)
  return { held: await heldIn(await openOn(storeOn(keyValuesOn(map)))), stale }
}

function expectAll({ held }: Ended, tabs: number, count: number): void {
  const wanted = Array.from({ length: tabs * count }, (_, n) => `base/${Math.floor(n / count)}.${n % count}`)
  expect(wanted.filter((key) => !held.values.has(key))).toEqual([])
  expect([held.head, held.values.get('base/count'), held.broken.size]).toEqual([tabs * count, tabs * count, 0])
}

test('200 and 200 commits of two tabs, every key operation interleaved: 400 entries, and a counter of 400 [F51]', async () => {
  let tab = 0
  const next: Next = () => {
    tab = 1 - tab
    return { tab, turns: 1 }
  }
  const ended = await scene(next, 2, 200, 32)
  expectAll(ended, 2, 200)
  expect(ended.stale).toBeGreaterThan(50)
})

test('however the key operations of several tabs and their folds interleave, nothing is lost and nothing counted twice', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.infiniteStream(fc.record({ tab: fc.nat({ max: 2 }), turns: fc.constantFrom(1, 2, 5, 20, 80) })),
      fc.integer({ min: 2, max: 3 }),
      fc.integer({ min: 1, max: 5 }),
      async (order, tabs, every) => {
        const next: Next = () => order.next().value
        expectAll(await scene(next, tabs, 8, every), tabs, 8)
      },
    ),
    { numRuns: 150 },
  )
})

test('a reader whose keys are folded away in the middle of its load begins again and misses nothing', async () => {
  const map = new Map<string, unknown>()
  const writer = await openOn(storeOn(keyValuesOn(map), { compactAfterCommits: 1_000 }))
  for (let n = 0; n < 40; n += 1) await writer.commit([put(`k${n}`, n), put(`k${n - 20}`, undefined)], n)
  await writer.close()
  // Once the reader has its first keys, another tab folds everything.
  const name = crypto.randomUUID()
  let gets = 0
  const step: Step = async (operation) => {
    if (operation !== 'get') return
    gets += 1
    if (gets !== 20) return
    const folder = await openOn(storeOn(keyValuesOn(map, undefined, name), { compactAfterCommits: 1 }))
    const { head } = await heldIn(folder)
    await folder.commit([put('late', 1)], head)
    await expect.poll(() => [...map.keys()].some((key) => key.includes('/c/'))).toBe(false)
  }
  const reader = await openOn(storeOn(keyValuesOn(map, step, name)))
  let starts = 0
  const values = new Set<string>()
  for await (const { entries, broken, reset } of reader.load()) {
    expect(broken).toEqual([])
    if (reset) {
      starts += 1
      values.clear()
    }
    for (const { key, value } of entries) {
      if (value === undefined) values.delete(key)
      else values.add(key)
    }
  }
  expect(starts).toBe(2)
  expect([...values].sort()).toEqual(['late', ...Array.from({ length: 20 }, (_, n) => `k${n + 20}`)].sort())
})
