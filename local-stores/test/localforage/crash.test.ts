import type { Json, OpenStore, StoreEntry } from '@rowkeep/kernel'
import { expect, test } from 'vitest'
import { heldIn, keyValuesOn, openOn, type Step, storeOn, until } from './stand-ins.ts'

const commits = 9

/**
 * What commit n + 1 does: a key of its own, one that all change, and the removal of an earlier one. The first is so large that its
 * segment stays as it is, and later segments have to say what was removed from it.
 */
const entriesOf = (n: number): readonly StoreEntry[] => [
  { table: 'op', key: `o${n}`, value: n },
  { table: 'op', key: `large${n}`, value: n === 0 ? 'x'.repeat(1_500) : n },
  { table: 'base', key: 'row', value: { n, text: 'x'.repeat(20) } },
  { table: 'op', key: `o${n - 5}`, value: undefined },
]

function stateAt(head: number): Map<string, Json> {
  const state = new Map<string, Json>()
  for (let n = 0; n < head; n += 1) {
    for (const { table, key, value } of entriesOf(n)) {
      if (value === undefined) state.delete(`${table}/${key}`)
      else state.set(`${table}/${key}`, value)
    }
  }
  return state
}

/** A tab that is gone from its `at`th step on: nothing it asks for takes effect any more. */
function cutOff(at: number): { readonly step: Step; readonly steps: () => number } {
  let steps = 0
  const step: Step = async () => {
    steps += 1
    if (steps >= at) throw new Error('gone')
  }
  return { step, steps: () => steps }
}

/** Commits from `from` up to `to`; the newest that was acknowledged. */
async function write(store: OpenStore, from: number, to: number, calm: () => Promise<void>): Promise<number> {
  for (let n = from; n < to; n += 1) {
    await store.commit(entriesOf(n), n)
    from = n + 1
    await calm()
  }
  return from
}

interface Ended {
  readonly acknowledged: number
  readonly steps: number
}

/** A tab that opens, reads, commits up to `to` and folds after `every`, cut off at a step. `calm`: each fold ends before the next commit. */
async function tab(
  map: Map<string, unknown>,
  known: number,
  to: number,
  every: number,
  at: number,
  isCalm: boolean,
): Promise<Ended> {
  const { step, steps } = cutOff(at)
  let acknowledged = known
  const counted = async (): Promise<void> => {
    acknowledged += 1
    if (isCalm) await until(steps)
  }
  try {
    const store = await openOn(storeOn(keyValuesOn(map, step), { compactAfterCommits: every }))
    const { head } = await heldIn(store)
    acknowledged = head
    await write(store, head, to, counted)
    await until(steps)
  } catch (thrown) {
    if (steps() < at) throw thrown
  }
  await until(steps)
  return { acknowledged, steps: steps() }
}

async function expectWhole(map: Map<string, unknown>, acknowledged: number, where: string): Promise<number> {
  const store = await openOn(storeOn(keyValuesOn(new Map(map))))
  const { head, values, broken } = await heldIn(store)
  expect([acknowledged, acknowledged + 1], where).toContain(head)
  expect(broken.size, where).toBe(0)
  // Maps are equal in whatever order.
  expect(values, where).toEqual(stateAt(head))
  return head
}

test.each([
  ['after each fold', true],
  ['while a fold is on', false],
])(
  'cut off at any key operation of commits and folds, and again at any of the recovery, with commits %s: 0 lost, 0 torn [F50]',
  { timeout: 240_000 },
  async (_, isCalm) => {
    const uncut = new Map<string, unknown>()
    const whole = await tab(uncut, 0, commits, 4, Number.POSITIVE_INFINITY, isCalm)
    expect(whole.acknowledged).toBe(commits)
    // Otherwise no fold was cut off between two of its parts.
    expect([...uncut.keys()].filter((key) => key.includes('/p/')).length).toBeGreaterThan(1)
    let runs = 0
    for (let at = 1; at <= whole.steps; at += 1) {
      const map = new Map<string, unknown>()
      const first = await tab(map, 0, commits, 4, at, isCalm)
      const head = await expectWhole(map, first.acknowledged, `cut off at ${at}`)
      runs += 1
      for (let again = 1; ; again += 1) {
        const copy = new Map(map)
        const second = await tab(copy, head, head + 2, 1, again, true)
        await expectWhole(copy, second.acknowledged, `cut off at ${at}, then at ${again}`)
        runs += 1
        if (second.steps < again) break
      }
    }
    expect(runs).toBeGreaterThan(3_000)
  },
)
