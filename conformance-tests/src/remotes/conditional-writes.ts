import type { FilterOperator, Json } from '@rowkeep/kernel'
import { matches } from '@rowkeep/kernel/adapters'
import { expectThat } from '../core/expect.ts'
import { Inapplicable, type Scenario } from '../core/scenario.ts'
import type { RemoteBench, Row } from './bench.ts'
import { all, cas, conditions, revisions } from './needs.ts'
import { creation, deletion, update } from './operations.ts'
import { expectApplied, expectRecord } from './records.ts'
import { expectedOf } from './writing.ts'

const mine: Row = { id: 'n1', title: 'mine', done: false }
const theirs: Row = { id: 'n1', title: 'theirs', done: false }
const uncompared = { conditional: 'none' } as const

/** The revision of a row that another device has then changed. */
async function staleRevision(bench: RemoteBench): Promise<string | null> {
  await bench.write(mine)
  const expected = await expectedOf(bench, 'n1')
  await bench.write(theirs)
  return expected
}

// Values whose meaning backends are known to get wrong: null in comparisons, case, prefix characters of LIKE.
const samples: Readonly<Partial<Record<FilterOperator, Json>>> = {
  eq: 'b',
  ne: 'b',
  gt: 'b',
  gte: 'b',
  lt: 'b',
  lte: 'b',
  in: ['a', 'b'],
  startsWith: '%',
}
const titles: readonly Json[] = ['a', 'b', 'B', 'c', '', '%x', 'x%']

async function expectAgreement(bench: RemoteBench, is: FilterOperator, value: Json, row: Row): Promise<void> {
  await bench.write(row)
  const condition = { field: 'title', is, value }
  const expected = await expectedOf(bench, row.id)
  const [verdict] = await bench.ada.push([update(row, expected, { set: { done: true } }, { condition })])
  const wanted = matches(condition, row) ? 'applied' : 'rejected'
  const what = `title ${is} ${JSON.stringify(value)} on ${JSON.stringify(row['title'])} to be ${wanted}, as the kernel's matcher has it`
  expectThat(verdict?.kind === wanted, what, verdict)
}

/** RA-5: writes made for one version, or under a condition. */
export const conditionalWrites: readonly Scenario<RemoteBench>[] = [
  {
    clause: 'RA-5.1',
    title: 'a write for the newest revision is applied',
    needs: cas,
    otherwise: uncompared,
    async run(bench) {
      await staleRevision(bench)
      const expected = await expectedOf(bench, 'n1')
      expectApplied(
        (await bench.ada.push([update(theirs, expected, { set: { done: true } })]))[0],
        'an update for the newest revision',
      )
    },
  },
  {
    clause: 'RA-5.2',
    title: 'a write for an older revision is answered `conflict`',
    needs: cas,
    otherwise: uncompared,
    async run(bench) {
      const expected = await staleRevision(bench)
      for (const operation of [update(mine, expected, { set: { done: true } }), deletion('n1', expected)]) {
        const [verdict] = await bench.ada.push([operation])
        expectThat(verdict?.kind === 'conflict', `a ${operation.kind} for an older revision to be a conflict`, verdict)
      }
    },
  },
  {
    clause: 'RA-5.3',
    title: 'a write for an older revision has no effect',
    needs: cas,
    otherwise: uncompared,
    async run(bench) {
      const expected = await staleRevision(bench)
      await bench.ada.push([update(mine, expected, { set: { title: 'overwritten' } })])
      expectRecord(bench.capabilities, await bench.truth('n1'), theirs, 'the row after a stale update')
      await bench.ada.push([deletion('n1', expected)])
      expectRecord(bench.capabilities, await bench.truth('n1'), theirs, 'the row after a stale delete')
    },
  },
  {
    clause: 'RA-5.4',
    title: 'the row of a `conflict` is the newest version',
    needs: cas,
    otherwise: uncompared,
    async run(bench) {
      const expected = await staleRevision(bench)
      const [verdict] = await bench.ada.push([update(mine, expected, { set: { done: true } })])
      const row = verdict?.kind === 'conflict' ? verdict.row : undefined
      if (row?.kind !== 'record') throw new Inapplicable('the conflict carries no row, which is allowed')
      expectRecord(bench.capabilities, row.record, theirs, 'the row of the conflict')
    },
  },
  {
    clause: 'RA-5.5',
    title: 'a create over a living row is not applied and leaves the row as it is',
    needs: cas,
    otherwise: uncompared,
    async run({ ada, capabilities, truth, write }) {
      await write(theirs)
      const [verdict] = await ada.push([creation(mine)])
      const taken = verdict?.kind === 'rejected' && verdict.error.code === 'SYNC_ID_TAKEN'
      expectThat(verdict?.kind === 'conflict' || taken, 'a conflict, or a rejection with SYNC_ID_TAKEN', verdict)
      expectRecord(capabilities, await truth('n1'), theirs, 'the row that was here first')
    },
  },
  {
    clause: 'RA-5.6',
    title: 'an update of a row that was deleted meanwhile is not applied and does not bring it back',
    needs: all(cas, revisions),
    otherwise: uncompared,
    async run(bench) {
      await bench.write(mine)
      const expected = await expectedOf(bench, 'n1')
      await bench.backend.remove('notes', 'n1')
      const [verdict] = await bench.ada.push([update(mine, expected, { set: { done: true } })])
      const gone = verdict?.kind === 'rejected' && ['SYNC_NOT_VISIBLE', 'SYNC_NOT_FOUND'].includes(verdict.error.code)
      expectThat(verdict?.kind === 'conflict' || gone, 'a conflict, or a rejection with SYNC_NOT_VISIBLE', verdict)
      expectThat((await bench.truth('n1')) === undefined, 'a deleted row to stay deleted', await bench.truth('n1'))
    },
  },
  {
    clause: 'RA-5.7',
    title: 'a write whose condition is false is rejected with SYNC_CONDITION_FAILED, without effect',
    needs: conditions,
    otherwise: { conditions: [] },
    async run(bench) {
      await bench.write(mine)
      const condition = { field: 'done', is: 'eq', value: true } as const
      const expected = await expectedOf(bench, 'n1')
      const [verdict] = await bench.ada.push([update(mine, expected, { set: { title: 'changed' } }, { condition })])
      const code = verdict?.kind === 'rejected' ? verdict.error.code : undefined
      expectThat(code === 'SYNC_CONDITION_FAILED', 'a rejection with SYNC_CONDITION_FAILED', verdict)
      expectRecord(bench.capabilities, await bench.truth('n1'), mine, 'the row after a condition that was false')
    },
  },
  {
    clause: 'RA-5.8',
    title: 'a write whose condition is true is applied',
    needs: conditions,
    otherwise: { conditions: [] },
    async run(bench) {
      await bench.write(mine)
      const condition = { field: 'done', is: 'eq', value: false } as const
      const expected = await expectedOf(bench, 'n1')
      expectApplied(
        (await bench.ada.push([update(mine, expected, { set: { done: true } }, { condition })]))[0],
        'an update whose condition is true',
      )
    },
  },
  {
    clause: 'RA-5.9',
    title: 'of a stale write with a false condition the conflict is told, not the condition',
    needs: all(cas, conditions),
    otherwise: { conditions: [] },
    async run(bench) {
      const expected = await staleRevision(bench)
      const condition = { field: 'done', is: 'eq', value: true } as const
      const [verdict] = await bench.ada.push([update(mine, expected, { set: { n: 1 } }, { condition })])
      expectThat(verdict?.kind !== 'rejected', '`expected` to be tested before the condition', verdict)
    },
  },
  {
    clause: 'RA-5.10',
    title: "declared operators mean what the kernel's matcher means",
    needs: conditions,
    otherwise: { conditions: [] },
    async run(bench) {
      const declared = bench.capabilities.conditions.filter((is): is is FilterOperator => Object.hasOwn(samples, is))
      let count = 0
      for (const is of declared)
        for (const title of titles) {
          count += 1
          await expectAgreement(bench, is, samples[is] ?? null, { id: `n${count}`, title, done: false })
        }
    },
  },
]
