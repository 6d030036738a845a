import type { ListingRemote, QueryableRemote, RemoteAdapter } from '@rowkeep/kernel'
import { matches } from '@rowkeep/kernel'
import { expectSame, expectThat, resolves } from '../core/expect.ts'
import type { Scenario } from '../core/scenario.ts'
import type { RemoteBench, Row } from './bench.ts'
import { notes, type Remote } from './remote.ts'

const lists = (adapter: RemoteAdapter): adapter is RemoteAdapter & ListingRemote => 'keys' in adapter
const queries = (adapter: RemoteAdapter): adapter is RemoteAdapter & QueryableRemote => 'query' in adapter

type Listing = Awaited<ReturnType<ListingRemote['keys']>>

const rows: readonly Row[] = Array.from({ length: 9 }, (_, n) => ({ id: `n${n}`, title: `t${n % 3}`, n }))

async function allKeys({ adapter, context }: Remote): Promise<readonly string[]> {
  if (!lists(adapter)) return []
  const found: string[] = []
  let cursor: string | null = null
  for (let pages = 0; pages < 50; pages += 1) {
    const at: string | null = cursor
    const page: Listing = await resolves('keys()', () => adapter.keys({ feed: notes, cursor: at, limit: 4 }, context()))
    found.push(...page.keys.map(({ id }) => id))
    cursor = page.cursor
    if (!page.more) break
  }
  return found.sort()
}

/** RA-15: optional interfaces. */
export const optionalParts: readonly Scenario<RemoteBench>[] = [
  {
    clause: 'RA-15.1',
    title: 'keys() lists the key of every living row and of no other',
    needs: ({ ada }) => (lists(ada.adapter) ? undefined : 'the adapter has no keys()'),
    async run({ ada, backend, write }) {
      await write(...rows)
      await backend.remove('notes', 'n0')
      expectSame(
        await allKeys(ada),
        rows.slice(1).map(({ id }) => id),
        'the keys of a whole listing',
      )
    },
  },
  {
    clause: 'RA-15.2',
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
