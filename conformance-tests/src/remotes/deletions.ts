import { expectSame, expectThat } from '../core/expect.ts'
import type { Scenario } from '../core/scenario.ts'
import type { RemoteBench } from './bench.ts'
import { all, evictions, harnessHas, revisions, tombstones } from './needs.ts'
import { expectDelivered } from './records.ts'
import { newest } from './remote.ts'

const silent = ({ capabilities }: RemoteBench): string | undefined =>
  capabilities.deletes === 'none' ? undefined : 'deletions are told (deletes not none)'

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
    title: 'where deletions are silent, a run that lists what stands shows them',
    needs: silent,
    async run({ ada, backend, write }) {
      await write({ id: 'n1', title: 'one' }, { id: 'n2', title: 'two' })
      const { cursor } = await ada.run()
      await backend.remove('notes', 'n1')
      const next = await ada.run({ cursor })
      const kinds = next.pages.map(({ kind }) => kind)
      expectThat(!kinds.includes('delta'), 'a snapshot run after the interval of the sweep', kinds)
      const named = next.changes.map(({ id }) => id)
      expectSame([...new Set(named)], ['n2'], 'the rows that a run names after a deletion')
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
  {
    clause: 'RA-3.7',
    title: 'a run that lists what stands names every row in its newest version, and sends those that changed',
    needs: silent,
    async run({ ada, backend, capabilities, write }) {
      const rows = Array.from({ length: 9 }, (_, n) => ({ id: `n${n}`, title: `note ${n}` }))
      await write(...rows)
      const first = await ada.run({ limit: 4 })
      await backend.remove('notes', 'n3')
      const changed = { id: 'n5', title: 'changed' }
      await write(changed)
      const { changes } = await ada.run({ cursor: first.cursor, limit: 4 })
      expectDelivered(capabilities, newest(changes).get('n5'), changed)
      const standing = rows.map(({ id }) => id).filter((id) => id !== 'n3')
      const named = [...new Set(changes.map(({ id }) => id))].sort()
      expectSame(named, standing, 'the rows that a run names')
      const whole = newest((await ada.run()).changes)
      for (const change of changes) {
        const now = whole.get(change.id)
        const same = change.kind !== 'listed' || (now?.kind === 'record' && now.revision === change.revision)
        expectThat(same, 'a listed row to have the revision of a snapshot', { listed: change, now })
      }
    },
  },
]
