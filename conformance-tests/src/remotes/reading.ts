import { expectSame, expectThat } from '../core/expect.ts'
import type { Scenario } from '../core/scenario.ts'
import type { RemoteBench, Row } from './bench.ts'
import { deltas } from './needs.ts'
import { expectDelivered } from './records.ts'
import { newest, notes, type Run } from './remote.ts'

const numbered = (count: number): readonly Row[] =>
  Array.from({ length: count }, (_, n) => ({ id: `n${String(n + 1).padStart(2, '0')}`, title: `note ${n + 1}`, n }))

/** Ids that a run did not deliver. */
export const missing = (run: Pick<Run, 'changes'>, rows: readonly Row[]): readonly string[] => {
  const delivered = newest(run.changes)
  return rows.map(({ id }) => id).filter((id) => !delivered.has(id))
}

/** RA-2: pages and runs. */
export const reading: readonly Scenario<RemoteBench>[] = [
  {
    clause: 'RA-2.1',
    title: 'an empty feed is an empty run',
    async run({ ada }) {
      const { changes } = await ada.run()
      expectThat(changes.length === 0, 'an empty feed to deliver nothing', changes)
    },
  },
  {
    clause: 'RA-2.2',
    title: 'a row written elsewhere is delivered whole',
    async run({ ada, capabilities, write }) {
      const row = { id: 'n1', title: 'Milk', done: false, n: 3, tags: ['a', 'b'] }
      await write(row)
      const { changes } = await ada.run()
      expectDelivered(capabilities, newest(changes).get('n1'), row)
      expectSame(changes.length, 1, 'the number of rows of a feed of one row')
    },
  },
  {
    clause: 'RA-2.3',
    title: 'a run of many pages lists every row, short and empty pages included',
    async run({ ada, write }) {
      const rows = numbered(25)
      await write(...rows)
      const run = await ada.run({ limit: 7 })
      const lost = missing(run, rows)
      expectThat(lost.length === 0, 'a run up to `more: false` to list all 25 rows', { lost })
    },
  },
  {
    clause: 'RA-2.4',
    title: 'a page holds at most `limit` changes, a cursor at most 4 kB',
    async run({ ada, write }) {
      await write(...numbered(10))
      const { pages } = await ada.run({ limit: 4 })
      for (const { changes, cursor } of pages) {
        expectThat(changes.length <= 4, 'a page of at most 4 changes', changes.length)
        const bytes = new TextEncoder().encode(cursor ?? '').length
        expectThat(bytes <= 4096, 'a cursor of at most 4096 bytes', bytes)
      }
    },
  },
  {
    clause: 'RA-2.5',
    title: 'a run never mixes kinds; after `cursor: null` it is a snapshot',
    async run({ ada, write }) {
      await write(...numbered(10))
      const first = await ada.run({ limit: 4 })
      const kinds = first.pages.map(({ kind }) => kind)
      expectThat(!kinds.includes('delta'), 'every page of a run after `cursor: null` to be of kind snapshot', kinds)
      const unsent = first.changes.filter(({ kind }) => kind === 'listed')
      expectThat(unsent.length === 0, 'every row of a run after `cursor: null` to be sent', unsent)
      await write(...numbered(10))
      const next = new Set((await ada.run({ cursor: first.cursor, limit: 4 })).pages.map(({ kind }) => kind))
      expectThat(next.size === 1, 'the pages of a run to be of one kind', [...next])
    },
  },
  {
    clause: 'RA-2.6',
    title: 'a run after a completed one delivers what changed since, whole',
    async run({ ada, capabilities, write }) {
      await write({ id: 'n1', title: 'one', done: false }, { id: 'n2', title: 'two', done: false })
      const { cursor } = await ada.run()
      const rows: readonly Row[] = [
        { id: 'n2', title: 'two', done: true },
        { id: 'n3', title: 'three', done: false },
      ]
      await write(...rows)
      const delivered = newest((await ada.run({ cursor })).changes)
      for (const row of rows) expectDelivered(capabilities, delivered.get(row.id), row)
    },
  },
  {
    clause: 'RA-2.7',
    title: 'rows written while a run is on are not lost: its last cursor is the safe point, not the last row',
    needs: deltas,
    otherwise: { feed: 'snapshot' },
    async run({ ada, capabilities, write }) {
      await write(...numbered(10))
      const early = { id: 'n01', title: 'changed in mid-run' }
      const late = { id: 'n10', title: 'changed after it' }
      let listed = false
      const first = await ada.run({
        limit: 4,
        async between(pages) {
          if (listed || pages.every(({ changes }) => changes.length === 0)) return
          listed = true
          await write(early, late)
        },
      })
      const second = await ada.run({ cursor: first.cursor })
      const delivered = newest([...first.changes, ...second.changes])
      for (const row of [early, late]) expectDelivered(capabilities, delivered.get(row.id), row)
    },
  },
  {
    clause: 'RA-2.8',
    title: 'rows of one instant are all delivered, also over the edge of a page',
    needs: deltas,
    otherwise: { feed: 'snapshot' },
    async run({ ada, backend }) {
      const { cursor } = await ada.run()
      const rows = numbered(10)
      await Promise.all(rows.map((row) => backend.write('notes', row)))
      const lost = missing(await ada.run({ cursor, limit: 3 }), rows)
      expectThat(lost.length === 0, 'all ten rows written at once', { lost })
    },
  },
  {
    clause: 'RA-2.9',
    title: 'the same cursor gives the same again: a page that was lost on the way can be asked for once more',
    async run({ ada, write }) {
      await write(...numbered(10))
      const first = await ada.run({ limit: 4 })
      const cursors = first.pages.map(({ cursor }) => cursor)
      const middle = cursors.find((cursor, n) => cursor !== null && first.pages[n]?.more)
      if (middle === undefined) return
      const rest = first.pages.slice(cursors.indexOf(middle) + 1).flatMap(({ changes }) => changes)
      const again = await ada.run({ cursor: middle ?? null, limit: 4 })
      const lost = [...newest(rest).keys()].filter((id) => !newest(again.changes).has(id))
      expectThat(lost.length === 0, 'a cursor in mid-run to give the rest of the run again', { lost })
    },
  },
  {
    clause: 'RA-2.10',
    title: 'a feed of two collections delivers both',
    needs: ({ capabilities }) =>
      capabilities.feedSpan === 'collection' ? 'a feed holds one collection (feedSpan collection)' : undefined,
    otherwise: { feedSpan: 'collection' },
    async run({ ada, backend, write }) {
      await write({ id: 'n1', title: 'note' })
      await backend.write('tasks', { id: 't1', title: 'task' })
      const feed = { id: 'notes,tasks@0000000000000000', collections: ['notes', 'tasks'] }
      const seen = (await ada.run({ feed })).changes.map(({ collection, id }) => `${collection}/${id}`).sort()
      expectSame(seen, ['notes/n1', 'tasks/t1'], 'the rows of a feed of two collections')
    },
  },
  {
    clause: 'RA-2.11',
    title: 'a feed delivers its own collections only',
    async run({ ada, backend, write }) {
      await write({ id: 'n1', title: 'note' })
      await backend.write('tasks', { id: 't1', title: 'task' })
      const seen = (await ada.run()).changes.map(({ collection }) => collection)
      expectSame(seen, ['notes'], 'the collections of the rows of a feed of `notes`')
    },
  },
  {
    clause: 'RA-2.12',
    title: 'a filtered feed lists every row that matches, and tells of a row that no longer does',
    async run({ ada, write, capabilities }) {
      const filter = { field: 'done', is: 'eq', value: false } as const
      const feed = { ...notes, id: 'notes@00000000000000ff', filters: { notes: filter } }
      await write({ id: 'n1', title: 'open', done: false }, { id: 'n2', title: 'open', done: false })
      const first = await ada.run({ feed })
      const listed = [...newest(first.changes).keys()].sort()
      expectSame(listed, ['n1', 'n2'], 'the matching rows of a filtered feed')
      await write({ id: 'n2', title: 'closed', done: true })
      const second = await ada.run({ feed, cursor: first.cursor })
      const told = capabilities.feed === 'snapshot' || newest(second.changes).has('n2')
      expectThat(told, 'a row that no longer matches to be delivered all the same', second.changes)
    },
  },
  {
    clause: 'RA-2.13',
    title: 'pages carry the server clock where it is declared',
    needs: ({ capabilities }) => (capabilities.clock === 'none' ? 'pages carry no clock (clock none)' : undefined),
    otherwise: { clock: 'none' },
    async run({ ada, write }) {
      await write({ id: 'n1', title: 'one' })
      for (const { now } of (await ada.run()).pages)
        expectThat(Number.isSafeInteger(now), '`now` in ms on each page', now ?? 'undefined')
    },
  },
]
