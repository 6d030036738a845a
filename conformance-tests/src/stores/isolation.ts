import { expectSame, expectThat, rejects } from '../core/expect.ts'
import type { Scenario } from '../core/scenario.ts'
import { put, type StoreBench } from './bench.ts'

/** LS-6: namespaces, copies, and a handle bound to its namespace. */
export const isolation: readonly Scenario<StoreBench>[] = [
  {
    clause: 'LS-6.1',
    title: 'namespaces share nothing',
    async run(bench) {
      const ada = await bench.open('u-ada')
      const bob = await bench.open('u-bob')
      await ada.commit([put('a', 'ada')], 0)
      const seen = await bob.held()
      expectThat(seen.head === 0 && seen.values.size === 0, 'a commit to one namespace to leave others alone', seen)
      await bob.commit([put('a', 'bob')], 0)
      expectSame((await ada.held()).values.get('base/a'), 'ada', 'a value another namespace has under the same key')
    },
  },
  {
    clause: 'LS-6.2',
    title: 'names that differ by one character or begin alike are different namespaces',
    async run(bench) {
      const long = 'n'.repeat(63)
      const names = [
        'a',
        'a-',
        'a_',
        'aa',
        '0',
        'con',
        'nul',
        '-',
        '_',
        '__proto__',
        'constructor',
        `${long}a`,
        `${long}b`,
      ]
      for (const name of names) {
        const handle = await bench.open(name)
        await handle.commit([put('name', name)], 0)
        await handle.close()
      }
      for (const name of names) {
        const handle = await bench.reopen(name)
        expectSame((await handle.held()).values.get('base/name'), name, `the value of namespace '${name}'`)
        await handle.close()
      }
    },
  },
  {
    clause: 'LS-6.3',
    title: 'destroy() leaves other namespaces alone',
    async run(bench) {
      const kept = await bench.open('u-ad')
      await kept.commit([put('a', 1)], 0)
      const gone = await bench.open('u-ada')
      await gone.commit([put('a', 2)], 0)
      await gone.close()
      await bench.store().destroy('u-ada')
      expectSame((await kept.held()).values.get('base/a'), 1, 'a value of a namespace that was not destroyed')
    },
  },
  {
    clause: 'LS-6.4',
    title: 'a value changed after its commit does not change what is held',
    async run(bench) {
      const handle = await bench.open()
      const value = { list: [1], inner: { a: 1 } }
      await handle.commit([put('a', value)], 0)
      value.list.push(2)
      value.inner.a = 2
      expectSame((await handle.held()).values.get('base/a'), { list: [1], inner: { a: 1 } }, 'the value as committed')
    },
  },
  {
    clause: 'LS-6.5',
    title: 'a value changed after its load does not change what is held',
    async run(bench) {
      const handle = await bench.open()
      await handle.commit([put('a', { list: [1] })], 0)
      const loaded = (await handle.held()).values.get('base/a')
      try {
        ;(loaded as { list: number[] }).list.push(2)
      } catch {
        // Frozen values keep the promise too.
      }
      expectSame((await handle.held()).values.get('base/a'), { list: [1] }, 'the value after a reader changed its copy')
    },
  },
  {
    clause: 'LS-6.6',
    title: 'a closed handle cannot reach the namespace that is open now',
    async run(bench) {
      const before = await bench.open('u-ada')
      await before.close()
      const bob = await bench.open('u-bob')
      const now = await bench.open('u-ada')
      await rejects('commit() through a closed handle', 'SYNC_CLOSED', () => before.raw.commit([put('late', 1)], 0))
      for (const open of [bob, now]) {
        const { values } = await open.held()
        expectThat(values.size === 0, 'a late commit to reach no namespace', [...values])
      }
    },
  },
]
