import { expectSame, expectThat } from '../core/expect.ts'
import type { Scenario } from '../core/scenario.ts'
import type { RemoteBench, Row } from './bench.ts'
import { all, cas, harnessHas, several } from './needs.ts'
import { creation, deletion, update } from './operations.ts'
import { expectApplied, expectRecord } from './records.ts'

const milk: Row = { id: 'n1', title: 'Milk', done: false, n: 1 }

/** The revision to send for a row as it is now: `null` where the remote does not compare. */
export async function expectedOf({ ada, capabilities }: RemoteBench, id: string): Promise<string | null> {
  return capabilities.conditional === 'cas' ? ((await ada.current(id))?.revision ?? null) : null
}

/** RA-4: operations and their verdicts. */
export const writing: readonly Scenario<RemoteBench>[] = [
  {
    clause: 'RA-4.1',
    title: 'a create takes effect and is answered `applied`',
    async run({ ada, capabilities, truth }) {
      const [verdict] = await ada.push([creation(milk)])
      expectApplied(verdict, 'a create')
      expectRecord(capabilities, await truth('n1'), milk, 'the row at the backend')
    },
  },
  {
    clause: 'RA-4.2',
    title: 'an update changes the fields it names and leaves the others',
    async run(bench) {
      await bench.write(milk)
      const expected = await expectedOf(bench, 'n1')
      const [verdict] = await bench.ada.push([update(milk, expected, { set: { title: 'Oat milk' } })])
      expectApplied(verdict, 'an update')
      const wanted = { ...milk, title: 'Oat milk' }
      expectRecord(bench.capabilities, await bench.truth('n1'), wanted, 'the row at the backend')
    },
  },
  {
    clause: 'RA-4.3',
    title: 'an update removes the fields of `unset`',
    async run(bench) {
      await bench.write(milk)
      const expected = await expectedOf(bench, 'n1')
      const [verdict] = await bench.ada.push([update(milk, expected, { unset: ['n'] })])
      expectApplied(verdict, 'an update with `unset`')
      expectRecord(
        { ...bench.capabilities, absent: 'null' },
        await bench.truth('n1'),
        { id: 'n1', title: 'Milk', done: false },
        'the row at the backend',
      )
    },
  },
  {
    clause: 'RA-4.4',
    title: 'a delete removes the row',
    async run(bench) {
      await bench.write(milk)
      const [verdict] = await bench.ada.push([deletion('n1', await expectedOf(bench, 'n1'))])
      expectApplied(verdict, 'a delete')
      const row = await bench.truth('n1')
      expectThat(row === undefined, 'a deleted row to be gone at the backend', row)
    },
  },
  {
    clause: 'RA-4.5',
    title: 'a create over a deleted row is accepted',
    async run({ ada, backend, capabilities, truth, write }) {
      await write({ id: 'n1', title: 'first life' })
      await backend.remove('notes', 'n1')
      const [verdict] = await ada.push([creation(milk)])
      expectApplied(verdict, 'a create over a tombstone')
      expectRecord(capabilities, await truth('n1'), milk, 'the row at the backend')
    },
  },
  {
    clause: 'RA-4.6',
    title: 'the row of an `applied` verdict is the newest version, under the revision that a pull gives it',
    async run({ ada, capabilities }) {
      const [verdict] = await ada.push([creation(milk)])
      const row = verdict?.kind === 'applied' ? verdict.row : undefined
      if (row === undefined) return
      expectRecord(capabilities, row.kind === 'record' ? row.record : undefined, milk, 'the row of the verdict')
      const pulled = await ada.current('n1')
      expectThat(
        pulled?.revision === row.revision,
        `a pull to give the revision of the verdict, ${row.revision}`,
        pulled,
      )
    },
  },
  {
    clause: 'RA-4.7',
    title: 'an own write is delivered by the next run, or its verdict carries its row',
    async run({ ada, capabilities }) {
      const row = { id: 'n1', title: 'Milk' }
      const { cursor } = await ada.run()
      const [verdict] = await ada.push([creation(row)])
      const told = verdict?.kind === 'applied' ? verdict.row : undefined
      const { changes } = await ada.run({ cursor })
      const change = changes.findLast(({ id }) => id === 'n1') ?? told
      expectRecord(capabilities, change?.kind === 'record' ? change.record : undefined, row, 'the own row as delivered')
    },
  },
  {
    clause: 'RA-4.8',
    title: 'the verdicts of a request stand in the order of its operations',
    needs: all(several, cas),
    async run({ ada, write }) {
      await write({ id: 'taken', title: 'here first' })
      const rows = ['n1', 'n2', 'taken'].map((id): Row => ({ id, title: id }))
      const verdicts = await ada.push(rows.map((row) => creation(row)))
      const kinds = verdicts.map(({ kind }) => kind)
      expectSame(
        kinds.slice(0, 2),
        ['applied', 'applied'],
        'the verdicts on two creates before a third that cannot apply',
      )
      expectThat(
        kinds[2] !== 'applied',
        'the verdict on the third, a create over a living row, not to be applied',
        kinds,
      )
      const ids = verdicts.map((verdict, n) => ('row' in verdict ? verdict.row?.id : rows[n]?.id) ?? rows[n]?.id ?? '')
      expectSame(ids, ['n1', 'n2', 'taken'], 'the rows of the verdicts')
    },
  },
  {
    clause: 'RA-4.9',
    title: 'outside an atomic request each operation stands alone: a refused middle one stops nobody',
    needs: all(several, cas),
    async run({ ada, capabilities, truth, write }) {
      const taken = { id: 'taken', title: 'here first' }
      await write(taken)
      const rows = ['n1', 'taken', 'n2'].map((id): Row => ({ id, title: 'mine' }))
      await ada.push(rows.map((row) => creation(row)))
      for (const id of ['n1', 'n2']) expectRecord(capabilities, await truth(id), { id, title: 'mine' }, `row ${id}`)
      expectRecord(capabilities, await truth('taken'), taken, 'the row that was here first')
    },
  },
  {
    clause: 'RA-4.10',
    title: 'a forbidden operation is `rejected` with SYNC_FORBIDDEN; its neighbours apply',
    needs: all(several, harnessHas('forbid')),
    async run({ ada, backend, truth }) {
      await backend.forbid?.('notes', 'n2')
      const verdicts = await ada.push(['n1', 'n2', 'n3'].map((id) => creation({ id, title: id })))
      const kinds = verdicts.map(({ kind }) => kind)
      expectSame(kinds, ['applied', 'rejected', 'applied'], 'the verdicts around a forbidden operation')
      const code = verdicts[1]?.kind === 'rejected' ? verdicts[1].error.code : 'none'
      expectThat(code === 'SYNC_FORBIDDEN', 'a forbidden operation to be rejected with SYNC_FORBIDDEN', code)
      expectThat((await truth('n2')) === undefined, 'a forbidden create to have no effect', await truth('n2'))
    },
  },
]
