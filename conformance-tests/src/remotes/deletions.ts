import { expectSame, expectThat } from '../core/expect.ts'
import type { Scenario } from '../core/scenario.ts'
import type { RemoteBench } from './bench.ts'
import { all, evictions, harnessHas, revisions, tombstones } from './needs.ts'
import { expectDelivered } from './records.ts'
import { newest } from './remote.ts'

const hasKeys = (bench: RemoteBench): boolean => 'keys' in bench.ada.adapter

/** RA-3: rows that go, and rows that leave. */
export const deletions: readonly Scenario<RemoteBench>[] = [
  {
    clause: 'RA-3.1',
    title: 'a deletion elsewhere is delivered as a tombstone',
    needs: tombstones,
    otherwise: { deletes: 'none' },
    async run({ ada, backend, write }) {
      await write({ id: 'n1', title: 'one' }, { id: 'n2', title: 'two' })
      const { cursor } = await ada.run()
      await backend.remove('notes', 'n1')
      const change = newest((await ada.run({ cursor })).changes).get('n1')
      expectThat(
        change?.kind === 'tombstone',
        'a deleted row to be delivered as a tombstone',
        change ?? 'not delivered',
      )
    },
  },
  {
    clause: 'RA-3.2',
    title: 'a tombstone has a revision',
    needs: all(tombstones, revisions),
    otherwise: { deletes: 'none' },
    async run({ ada, backend, write }) {
      await write({ id: 'n1', title: 'one' })
      const { cursor } = await ada.run()
      await backend.remove('notes', 'n1')
      const found = (await ada.run({ cursor })).changes.filter(({ kind }) => kind === 'tombstone')
      for (const one of found)
        expectThat('revision' in one && one.revision !== null, 'a tombstone with a revision', one)
    },
  },
  {
    clause: 'RA-3.3',
    title: 'a deleted row is not listed by a snapshot',
    async run({ ada, backend, write }) {
      await write({ id: 'n1', title: 'one' }, { id: 'n2', title: 'two' })
      await backend.remove('notes', 'n1')
      const listed = (await ada.run()).changes.filter(({ kind }) => kind === 'record').map(({ id }) => id)
      expectSame(listed, ['n2'], 'the records of a snapshot after a deletion')
    },
  },
  {
    clause: 'RA-3.4',
    title: 'where deletions are silent, a snapshot or keys() shows them',
    needs: ({ capabilities }) =>
      capabilities.deletes === 'none' ? undefined : 'deletions are told (deletes not none)',
    async run(bench) {
      const { ada, backend, capabilities, write } = bench
      await write({ id: 'n1', title: 'one' })
      const { cursor } = await ada.run()
      await backend.remove('notes', 'n1')
      const next = await ada.run({ cursor })
      const relisted = next.pages.every(({ kind }) => kind === 'snapshot')
      const told = next.changes.some(({ kind }) => kind === 'tombstone')
      expectThat(relisted || told || hasKeys(bench), 'a snapshot run, or keys(), where deletes is none', {
        feed: capabilities.feed,
        kinds: next.pages.map(({ kind }) => kind),
      })
    },
  },
  {
    clause: 'RA-3.5',
    title: 'a row that leaves the scope is delivered as an eviction',
    needs: all(evictions, harnessHas('evict')),
    otherwise: { deletes: 'tombstone' },
    async run({ ada, backend, write }) {
      await write({ id: 'n1', title: 'one' })
      const { cursor } = await ada.run()
      await backend.evict?.('notes', 'n1')
      const change = newest((await ada.run({ cursor })).changes).get('n1')
      expectThat(
        change?.kind === 'eviction',
        'a row that left to be delivered as an eviction',
        change ?? 'not delivered',
      )
    },
  },
  {
    clause: 'RA-3.6',
    title: 'a row that left and came back is delivered as a record',
    needs: all(evictions, harnessHas('evict')),
    otherwise: { deletes: 'tombstone' },
    async run({ ada, backend, capabilities, write }) {
      await write({ id: 'n1', title: 'one' })
      const { cursor } = await ada.run()
      await backend.evict?.('notes', 'n1')
      const back = { id: 'n1', title: 'back' }
      await write(back)
      expectDelivered(capabilities, newest((await ada.run({ cursor })).changes).get('n1'), back)
    },
  },
]
