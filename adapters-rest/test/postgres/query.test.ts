import { compareValues, type Filter, fieldOf, type Json, type JsonObject, type QueriedRow } from '@rowkeep/kernel'
import { matches } from '@rowkeep/kernel/adapters'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type PostgresStorage, postgresStorage, type Sql } from '../../src/postgres/index.ts'
import { freshSchema, onEachDatabase } from './databases.ts'

type Order = readonly { readonly field: string; readonly descending: boolean }[]
type Rows = ReadonlyMap<string, JsonObject>

const texts = [
  '',
  'a',
  'A',
  'ab',
  '\ud7ff',
  '\ue000',
  '\uffff',
  '\u{10000}',
  '\u{10ffff}',
  '%',
  '1',
  'null',
  '\u0001',
] as const
const value = fc.constantFrom<Json>(null, true, false, 0, 1, -1, 0.1, 0.3, 1e21, 5e-324, ...texts)
const id = fc.oneof(
  fc.constantFrom('a', 'B', '\ue000', '\u{10000}', '%', '_'),
  fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 3 }),
)
const record = fc.dictionary(fc.constantFrom('a', 'b', '__proto__', ''), value, { maxKeys: 3, noNullPrototype: true })
const order: fc.Arbitrary<Order> = fc.uniqueArray(
  fc.record({ field: fc.constantFrom('a', 'b', '__proto__', ''), descending: fc.boolean() }),
  { selector: ({ field }) => field, maxLength: 3 },
)
const filter: fc.Arbitrary<Filter | undefined> = fc.option(
  fc.record({
    field: fc.constantFrom('a', 'b'),
    is: fc.constantFrom('eq', 'ne', 'gt', 'gte', 'lt', 'lte'),
    value,
  }) as fc.Arbitrary<Filter>,
  { nil: undefined },
)

/** What the kernel would answer, in its words alone. */
function expected(rows: Rows, where: Filter | undefined, by: Order): readonly string[] {
  const found = [...rows].filter(([, one]) => !where || matches(where, one))
  const sorted = found.sort(([x, a], [y, b]) => {
    for (const { field, descending } of by) {
      const compared = compareValues(fieldOf(a, field), fieldOf(b, field))
      if (compared !== 0) return descending ? -compared : compared
    }
    return x < y ? -1 : 1
  })
  return sorted.map(([one]) => one)
}

async function walk(
  storage: PostgresStorage,
  where: Filter | undefined,
  by: Order,
  limit: number,
): Promise<readonly QueriedRow[]> {
  const all: QueriedRow[] = []
  let after: string | null = null
  do {
    const asked = { collection: 'notes', order: by, limit, ...(where ? { filter: where } : {}) }
    const page: Awaited<ReturnType<PostgresStorage['query']>> = await storage.query('ada', {
      ...asked,
      ...(after === null ? {} : { after }),
    })
    expect(page.rows.length).toBeGreaterThan(page.after === null ? -1 : 0)
    expect(page.rows.length).toBeLessThanOrEqual(limit)
    all.push(...page.rows)
    after = page.after
  } while (after !== null)
  return all
}

onEachDatabase((sql: Sql) => {
  const fresh = (): PostgresStorage => postgresStorage({ sql, schema: freshSchema() })

  it('answers filters, orders, pages and counts as the kernel does, whatever the rows', async () => {
    const storage = fresh()
    const cases = fc.tuple(
      fc.array(fc.tuple(id, record), { maxLength: 12 }),
      fc.array(fc.tuple(filter, order, fc.integer({ min: 1, max: 5 })), { minLength: 4, maxLength: 4 }),
    )
    await fc.assert(
      fc.asyncProperty(cases, async ([given, asks]) => {
        const rows = new Map(given.map(([one, fields]) => [one, { ...fields, id: one }]))
        for (const [one, fields] of rows) await storage.write('ada', 'notes', one, fields)
        for (const [where, by, limit] of asks) {
          const found = await walk(storage, where, by, limit)
          expect(found.map((row) => row.id)).toEqual(expected(rows, where, by))
          expect(found).toEqual(
            found.map(({ id: one }) => expect.objectContaining({ kind: 'record', record: rows.get(one) })),
          )
          const counted = await storage.count('ada', { collection: 'notes', ...(where ? { filter: where } : {}) })
          expect(counted).toBe(found.length)
        }
        for (const one of rows.keys()) await storage.remove('ada', 'notes', one)
      }),
      { numRuns: 25 },
    )
  })

  describe('a query', () => {
    it("finds no deleted row, and nobody else's", async () => {
      const storage = fresh()
      await storage.write('ada', 'notes', 'mine', { id: 'mine' })
      await storage.write('ada', 'notes', 'gone', { id: 'gone' })
      await storage.write('ada', 'tasks', 'other', { id: 'other' })
      await storage.write('bob', 'notes', 'his', { id: 'his' })
      await storage.remove('ada', 'notes', 'gone')
      const { rows } = await storage.query('ada', { collection: 'notes', limit: 10 })
      expect(rows.map((row) => row.id)).toEqual(['mine'])
      expect(await storage.count('ada', { collection: 'notes' })).toBe(1)
    })

    it('goes on after a row that is gone meanwhile', async () => {
      const storage = fresh()
      for (const one of ['a', 'b', 'c']) await storage.write('ada', 'notes', one, { id: one, n: 1 })
      const asked = { collection: 'notes', limit: 2, order: [{ field: 'n', descending: true }] }
      const { after } = await storage.query('ada', asked)
      await storage.remove('ada', 'notes', 'b')
      const next = await storage.query('ada', { ...asked, after: after ?? '' })
      expect([next.rows.map((row) => row.id), next.after]).toEqual([['c'], null])
    })

    it.each<[string, Filter]>([
      ['an operator it does not know', { field: 'a', is: 'endsWith', value: 'x' }],
      ['ignoreCase', { not: { field: 'a', is: 'eq', value: 'x', ignoreCase: true } }],
      ['text it cannot hold', { any: [{ field: 'a', is: 'gt', value: 'x\u0000' }] }],
    ])('refuses %s', async (_, where) => {
      const storage = fresh()
      const refusal = { code: 'SYNC_UNSUPPORTED' }
      await expect(storage.query('ada', { collection: 'notes', limit: 1, filter: where })).rejects.toMatchObject(
        refusal,
      )
      await expect(storage.count('ada', { collection: 'notes', filter: where })).rejects.toMatchObject(refusal)
    })

    it.each(['', 'x', '{}', '[]', '[1]', '["a","b"]', '[null]', '["\\u0000"]', '["\ud800"]'])(
      'refuses the place %j',
      async (after) => {
        const asked = fresh().query('ada', { collection: 'notes', limit: 1, after })
        await expect(asked).rejects.toMatchObject({ code: 'SYNC_PROTOCOL' })
      },
    )

    it('takes hostile names for data', async () => {
      const storage = fresh()
      const field = `'); drop table rows; --%s%1$s"`
      await storage.write('ada', 'notes', 'a', { id: 'a', [field]: 2 })
      await storage.write('ada', 'notes', 'b', { id: 'b', [field]: 1 })
      const found = await walk(storage, { field, is: 'gte', value: 1 }, [{ field, descending: false }], 1)
      expect(found.map((row) => row.id)).toEqual(['b', 'a'])
    })
  })
})
