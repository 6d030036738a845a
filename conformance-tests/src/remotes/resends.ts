import type { PushOperation, PushVerdict } from '@rowkeep/kernel'
import { expectSame, expectThat, within } from '../core/expect.ts'
import type { Scenario } from '../core/scenario.ts'
import type { RemoteBench, Row } from './bench.ts'
import type { Fault } from './faults.ts'
import { log, recognisesIds, resendable } from './needs.ts'
import { again, creation, deletion, update } from './operations.ts'
import { expectApplied, expectRecord } from './records.ts'
import { expectedOf } from './writing.ts'

const row: Row = { id: 'n1', title: 'Milk', n: 1, tags: ['a'] }
const natural = { idempotency: 'natural' } as const
const none = { idempotency: 'none' } as const

/** Sends under the fault; how the call ends does not matter here. */
async function lose(bench: RemoteBench, operation: PushOperation, fault: Fault = { kind: 'lost' }): Promise<void> {
  const request = { operations: [operation], atomic: false }
  const call = (): Promise<unknown> => bench.ada.adapter.push(request, bench.ada.context()).catch(() => undefined)
  await within('push() whose answer is lost', bench.wire.under(fault, call))
}

/**
 * After a lost answer: `applied`, or where ids are not recognised a refusal that shows the own effect to be there, which the
 * kernel ends as applied.
 */
function expectSettled(bench: RemoteBench, verdict: PushVerdict | undefined, what: string): void {
  const { idempotency } = bench.capabilities
  const shown = idempotency === 'natural' && (verdict?.kind === 'conflict' || gone(verdict))
  expectThat(verdict?.kind === 'applied' || shown, `${what} that is sent again to be answered applied`, verdict)
}

const gone = (verdict: PushVerdict | undefined): boolean =>
  verdict?.kind === 'rejected' && ['SYNC_NOT_VISIBLE', 'SYNC_NOT_FOUND', 'SYNC_ID_TAKEN'].includes(verdict.error.code)

/** RA-6: an operation id names one payload for ever. */
export const resends: readonly Scenario<RemoteBench>[] = [
  {
    clause: 'RA-6.1',
    title: 'an operation sent twice has one effect and is `applied` both times',
    needs: recognisesIds,
    otherwise: natural,
    async run(bench) {
      await bench.write(row)
      const operation = update(row, await expectedOf(bench, 'n1'), { set: { title: 'once' } })
      expectApplied((await bench.ada.push([operation]))[0], 'the first sending')
      const before = await bench.ada.current('n1')
      expectApplied((await bench.ada.push([again(operation)]))[0], 'the second sending')
      const after = await bench.ada.current('n1')
      expectSame(after?.revision, before?.revision, 'the revision after the second sending')
    },
  },
  {
    clause: 'RA-6.2',
    title: 'another payload under a used id is rejected with SYNC_ID_REUSED, without effect',
    needs: log,
    otherwise: natural,
    async run(bench) {
      await bench.write(row)
      const operation = update(row, await expectedOf(bench, 'n1'), { set: { title: 'first' } })
      await bench.ada.push([operation])
      const other = {
        ...update({ ...row, title: 'first' }, operation.expected, { set: { title: 'other' } }),
        opId: operation.opId,
      }
      const [verdict] = await bench.ada.push([other])
      const code = verdict?.kind === 'rejected' ? verdict.error.code : undefined
      expectThat(code === 'SYNC_ID_REUSED', 'a rejection with SYNC_ID_REUSED', verdict)
      expectSame((await bench.truth('n1'))?.['title'], 'first', 'the title after the id was used again')
    },
  },
  {
    clause: 'RA-6.3',
    title: 'a create whose answer was lost has one effect when it is sent again',
    needs: resendable,
    otherwise: none,
    async run(bench) {
      const operation = creation(row)
      await lose(bench, operation)
      expectRecord(bench.capabilities, await bench.truth('n1'), row, 'the row after a lost answer')
      expectSettled(bench, (await bench.ada.push([again(operation)]))[0], 'a create')
      expectRecord(bench.capabilities, await bench.truth('n1'), row, 'the row after the create was sent again')
    },
  },
  {
    clause: 'RA-6.4',
    title: 'an update whose answer was lost has one effect when it is sent again',
    needs: resendable,
    otherwise: none,
    async run(bench) {
      await bench.write(row)
      const operation = update(row, await expectedOf(bench, 'n1'), { set: { title: 'Oat milk' } })
      await lose(bench, operation)
      expectSettled(bench, (await bench.ada.push([again(operation)]))[0], 'an update')
      expectSame((await bench.truth('n1'))?.['title'], 'Oat milk', 'the title after the update was sent again')
    },
  },
  {
    clause: 'RA-6.5',
    title: 'a delete whose answer was lost stays done when it is sent again',
    needs: resendable,
    otherwise: none,
    async run(bench) {
      await bench.write(row)
      const operation = deletion('n1', await expectedOf(bench, 'n1'))
      await lose(bench, operation)
      expectSettled(bench, (await bench.ada.push([again(operation)]))[0], 'a delete')
      expectThat((await bench.truth('n1')) === undefined, 'the deleted row to stay deleted', await bench.truth('n1'))
    },
  },
  {
    clause: 'RA-6.6',
    title: 'an increment whose answer was lost counts once',
    needs: recognisesIds,
    otherwise: natural,
    async run(bench) {
      await bench.write(row)
      const operation = update(row, null, { increment: { n: 5 } })
      await lose(bench, operation)
      await bench.ada.push([again(operation)])
      expectSame((await bench.truth('n1'))?.['n'], 6, 'a field of 1 incremented by 5, sent twice')
    },
  },
  {
    clause: 'RA-6.7',
    title: 'an append whose answer was lost adds once',
    needs: recognisesIds,
    otherwise: natural,
    async run(bench) {
      await bench.write(row)
      const operation = update(row, null, { append: { tags: ['b', 'a'] } })
      await lose(bench, operation)
      await bench.ada.push([again(operation)])
      expectSame((await bench.truth('n1'))?.['tags'], ['a', 'b', 'a'], 'a list of [a] with [b, a] appended, sent twice')
    },
  },
  {
    clause: 'RA-6.8',
    title: 'a resend leaves a later write of somebody else alone and brings its row',
    needs: recognisesIds,
    otherwise: natural,
    async run(bench) {
      await bench.write(row)
      const operation = update(row, await expectedOf(bench, 'n1'), { set: { title: 'mine' } })
      await lose(bench, operation)
      const theirs = { ...row, title: 'theirs, later' }
      await bench.write(theirs)
      const [verdict] = await bench.ada.push([again(operation)])
      expectRecord(bench.capabilities, await bench.truth('n1'), theirs, 'the row after the resend')
      const shown = verdict?.kind === 'applied' && verdict.row?.kind === 'record' ? verdict.row.record : undefined
      if (shown) expectRecord(bench.capabilities, shown, theirs, 'the row of the verdict')
    },
  },
  {
    clause: 'RA-6.9',
    title: 'a request that the network delivers twice has one effect',
    needs: recognisesIds,
    otherwise: natural,
    async run(bench) {
      await bench.write(row)
      await lose(bench, update(row, null, { append: { tags: ['b'] } }), { kind: 'twice' })
      expectSame((await bench.truth('n1'))?.['tags'], ['a', 'b'], 'a list of [a] with [b] appended, delivered twice')
    },
  },
  {
    clause: 'RA-6.10',
    title: 'a request that never arrived takes effect when it is sent again',
    needs: resendable,
    otherwise: none,
    async run(bench) {
      const operation = creation(row)
      await lose(bench, operation, { kind: 'drop' })
      expectThat(
        (await bench.truth('n1')) === undefined,
        'a dropped request to have no effect',
        await bench.truth('n1'),
      )
      expectApplied((await bench.ada.push([again(operation)]))[0], 'a create that never arrived before')
      expectRecord(bench.capabilities, await bench.truth('n1'), row, 'the row after the create was sent again')
    },
  },
]
