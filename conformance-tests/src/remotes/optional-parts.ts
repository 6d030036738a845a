import type { QueryableRemote, RemoteAdapter } from '@rowkeep/kernel'
import { matches } from '@rowkeep/kernel/adapters'
import { expectSame, expectThat, resolves } from '../core/expect.ts'
import type { Scenario } from '../core/scenario.ts'
import type { RemoteBench, Row } from './bench.ts'

const queries = (adapter: RemoteAdapter): adapter is RemoteAdapter & QueryableRemote => 'query' in adapter

const rows: readonly Row[] = Array.from({ length: 9 }, (_, n) => ({ id: `n${n}`, title: `t${n % 3}`, n }))

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
]
