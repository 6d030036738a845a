import type { PushOperation, PushVerdict } from '@rowkeep/kernel'
import { expectSame, expectThat, within } from '../core/expect.ts'
import type { Scenario } from '../core/scenario.ts'
import type { RemoteBench, Row } from './bench.ts'
import { all, batch, cas, recognisesIds } from './needs.ts'
import { again, creation } from './operations.ts'
import { expectRecord } from './records.ts'

const record = { atomicity: 'record' } as const
const taken: Row = { id: 'taken', title: 'here first' }
const withGuilty = (): readonly PushOperation[] => ['n1', 'taken', 'n2'].map((id) => creation({ id, title: 'mine' }))

const isAborted = (verdict: PushVerdict | undefined): boolean =>
  verdict?.kind === 'retry' && verdict.outcome === 'unapplied' && verdict.error.code === 'SYNC_GROUP_ABORTED'
/** Where the backend cannot tell which one was guilty, all are rejected and say so. */
const isGroup = (verdict: PushVerdict | undefined): boolean =>
  verdict?.kind === 'rejected' && verdict.error.details?.['group'] === true

/** RA-7: all or none. */
export const atomicRequests: readonly Scenario<RemoteBench>[] = [
  {
    clause: 'RA-7.1',
    title: 'an atomic request without fault applies whole',
    needs: batch,
    otherwise: record,
    async run({ ada, backend }) {
      const verdicts = await ada.push(
        ['n1', 'n2', 'n3'].map((id) => creation({ id, title: 'mine' })),
        true,
      )
      expectSame(
        verdicts.map(({ kind }) => kind),
        ['applied', 'applied', 'applied'],
        'the verdicts of an atomic request',
      )
      const rows = await backend.rows('notes')
      expectThat(rows.length === 3, 'three rows at the backend', rows)
    },
  },
  {
    clause: 'RA-7.2',
    title: 'an atomic request with one operation that cannot apply has no effect at all',
    needs: all(batch, cas),
    otherwise: record,
    async run({ ada, backend, capabilities, write }) {
      await write(taken)
      await ada.push(withGuilty(), true)
      const rows = await backend.rows('notes')
      expectThat(rows.length === 1, 'none of the operations to have taken effect', rows)
      expectRecord(capabilities, rows[0], taken, 'the row that was here first')
    },
  },
  {
    clause: 'RA-7.3',
    title: 'the guilty operation is named; the others are `retry`, unapplied, SYNC_GROUP_ABORTED',
    needs: all(batch, cas),
    otherwise: record,
    async run({ ada, write }) {
      await write(taken)
      const verdicts = await ada.push(withGuilty(), true)
      const [first, guilty, last] = verdicts
      if (verdicts.every(isGroup)) return
      const named = guilty?.kind === 'conflict' || guilty?.kind === 'rejected'
      expectThat(named, 'the guilty operation to be a conflict or rejected', verdicts)
      expectThat(isAborted(first) && isAborted(last), 'the others to be retry, unapplied, SYNC_GROUP_ABORTED', verdicts)
    },
  },
  {
    clause: 'RA-7.4',
    title: 'operations of an aborted request apply under their own ids when they are sent again without the guilty one',
    needs: all(batch, cas),
    otherwise: record,
    async run({ ada, backend, write }) {
      await write(taken)
      const operations = withGuilty()
      await ada.push(operations, true)
      const innocent = operations.filter(({ id }) => id !== 'taken').map(again)
      const verdicts = await ada.push(innocent, true)
      expectSame(
        verdicts.map(({ kind }) => kind),
        ['applied', 'applied'],
        'the verdicts without the guilty operation',
      )
      const rows = await backend.rows('notes')
      expectThat(rows.length === 3, 'three rows at the backend', rows)
    },
  },
  {
    clause: 'RA-7.5',
    title: 'an atomic request whose answer was lost has one effect when it is sent again',
    needs: all(batch, recognisesIds),
    otherwise: record,
    async run({ ada, backend, wire }) {
      const operations = ['n1', 'n2'].map((id) => creation({ id, title: 'mine' }))
      const send = (): Promise<unknown> =>
        ada.adapter.push({ operations, atomic: true }, ada.context()).catch(() => undefined)
      await within('push() whose answer is lost', wire.under({ kind: 'lost' }, send))
      const verdicts = await ada.push(operations.map(again), true)
      expectSame(
        verdicts.map(({ kind }) => kind),
        ['applied', 'applied'],
        'the verdicts on the resend',
      )
      const rows = await backend.rows('notes')
      expectThat(rows.length === 2, 'two rows at the backend', rows)
    },
  },
]
