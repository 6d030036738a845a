import { isSyncError } from '@rowkeep/kernel'
import { expectSame, expectThat, rejects, within } from '../core/expect.ts'
import type { Scenario } from '../core/scenario.ts'
import { put, type StoreBench } from './bench.ts'

/** LS-3: commit numbers and compare-and-set. */
export const compareAndSet: readonly Scenario<StoreBench>[] = [
  {
    clause: 'LS-3.1',
    title: 'commits are numbered 1, 2, 3 ...; one without entries counts too',
    async run(bench) {
      const handle = await bench.open()
      const numbers = [
        await handle.commit([put('a', 1)], 0),
        await handle.commit([], 1),
        await handle.commit([put('a', undefined)], 2),
      ]
      expectSame(numbers, [1, 2, 3], 'the numbers of three commits')
      const { head } = await handle.held()
      expectThat(head === 3, 'the head after three commits to be 3', head)
    },
  },
  {
    clause: 'LS-3.2',
    title: 'a commit after an older number fails with SYNC_STORE_STALE, without effect',
    async run(bench) {
      const handle = await bench.open()
      await handle.commit([put('a', 1)], 0)
      await rejects('commit(..., 0) when the newest number is 1', 'SYNC_STORE_STALE', () =>
        handle.raw.commit([put('a', 2), put('b', 2)], 0),
      )
      const held = await handle.held()
      expectSame([...held.values], [['base/a', 1]], 'what is held after a stale commit')
    },
  },
  {
    clause: 'LS-3.3',
    title: 'a commit after a number that does not exist yet fails with SYNC_STORE_STALE',
    async run(bench) {
      const handle = await bench.open()
      await handle.commit([put('a', 1)], 0)
      await rejects('commit(..., 7) when the newest number is 1', 'SYNC_STORE_STALE', () =>
        handle.raw.commit([put('a', 2)], 7),
      )
    },
  },
  {
    clause: 'LS-3.4',
    title: 'of two commits after the same number exactly one succeeds',
    async run(bench) {
      const handle = await bench.open()
      await handle.commit([put('a', 'before')], 0)
      const both = ['x', 'y'].map((value) => handle.raw.commit([put('a', value), put(value, 1)], 1))
      const ends = await within('two commits at once', Promise.allSettled(both))
      const lost = ends.filter((end) => end.status === 'rejected' && isSyncError(end.reason, 'SYNC_STORE_STALE'))
      expectThat(lost.length === 1, 'one of two commits at once to fail with SYNC_STORE_STALE', ends)
      const winner = ends[0]?.status === 'fulfilled' ? 'x' : 'y'
      const held = await handle.held()
      expectSame(held.values.get('base/a'), winner, 'the value of the commit that succeeded')
      expectThat(held.values.size === 2, 'nothing of the commit that failed', held.values)
    },
  },
  {
    clause: 'LS-3.5',
    title: 'numbers go on after a reopen and are never used again',
    async run(bench) {
      const first = await bench.open()
      await first.commit([put('a', 1)], 0)
      await first.commit([put('a', undefined)], 1)
      await first.close()
      const second = await bench.reopen()
      const { head } = await second.held()
      expectThat(head === 2, 'the head after a reopen to be 2', head)
      const number = await second.commit([put('b', 1)], 2)
      expectThat(number === 3, 'the first commit after a reopen to get number 3', number)
    },
  },
]
