import type { Filter, Json, JsonObject } from '@rowkeep/kernel'
import { matches } from '@rowkeep/kernel/adapters'
import fc from 'fast-check'
import { beforeAll, expect, it } from 'vitest'
import { postgresStorage, type Sql } from '../../src/postgres/index.ts'
import { freshSchema, onEachDatabase } from './databases.ts'

const fields = ['a', 'b', '__proto__', 'constructor', ''] as const
/** Also where a field has dots in its own name, and where a path leads into a text, a list or nothing. */
const paths = [...fields, 'a.x', 'b.y', 'a.x.y', 'a.0', 'a.', '.x', '..'] as const

const texts = [
  '',
  'a',
  'A',
  'ab',
  'b',
  'é',
  'e\u0301',
  '\ud7ff',
  '\ue000',
  '\ue001',
  '\uffff',
  '\uffff\u{10000}',
  '\u{10000}',
  '\u{10ffff}',
  '\u{10ffff}\ue000',
  '\u{10ffff}\u{10000}',
  '%',
  '_',
  '\\',
  "'",
  '1',
  'null',
  'true',
  ' ',
  '\u0001',
] as const

const numbers = [
  0,
  1,
  -1,
  0.1,
  0.2,
  0.1 + 0.2,
  0.3,
  5e-324,
  1.7976931348623157e308,
  2 ** 53,
  2 ** 53 + 2,
  1e21,
  1e-7,
] as const

const storable = (text: string): boolean => !/\p{Surrogate}|\0/u.test(text)

const scalar = fc.oneof(
  fc.constantFrom<Json>(null, true, false, ...numbers, ...texts),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (Object.is(n, -0) ? 0 : n)),
  fc.string({ unit: 'grapheme', maxLength: 3 }).filter(storable),
)
const value: fc.Arbitrary<Json> = fc.oneof(
  { weight: 4, arbitrary: scalar },
  { weight: 1, arbitrary: fc.array(scalar, { maxLength: 2 }) },
  {
    weight: 1,
    arbitrary: fc.dictionary(
      fc.constantFrom('x', 'y', 'x.y', '__proto__'),
      fc.oneof(scalar, fc.record({ y: scalar })),
      { maxKeys: 2 },
    ),
  },
)
const record: fc.Arbitrary<JsonObject> = fc
  .array(fc.tuple(fc.constantFrom(...fields, 'a.x', '.'), value), { maxLength: 3 })
  .map((entries) => Object.fromEntries(entries))

const test: fc.Arbitrary<Filter> = fc.oneof(
  fc.record(
    { field: fc.constantFrom(...paths), is: fc.constantFrom('eq', 'ne', 'gt', 'gte', 'lt', 'lte'), value },
    { requiredKeys: ['field', 'is'] },
  ),
  fc.record({ field: fc.constantFrom(...paths), is: fc.constant('in'), value: fc.array(value, { maxLength: 4 }) }),
  fc.record({ field: fc.constantFrom(...paths), is: fc.constant('startsWith'), value: fc.constantFrom(...texts) }),
) as fc.Arbitrary<Filter>

const { filter } = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'filter' },
    { weight: 6, arbitrary: test },
    { weight: 1, arbitrary: fc.record({ all: fc.array(tie('filter'), { maxLength: 3 }) }) },
    { weight: 1, arbitrary: fc.record({ any: fc.array(tie('filter'), { maxLength: 3 }) }) },
    { weight: 1, arbitrary: fc.record({ not: tie('filter') }) },
  ),
}))

onEachDatabase((sql: Sql) => {
  const schema = freshSchema()
  beforeAll(() => postgresStorage({ sql, schema }).ready())

  const inSql = async (pairs: readonly (readonly [JsonObject, Filter])[]): Promise<unknown> => {
    const answer = await sql.query(
      `select json_agg(${schema}.matches(pair->0, pair->1) order by place)::text as answer
       from jsonb_array_elements($1::text::jsonb) with ordinality as t (pair, place)`,
      [JSON.stringify(pairs)],
    )
    return JSON.parse(String(answer.rows[0]?.['answer']))
  }

  it('decides as the kernel does, whatever the record and the filter', async () => {
    const pairs = fc.array(fc.tuple(record, filter), { minLength: 40, maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(pairs, async (some) => {
        expect(await inSql(some)).toEqual(some.map(([one, wanted]) => matches(wanted, one)))
      }),
      { numRuns: 100 },
    )
  })

  it('orders every pair of texts and numbers as the kernel does', async () => {
    const all = [...texts, ...numbers, true, false, null]
    const pairs = all.flatMap((a) =>
      all.flatMap((b) => (['lt', 'gte', 'eq'] as const).map((is) => [{ a }, { field: 'a', is, value: b }] as const)),
    )
    expect(await inSql(pairs)).toEqual(pairs.map(([one, wanted]) => matches(wanted, one)))
  })
})
