import { expectSame, expectThat, within } from '../core/expect.ts'
import type { Scenario } from '../core/scenario.ts'
import { type Held, put, type StoreBench } from './bench.ts'

function expectEqual(updated: Held, whole: Held, what: string): void {
  const text = ({ values }: Held): string[] =>
    [...values].map(([key, value]) => `${key} ${JSON.stringify(value)}`).sort()
  expectThat(JSON.stringify(text(updated)) === JSON.stringify(text(whole)), `${what} to equal a whole load`, {
    updated: [...updated.values],
    whole: [...whole.values],
  })
}

/** LS-4: what a load gives, and which entry wins. */
export const loading: readonly Scenario<StoreBench>[] = [
  {
    clause: 'LS-4.1',
    title: 'load() gives every entry, and its last page the newest number',
    async run(bench) {
      const handle = await bench.open()
      const keys = Array.from({ length: 300 }, (_, index) => `k${index}`)
      await handle.commit(
        keys.slice(0, 200).map((key) => put(key, key)),
        0,
      )
      await handle.commit(
        keys.slice(200).map((key) => put(key, key)),
        1,
      )
      const { head, values } = await handle.held()
      expectThat(head === 2, 'the head of the last page to be 2', head)
      const missing = keys.filter((key) => values.get(`base/${key}`) !== key)
      expectThat(missing.length === 0 && values.size === 300, 'all 300 entries and no other', { missing })
    },
  },
  {
    clause: 'LS-4.2',
    title: 'of two entries for a key in one commit the later wins',
    async run(bench) {
      const handle = await bench.open()
      await handle.commit(
        [put('a', 1), put('b', 1), put('a', 2), put('b', undefined), put('c', undefined), put('c', 3)],
        0,
      )
      const { values } = await handle.held()
      expectSame(values.get('base/a'), 2, 'a key put twice in one commit')
      expectThat(!values.has('base/b'), 'a key put and then removed in one commit to be gone', values.get('base/b'))
      expectSame(values.get('base/c'), 3, 'a key removed and then put in one commit')
    },
  },
  {
    clause: 'LS-4.3',
    title: 'a later commit replaces an earlier one; a removed key is gone',
    async run(bench) {
      const handle = await bench.open()
      await handle.commit([put('a', 1), put('b', 1)], 0)
      await handle.commit([put('a', 2), put('b', undefined), put('never', undefined)], 1)
      const { values } = await handle.held()
      expectSame([...values], [['base/a', 2]], 'what is held after a replacement and a removal')
    },
  },
  {
    clause: 'LS-4.4',
    title: 'load(after) brings what later commits put',
    async run(bench) {
      const handle = await bench.open()
      await handle.commit([put('a', 1), put('b', 1)], 0)
      const before = await handle.held()
      await handle.commit([put('a', 2), put('c', 1, 'op')], 1)
      await handle.commit([put('a', 3)], 2)
      const after = await handle.held(before)
      expectThat(after.head === 3, 'the head of load(1) to be 3', after.head)
      expectEqual(after, await handle.held(), 'load(1) over what was held at 1')
    },
  },
  {
    clause: 'LS-4.5',
    title: 'load(after) tells of removals',
    async run(bench) {
      const handle = await bench.open()
      await handle.commit([put('a', 1), put('b', 1)], 0)
      const before = await handle.held()
      await handle.commit([put('a', undefined)], 1)
      const after = await handle.held(before)
      expectThat(!after.values.has('base/a'), 'load(1) to tell that a key was removed by commit 2', [...after.values])
      expectSame(after.values.get('base/b'), 1, 'a key that was not removed')
    },
  },
  {
    clause: 'LS-4.6',
    title: 'load(head) changes nothing',
    async run(bench) {
      const handle = await bench.open()
      await handle.commit([put('a', 1), put('b', 1)], 0)
      const before = await handle.held()
      expectEqual(await handle.held(before), before, 'load(head) over what was held')
    },
  },
  {
    clause: 'LS-4.7',
    title: 'a load with commits going on contains at least the commits up to its head',
    async run(bench) {
      const handle = await bench.open()
      for (let after = 0; after < 20; after += 1) await handle.commit([put(`k${after}`, after)], after)
      const loading = handle.held()
      for (let after = 20; after < 30; after += 1) await handle.commit([put(`k${after}`, after)], after)
      const first = await within('load() beside commits', loading)
      const missing = Array.from({ length: first.head }, (_, n) => n).filter(
        (n) => first.values.get(`base/k${n}`) !== n,
      )
      expectThat(missing.length === 0, `every commit up to ${first.head}`, { missing })
      expectEqual(await handle.held(first), await handle.held(), 'load(head) over a load that commits overtook')
    },
  },
]
