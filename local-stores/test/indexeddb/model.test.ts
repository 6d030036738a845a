import type { OpenStore, StoreEntry } from '@rowkeep/kernel'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Held, heldBy, openOn, put } from '../file/helpers.ts'
import { expectLikeMap } from '../model.ts'
import { smallStore } from './helpers.ts'

test('holds what a Map would, through commits, folds and restarts', { timeout: 120_000 }, () =>
  expectLikeMap(smallStore(), 200),
)

/** What one of three tabs does: commits after what it knows, or reads. */
const step = fc.record({
  tab: fc.nat({ max: 2 }),
  commits: fc.boolean(),
  entries: fc.array(
    fc
      .tuple(
        fc.constantFrom('meta', 'base', 'op'),
        fc.constantFrom('a', 'b', 'c'),
        fc.option(fc.nat(), { nil: undefined }),
      )
      .map((entry) => put(...entry)),
    { maxLength: 6 },
  ),
})

function apply(values: Map<string, unknown>, entries: readonly StoreEntry[]): void {
  for (const { table, key, value } of entries) {
    if (value === undefined) values.delete(`${table}/${key}`)
    else values.set(`${table}/${key}`, value)
  }
}

/** One tab, what it knows, and what all of them should know. */
class Tab {
  readonly open: OpenStore
  readonly truth: { head: number; readonly values: Map<string, unknown> }
  held: Held | undefined

  constructor(open: OpenStore, truth: Tab['truth']) {
    this.open = open
    this.truth = truth
  }

  async commit(entries: readonly StoreEntry[]): Promise<void> {
    const { open, truth } = this
    const after = this.held?.head ?? 0
    if (after !== truth.head) {
      await expect(open.commit(entries, after)).rejects.toMatchObject({ code: 'SYNC_STORE_STALE' })
      return
    }
    truth.head = await open.commit(entries, after)
    apply(truth.values, entries)
  }

  async read(): Promise<void> {
    this.held = await heldBy(this.open, this.held)
    const { head, values } = this.truth
    expect(this.held).toEqual({ head, values: Object.fromEntries(values), broken: {} })
  }
}

test('tabs that write and read in any order all come to hold the same', { timeout: 120_000 }, async () => {
  const property = fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
    const store = smallStore()
    const opened = await Promise.all([0, 1, 2].map(() => openOn(store)))
    const truth = { head: 0, values: new Map<string, unknown>() }
    const tabs = opened.map((open) => new Tab(open, truth))
    for (const { tab, commits, entries } of steps) {
      const one = tabs[tab] ?? expect.fail()
      await (commits ? one.commit(entries) : one.read())
    }
    for (const tab of tabs) await tab.read()
    for (const open of opened) await open.close()
  })
  await fc.assert(property, { numRuns: 200 })
})

test('a reader from before all chunks were written anew is told of what had been removed', async () => {
  const open = await openOn(smallStore())
  await open.commit([put('base', 'gone', 'x'.repeat(150))], 0)
  const before = await heldBy(open)
  await open.commit([put('base', 'gone', undefined), put('base', 'kept', 'y'.repeat(100))], 1)
  expect(await heldBy(open, before)).toEqual({ head: 2, values: { 'base/kept': 'y'.repeat(100) }, broken: {} })
  await open.close()
})
