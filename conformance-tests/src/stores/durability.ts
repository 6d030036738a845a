import { expectSame, expectThat, rejects, within } from '../core/expect.ts'
import type { Scenario } from '../core/scenario.ts'
import { home, put, type StoreBench } from './bench.ts'

const lasting = ({ capabilities }: StoreBench): string | undefined =>
  capabilities.durability === 'none' ? 'what the store holds ends with its process (durability none)' : undefined
const single = ({ capabilities }: StoreBench): string | undefined =>
  capabilities.writers === 'many' ? 'the store declares several writers' : undefined
const several = ({ capabilities }: StoreBench): string | undefined =>
  capabilities.writers === 'one' ? 'the store declares one writer' : undefined

/** LS-5: what survives a restart, and a second holder of the namespace. */
export const durability: readonly Scenario<StoreBench>[] = [
  {
    clause: 'LS-5.1',
    title: 'what was committed is there on a new instance',
    needs: lasting,
    async run(bench) {
      const first = await bench.open()
      await first.commit([put('a', { deep: [1, 'two'] }), put('b', 1, 'op'), put('c', 1, 'meta')], 0)
      await first.commit([put('a', 'newer')], 1)
      await first.close()
      const { values } = await (await bench.reopen()).held()
      expectSame(values.get('base/a'), 'newer', 'a replaced value after a restart')
      expectSame(values.get('op/b'), 1, 'a value of `op` after a restart')
      expectSame(values.get('meta/c'), 1, 'a value of `meta` after a restart')
    },
  },
  {
    clause: 'LS-5.2',
    title: 'what was removed stays removed on a new instance',
    needs: lasting,
    async run(bench) {
      const first = await bench.open()
      await first.commit([put('a', 1), put('b', 1)], 0)
      await first.commit([put('a', undefined)], 1)
      await first.close()
      const { values } = await (await bench.reopen()).held()
      expectThat(!values.has('base/a'), 'a removed key to stay removed after a restart', [...values])
    },
  },
  {
    clause: 'LS-5.3',
    title: 'load(after) of a number from before a restart brings the rest',
    needs: lasting,
    async run(bench) {
      const first = await bench.open()
      await first.commit([put('a', 1), put('b', 1)], 0)
      const before = await first.held()
      await first.commit([put('a', 2), put('c', 1)], 1)
      await first.close()
      const { values } = await (await bench.reopen()).held(before)
      const held = ['a', 'b', 'c'].map((key) => values.get(`base/${key}`) ?? null)
      expectSame(held, [2, 1, 1], 'the values held after load(1) on a new instance')
    },
  },
  {
    clause: 'LS-5.4',
    title: 'with one writer a second open fails with SYNC_STORE_LOCKED; after close() it succeeds',
    needs: single,
    async run(bench) {
      const first = await bench.open()
      const other = bench.capabilities.durability === 'none' ? bench.store() : bench.another()
      const spec = { namespace: home, durability: 'none', env: bench.env } as const
      await rejects('a second open() of the namespace', 'SYNC_STORE_LOCKED', async () =>
        bench.handle(await other.open(spec)),
      )
      await first.commit([put('a', 1)], 0)
      await first.close()
      const held = await bench.handle(await within('open() after close()', other.open(spec))).held()
      expectSame(held.values.get('base/a'), 1, 'what the first holder committed')
    },
  },
  {
    clause: 'LS-5.5',
    title: 'with several writers a holder behind the others gets SYNC_STORE_STALE and catches up by load(after)',
    needs: several,
    async run(bench) {
      const first = await bench.open()
      const spec = { namespace: home, durability: 'none', env: bench.env } as const
      const second = bench.handle(await within('a second open()', bench.another().open(spec)))
      await first.commit([put('a', 1)], 0)
      const behind = await second.held()
      await first.commit([put('a', 2)], 1)
      await rejects('commit() of the holder behind', 'SYNC_STORE_STALE', () => second.raw.commit([put('a', 9)], 1))
      const { head, values } = await second.held(behind)
      expectSame(values.get('base/a'), 2, 'the value of the other holder')
      await second.commit([put('a', 3)], head)
      expectSame((await first.held()).values.get('base/a'), 3, 'the value committed after catching up')
    },
  },
]
