import { expectThat } from '../core/expect.ts'
import { Inapplicable, type Scenario } from '../core/scenario.ts'
import type { RemoteBench } from './bench.ts'
import { all, deltas, harnessHas, revisions } from './needs.ts'
import { missing } from './reading.ts'

const signalled = ({ capabilities }: RemoteBench): string | undefined =>
  capabilities.expiry === 'signalled' ? undefined : 'the remote does not tell of old cursors (expiry silent)'

// As four other remotes make them, and one that nobody does.
const foreignCursors = [
  '{"m":"d","x":"9004"}',
  '{"o":"2026-11-20T05:00:20.000000+00:00"}',
  '{"o":"1795149700.300000000"}',
  '{"s":1795149990000}',
  '"etag-41"',
  "nobody's",
]

/** RA-13: cursors that are too old, histories that begin anew. */
export const history: readonly Scenario<RemoteBench>[] = [
  {
    clause: 'RA-13.1',
    title: 'a cursor that is too old is answered `expired`, or by a snapshot run',
    needs: all(signalled, deltas, harnessHas('expire')),
    otherwise: { expiry: 'silent' },
    async run({ ada, backend, write }) {
      await write({ id: 'n1', title: 'one' })
      const { cursor } = await ada.run()
      await write({ id: 'n2', title: 'two' })
      await backend.expire?.()
      const page = await ada.pull({ cursor })
      expectThat(page.kind !== 'delta', 'a page of kind expired or snapshot', page)
    },
  },
  {
    clause: 'RA-13.2',
    title: 'after an expiry a run from nothing lists every row and gives a good cursor',
    needs: all(signalled, deltas, harnessHas('expire')),
    otherwise: { expiry: 'silent' },
    async run({ ada, backend, write }) {
      const rows = [
        { id: 'n1', title: 'one' },
        { id: 'n2', title: 'two' },
      ]
      await write(...rows.slice(0, 1))
      await backend.expire?.()
      await write(...rows.slice(1))
      const run = await ada.run()
      const lost = missing(run, rows)
      expectThat(lost.length === 0, 'every row to be listed', { lost })
      const next = await ada.pull({ cursor: run.cursor })
      expectThat(next.kind !== 'expired', 'the cursor of a run after the expiry to be good', next)
    },
  },
  {
    clause: 'RA-13.3',
    title: 'a history that begins anew has another epoch',
    needs: harnessHas('restore'),
    async run({ ada, backend, write }) {
      await write({ id: 'n1', title: 'one' })
      const before = await ada.run()
      const epoch = before.pages[0]?.epoch
      if (epoch === undefined) throw new Inapplicable('pages carry no epoch')
      await backend.restore?.()
      const page = await ada.pull({ cursor: before.cursor })
      expectThat(page.epoch !== undefined && page.epoch !== epoch, `an epoch other than '${epoch}'`, page.epoch)
    },
  },
  {
    clause: 'RA-13.4',
    title: 'within one history the epoch stays the same',
    async run({ ada, write }) {
      const first = await ada.run()
      await write({ id: 'n1', title: 'one' })
      const second = await ada.run({ cursor: first.cursor })
      const epochs = new Set([...first.pages, ...second.pages].map(({ epoch }) => epoch))
      expectThat(epochs.size === 1, 'one epoch, or none, on all pages', [...epochs])
    },
  },
  {
    clause: 'RA-13.5',
    title: 'a cursor that another remote made is answered `expired`, or by a snapshot run',
    async run({ ada, write }) {
      await write({ id: 'n1', title: 'one' })
      for (const cursor of foreignCursors) {
        const page = await ada.pull({ cursor })
        expectThat(page.kind !== 'delta', `a page of kind expired or snapshot after the cursor ${cursor}`, page)
      }
    },
  },
  {
    clause: 'RA-13.6',
    title: 'pages carry an epoch, so that the rows of one place are never compared with those of another',
    needs: revisions,
    async run({ ada, write }) {
      await write({ id: 'n1', title: 'one' })
      for (const { epoch } of (await ada.run()).pages)
        expectThat(typeof epoch === 'string' && epoch !== '', 'an `epoch` on each page', epoch ?? 'undefined')
    },
  },
]
