import { expectSame, expectThat } from '../core/expect.ts'
import type { Scenario } from '../core/scenario.ts'
import type { RemoteBench } from './bench.ts'
import { expectDelivered } from './records.ts'
import { newest } from './remote.ts'

/** RA-2: pages, runs and rows. */
export const reading: readonly Scenario<RemoteBench>[] = [
  {
    clause: 'RA-2.1',
    title: 'an empty feed is an empty snapshot run',
    async run({ ada }) {
      const { pages, changes } = await ada.run()
      expectThat(changes.length === 0, 'an empty feed to deliver nothing', changes)
      expectThat(
        pages.every(({ kind }) => kind === 'snapshot'),
        'every page after `cursor: null` to be of kind snapshot',
        pages,
      )
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
]
