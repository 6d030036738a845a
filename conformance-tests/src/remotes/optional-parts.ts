import type { DigestRemote, Feed, QueryableRemote, RemoteAdapter, RowHead } from '@rowkeep/kernel'
import { matches } from '@rowkeep/kernel/adapters'
import { expectSame, expectThat, resolves } from '../core/expect.ts'
import type { Scenario } from '../core/scenario.ts'
import type { RemoteBench, Row } from './bench.ts'
import { creation } from './operations.ts'
import { newest, notes, type Remote } from './remote.ts'

const queries = (adapter: RemoteAdapter): adapter is RemoteAdapter & QueryableRemote => 'query' in adapter
const compares = (adapter: RemoteAdapter): adapter is RemoteAdapter & DigestRemote => 'same' in adapter

const rows: readonly Row[] = Array.from({ length: 9 }, (_, n) => ({ id: `n${n}`, title: `t${n % 3}`, n }))

/** A clause of `same()`. Without it an adapter may declare all it did. */
const comparing = (
  clause: Scenario<RemoteBench>['clause'],
  title: string,
  run: Scenario<RemoteBench>['run'],
): Scenario<RemoteBench> => ({
  clause,
  title,
  needs: ({ ada }) => (compares(ada.adapter) ? undefined : 'the adapter has no same()'),
  otherwise: {},
  run,
})

/** The versions of a whole listing. */
async function listed(remote: Remote): Promise<readonly RowHead[]> {
  const { changes } = await remote.run()
  return [...newest(changes).values()].flatMap((change) => (change.kind === 'record' ? [change] : []))
}

async function expectCompared(
  { adapter, context }: Remote,
  wanted: boolean,
  given: readonly RowHead[],
  what: string,
  feed: Feed = notes,
): Promise<void> {
  if (!compares(adapter)) return
  const same = await resolves('same()', () => adapter.same(feed, given, context()))
  expectThat(same === wanted, `same() to be ${wanted} of ${what}`, same)
}

/** RA-15: optional interfaces. */
export const optionalParts: readonly Scenario<RemoteBench>[] = [
  {
    clause: 'RA-15.1',
    title: "query() and count() answer as the kernel's matcher",
    needs: ({ ada }) => (queries(ada.adapter) ? undefined : 'the adapter has no query()'),
    otherwise: { operators: [] },
    async run({ ada: { adapter, context }, write }) {
      if (!queries(adapter)) return
      await write(...rows)
      const filter = { field: 'title', is: 'eq', value: 't1' } as const
      const wanted = rows.filter((row) => matches(filter, row)).map(({ id }) => id)
      const found = await resolves('query()', () =>
        adapter.query({ collection: 'notes', filter, limit: 100 }, context()),
      )
      expectSame(found.rows.map(({ id }) => id).sort(), wanted, 'the rows of a query')
      const count = await resolves('count()', () => adapter.count({ collection: 'notes', filter }, context()))
      expectThat(count === wanted.length, `a count of ${wanted.length}`, count)
    },
  },
  comparing(
    'RA-15.2',
    'same() is true of the rows of a listing, and false of one too few or too many',
    async (bench) => {
      const { ada, write } = bench
      await expectCompared(ada, true, [], 'no rows where there are none')
      // Bytes and UTF-16 code units have another order.
      await write(...rows, { id: '\uffff', title: 'x' }, { id: '\u{10000}', title: 'x' })
      const all = await listed(ada)
      await expectCompared(ada, true, all, 'all rows')
      await expectCompared(ada, true, all.toReversed(), 'all rows in another order')
      await expectCompared(ada, false, all.slice(1), 'a row too few')
      await expectCompared(ada, false, [], 'no rows where there are some')
      const [first] = all
      if (first) await expectCompared(ada, false, [...all, { ...first, id: 'more' }], 'a row too many')
    },
  ),
  comparing('RA-15.3', 'same() is false of another version of a row', async ({ ada, write }) => {
    await write({ id: 'n1', title: 'one' }, { id: 'n2', title: 'two' })
    const before = await listed(ada)
    await write({ id: 'n1', title: 'changed' })
    await expectCompared(ada, false, before, 'a version that is past')
    await expectCompared(ada, true, await listed(ada), 'the newest versions')
  }),
  comparing(
    'RA-15.4',
    'same() counts neither deleted rows, nor those of other users, nor those that the filters leave out',
    async ({ ada, device, write, backend, writes }) => {
      await write({ id: 'n1', title: 'mine' }, { id: 'n2', title: 'gone' })
      await backend.remove('notes', 'n2')
      if (writes === 'any') await device('bob').push([creation({ id: 'b1', title: 'mine' })])
      const mine = await listed(ada)
      await expectCompared(ada, true, mine, "the rows of ada, beside bob's and a deleted one")
      await write({ id: 'n3', title: 'other' })
      const filters = { notes: { field: 'title', is: 'eq', value: 'mine' } } as const
      const filtered: Feed = { ...notes, id: 'notes@1111111111111111', filters }
      await expectCompared(ada, true, mine, 'the rows that match the filter', filtered)
    },
  ),
]
