import type { Json } from '@rowkeep/kernel'
import { expectSame, expectThat, within } from '../core/expect.ts'
import type { Scenario } from '../core/scenario.ts'
import { put, type StoreBench } from './bench.ts'

const tables = ['meta', 'base', 'op'] as const

/** LS-2: all entries of a commit or none. */
export const atomicCommits: readonly Scenario<StoreBench>[] = [
  {
    clause: 'LS-2.1',
    title: 'a commit over all three tables is held whole',
    async run(bench) {
      const handle = await bench.open()
      await handle.commit(
        tables.map((table) => put('k', table, table)),
        0,
      )
      const { values } = await handle.held()
      for (const table of tables) expectSame(values.get(`${table}/k`), table, `the value of ${table}/k`)
    },
  },
  {
    clause: 'LS-2.2',
    title: 'a commit refused for one of its entries leaves nothing behind',
    async run(bench) {
      const handle = await bench.open()
      await handle.commit([put('a', 'before')], 0)
      const unserialisable = { big: 1n } as unknown as Json
      const entries = [put('a', 'after'), put('b', 1, 'op'), put('c', unserialisable), put('d', 1, 'meta')]
      await within(
        'a commit with a value that is no JSON',
        handle.raw.commit(entries, 1).catch(() => undefined),
      )
      const held = await handle.held()
      expectSame([...held.values], [['base/a', 'before']], 'what is held after a refused commit')
      await handle.close()
      const reopened = await (await bench.reopen()).held()
      expectSame([...reopened.values], [['base/a', 'before']], 'what is held after a refused commit and a reopen')
    },
  },
  {
    clause: 'LS-2.3',
    title: 'a refused commit uses up no number',
    async run(bench) {
      const handle = await bench.open()
      await handle.commit([put('a', 1)], 0)
      const unserialisable = { big: 1n } as unknown as Json
      await within(
        'commit() of a BigInt',
        handle.raw.commit([put('a', unserialisable)], 1).catch(() => undefined),
      )
      const number = await handle.commit([put('a', 2)], 1)
      expectThat(number === 2, 'the commit after a refused one to get number 2', number)
    },
  },
]
