import type { Scenario } from '../core/scenario.ts'
import type { RemoteBench } from './bench.ts'
import { creation } from './operations.ts'
import { expectApplied, expectRecord } from './records.ts'

/** RA-3: operations and their verdicts. */
export const writing: readonly Scenario<RemoteBench>[] = [
  {
    clause: 'RA-3.1',
    title: 'a create takes effect and is answered `applied`',
    async run({ ada, capabilities, truth }) {
      const row = { id: 'n1', title: 'Milk', done: false }
      const [verdict] = await ada.push([creation(row)])
      expectApplied(verdict, 'a create')
      expectRecord(capabilities, await truth('n1'), row, 'the row at the backend')
    },
  },
]
