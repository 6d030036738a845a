import {
  isSyncError,
  type Json,
  type JsonObject,
  type QueriedRow,
  type QueryableRemote,
  type QueryRequest,
  type RemoteAdapter,
  type SyncErrorCode,
} from '@rowkeep/kernel'
import { matches } from '@rowkeep/kernel/adapters'
import { ConformanceError } from '../core/conformance-error.ts'
import { expectSame, expectThat, rejects, resolves, within } from '../core/expect.ts'
import { Inapplicable, type Scenario } from '../core/scenario.ts'
import type { RemoteBench, Row } from './bench.ts'
import type { Fault } from './faults.ts'
import { all, ownRequests } from './needs.ts'
import { filtersOf, groups, orders, rowsFor, sorted } from './query-samples.ts'
import { expectRecord } from './records.ts'
import { notes, type Remote } from './remote.ts'

type Queryable = RemoteAdapter & QueryableRemote
type Ask = Omit<QueryRequest, 'collection' | 'limit'> & { readonly limit?: number }

const isQueryable = (adapter: RemoteAdapter): adapter is Queryable => 'query' in adapter

const queries = ({ ada }: RemoteBench): string | undefined =>
  isQueryable(ada.adapter) ? undefined : 'the remote answers no queries (operators are empty)'

const adapterOf = ({ adapter }: Remote): Queryable => {
  if (isQueryable(adapter)) return adapter
  throw new Inapplicable('the remote answers no queries')
}

const undeclared = { operators: [] } as const

/** Every row of an answer, page by page. */
async function ask(remote: Remote, { limit = 100, ...given }: Ask): Promise<readonly QueriedRow[]> {
  const rows: QueriedRow[] = []
  let after: string | null = null
  do {
    const asked: QueryRequest = { collection: 'notes', limit, ...given, ...(after === null ? {} : { after }) }
    const page = await resolves(`query() of ${JSON.stringify(asked)}`, () =>
      adapterOf(remote).query(asked, remote.context()),
    )
    expectThat(page.rows.length <= limit, `at most ${limit} rows`, page.rows.length)
    expectThat(page.after === null || page.after !== after, 'another place after each answer', page.after)
    rows.push(...page.rows)
    expectThat(rows.length <= 200, 'an answer that ends', rows.length)
    after = page.after
  } while (after !== null)
  return rows
}

const idsOf = (rows: readonly { readonly id: string }[]): readonly string[] => rows.map(({ id }) => id)

/** Whether the remote gives this order; one it cannot give it refuses. */
async function givesOrder({ ada }: RemoteBench, order: NonNullable<QueryRequest['order']>): Promise<boolean> {
  try {
    await within('query()', adapterOf(ada).query({ collection: 'notes', order, limit: 1 }, ada.context()))
    return true
  } catch (error) {
    if (isSyncError(error, 'SYNC_UNSUPPORTED')) return false
    throw new ConformanceError(`an order by ${JSON.stringify(order)}, or its refusal with SYNC_UNSUPPORTED`, error)
  }
}

const status = (code: number): Fault => ({ kind: 'status', status: code })

const faults: readonly (readonly [what: string, fault: Fault, code: SyncErrorCode])[] = [
  ['401', status(401), 'SYNC_AUTH_REQUIRED'],
  ['403', status(403), 'SYNC_FORBIDDEN'],
  ['429', status(429), 'SYNC_RATE_LIMITED'],
  ["a captive portal's page", { kind: 'html' }, 'SYNC_PROTOCOL'],
]

/** RA-17: answers of the server to queries. */
export const remoteQueries: readonly Scenario<RemoteBench>[] = [
  {
    clause: 'RA-17.1',
    title: "declared operators find what the kernel's matcher finds",
    needs: queries,
    otherwise: undeclared,
    async run(bench) {
      const rows = rowsFor(bench)
      await bench.write(...rows)
      for (const filter of filtersOf(bench)) {
        const wanted = idsOf(rows.filter((row) => matches(filter, row))).toSorted()
        const found = idsOf(await ask(bench.ada, { filter })).toSorted()
        expectSame(found as Json, wanted as Json, `the rows that meet ${JSON.stringify(filter)}`)
      }
    },
  },
  {
    clause: 'RA-17.2',
    title: "an order is the kernel's, or refused with SYNC_UNSUPPORTED",
    needs: queries,
    otherwise: undeclared,
    async run(bench) {
      const rows = rowsFor(bench)
      await bench.write(...rows)
      for (const order of orders) {
        if (order.length > 0 && !(await givesOrder(bench, order))) continue
        const found = idsOf(await ask(bench.ada, { order }))
        expectSame(found as Json, sorted(rows, order) as Json, `the rows ordered by ${JSON.stringify(order)}`)
      }
    },
  },
  {
    clause: 'RA-17.3',
    title: 'pages of any length bring every row once, in the order of the whole',
    needs: queries,
    otherwise: undeclared,
    async run(bench) {
      await bench.write(...rowsFor(bench))
      for (const order of orders) {
        if (order.length > 0 && !(await givesOrder(bench, order))) continue
        const whole = idsOf(await ask(bench.ada, { order }))
        for (const limit of [1, 3]) {
          const found = idsOf(await ask(bench.ada, { order, limit }))
          expectSame(found as Json, whole as Json, `the rows in pages of ${limit}`)
        }
      }
    },
  },
  {
    clause: 'RA-17.4',
    title: 'rows come whole, in the version the feed has',
    needs: queries,
    otherwise: undeclared,
    async run(bench) {
      const rows = rowsFor(bench)
      await bench.write(...rows)
      const listed = new Map((await bench.ada.run()).changes.map((change) => [change.id, change]))
      for (const row of await ask(bench.ada, {})) {
        const wanted = rows.find(({ id }) => id === row.id) as Row
        expectThat(row.kind === 'record', `row ${row.id} as a record`, row)
        expectRecord(bench.capabilities, row.record, wanted, `row ${row.id} of an answer`)
        const version = listed.get(row.id)
        const revision = version && 'revision' in version ? version.revision : undefined
        expectThat(row.revision === revision, `row ${row.id} with the revision ${revision}`, row.revision)
      }
    },
  },
  {
    clause: 'RA-17.5',
    title: 'count() is the number of rows that query() finds',
    needs: queries,
    otherwise: undeclared,
    async run(bench) {
      const rows = rowsFor(bench)
      await bench.write(...rows)
      const all = bench.capabilities.operators.includes('eq') ? [undefined, ...groups] : [undefined]
      for (const filter of all) {
        const wanted = rows.filter((row) => !filter || matches(filter, row)).length
        const asked = { collection: 'notes', ...(filter ? { filter } : {}) }
        const count = await resolves('count()', () => adapterOf(bench.ada).count(asked, bench.ada.context()))
        expectThat(count === wanted, `a count of ${wanted} for ${JSON.stringify(filter ?? 'all')}`, count)
      }
    },
  },
  {
    clause: 'RA-17.6',
    title: "neither deleted rows nor other users' are found or counted",
    needs: queries,
    otherwise: undeclared,
    async run({ ada, backend, device, write }) {
      await write({ id: 'stays', title: 'x' }, { id: 'goes', title: 'x' })
      await backend.remove('notes', 'goes')
      const bob = device('bob')
      const seen = [ada, bob].map(async (remote): Promise<Json> => {
        const count = resolves('count()', () => adapterOf(remote).count({ collection: 'notes' }, remote.context()))
        return [idsOf(await ask(remote, {})) as Json, await count]
      })
      expectSame(
        await Promise.all(seen),
        [
          [['stays'], 1],
          [[], 0],
        ],
        'what ada and bob find',
      )
    },
  },
  {
    clause: 'RA-17.7',
    title: 'a query that fails is never an answer',
    needs: all(queries, ownRequests),
    otherwise: undeclared,
    async run({ ada, wire, write }) {
      await write({ id: 'n1', title: 'x' })
      for (const [what, fault, code] of faults) {
        const query = (): Promise<unknown> => adapterOf(ada).query({ collection: 'notes', limit: 1 }, ada.context())
        await rejects(`query() answered by ${what}`, code, () => wire.under(fault, query))
        const count = (): Promise<unknown> => adapterOf(ada).count({ collection: 'notes' }, ada.context())
        await rejects(`count() answered by ${what}`, code, () => wire.under(fault, count))
      }
      const aborted = ada.context({ signal: AbortSignal.abort() })
      const late = (): Promise<unknown> => adapterOf(ada).query({ collection: 'notes', limit: 1 }, aborted)
      await rejects('query() with a signal that is aborted', 'SYNC_ABORTED', late)
    },
  },
  {
    clause: 'RA-17.8',
    title: 'a query changes nothing and moves no cursor',
    needs: queries,
    otherwise: undeclared,
    async run({ ada, backend, write }) {
      await write({ id: 'n1', title: 'x' }, { id: 'n2', title: 'y' })
      const { cursor } = await ada.run()
      const before: readonly JsonObject[] = await backend.rows('notes')
      await ask(ada, { limit: 1 })
      expectSame((await backend.rows('notes')) as Json, before as Json, 'the rows after a query')
      await write({ id: 'n3', title: 'z' })
      const next = await ada.run(cursor === null ? {} : { cursor, feed: notes })
      expectThat(
        next.changes.some(({ id }) => id === 'n3'),
        'the feed to go on where it was',
        idsOf(next.changes),
      )
    },
  },
]
