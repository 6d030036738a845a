import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/index.ts'
import { moreOperators } from '../../src/operators/index.ts'
import { behindPlace, placeOf, textOfPlace } from '../../src/pages/place.ts'
import { seek } from '../../src/pages/seek.ts'
import { type Entry, planQuery } from '../../src/query/plan.ts'
import { Table } from '../../src/tables/table.ts'

const size = 100_000
const idOf = (at: number): string => `r${String(at).padStart(6, '0')}`

/** A table of 100 000 rows that knows how many of them a query looked at. */
function counted(...indexes: readonly (readonly string[])[]) {
  const table = new Table(indexes)
  const looked = new Set<string>()
  const records = Array.from({ length: size }, (_, at) => {
    const fields = { id: idOf(at), n: at, word: `w${at % 1000}`, group: at % 5, flag: at % 2 === 0 }
    const record = new Proxy<JsonObject>(fields, {
      getOwnPropertyDescriptor: (target, field) => {
        looked.add(fields.id)
        return Reflect.getOwnPropertyDescriptor(target, field)
      },
    })
    return { id: fields.id, record }
  })
  table.apply(records)
  const run = (query: object, place?: Entry): { found: readonly string[]; looked: number } => {
    const plan = planQuery(query, moreOperators)
    looked.clear()
    const behind = behindPlace(plan, place, (record) => String(record['id']))
    const entries = place
      ? seek(table, plan, behind, place, plan.offset + plan.limit)
      : table.select(plan, plan.offset + plan.limit)
    return { found: entries.map(({ id }) => id), looked: looked.size }
  }
  return { table, run }
}
const from = (start: number, step: number, length: number): readonly string[] =>
  Array.from({ length }, (_, at) => idOf(start + at * step))

describe('an index', () => {
  const { run } = counted(['n'], ['group', 'n'], ['word'])

  it.each<[string, object, readonly string[]]>([
    ['a limit in its order', { orderBy: { n: 'asc' }, limit: 10 }, from(0, 1, 10)],
    [
      'an offset and a limit',
      { orderBy: { n: 'asc' }, offset: 0, limit: 10, where: { n: { gte: 500 } } },
      from(500, 1, 10),
    ],
    ['one value', { where: { n: 7 } }, [idOf(7)]],
    ['values far apart', { where: { n: { in: [99_999, 5, 5, -1] } } }, [idOf(5), idOf(99_999)]],
    ['a range', { where: { n: { between: [10, 19] } } }, from(10, 1, 10)],
    ['an empty range', { where: { n: { between: [19, 10] } } }, []],
    ['both ends', { where: { n: { gt: 9, lt: 20 } } }, from(10, 1, 10)],
    ['a first field and a range of the second', { where: { group: 3, n: { lt: 20 } } }, from(3, 5, 4)],
    [
      'first fields and a range of the second',
      { where: { group: { in: [1, 3] }, n: { lt: 10 } } },
      [idOf(1), idOf(3), idOf(6), idOf(8)],
    ],
    [
      'a first field, in the order of the second',
      { where: { group: 3 }, orderBy: { n: 'asc' }, limit: 4 },
      from(3, 5, 4),
    ],
    ['a start', { where: { word: { startsWith: 'w99' } }, limit: 3 }, [idOf(99), idOf(990), idOf(991)]],
    ['an AND', { where: { AND: [{ n: { gte: 10 } }, { n: { lt: 12 } }] } }, from(10, 1, 2)],
  ])('reads little for %s', (_, query, found) => {
    const answer = run(query)
    expect(answer.found.slice(0, found.length)).toEqual(found)
    expect(answer.looked).toBeLessThan(1_300)
  })

  it('reads no more than the rows of the answer, and a search for where they begin', () => {
    expect(run({ orderBy: { n: 'asc' }, limit: 10 }).looked).toBeLessThanOrEqual(10 + 2 * 17)
    expect(run({ where: { n: { in: [5, 50_000] } } }).looked).toBeLessThanOrEqual(2 + 4 * 17)
  })

  it('is not asked for every pair of two long lists', () => {
    const many = Array.from({ length: 20_000 }, (_, at) => at)
    const { found } = run({ where: { group: { in: many }, n: { in: [7, ...many.map((n) => n + size)] } } })
    expect(found).toEqual([idOf(7)])
  })

  it('that cannot help is not believed: objects, other case, other operators', () => {
    expect(run({ where: { n: { eq: '7' } } }).found).toEqual([])
    expect(run({ where: { word: { eq: 'W7', ignoreCase: true } }, limit: 2 }).found.slice(0, 2)).toEqual([
      idOf(7),
      idOf(1007),
    ])
    expect(run({ where: { n: { notIn: [0] } }, orderBy: { n: 'asc' }, limit: 1 }).found[0]).toBe(idOf(1))
  })
})

describe('a page on an index', () => {
  const { run } = counted(['n'], ['group'], ['flag', 'group'])
  const order = (query: object) => planQuery(query).order
  const place = (query: object, record: JsonObject): Entry => {
    const text = textOfPlace(order(query), { id: String(record['id']), record })
    return placeOf(order(query), text) as Entry
  }

  it.each<[string, object, JsonObject, readonly string[]]>([
    ['forwards', { orderBy: { n: 'asc' }, limit: 10 }, { id: idOf(49_999), n: 49_999 }, from(50_000, 1, 10)],
    ['backwards', { orderBy: { n: 'desc' }, limit: 10 }, { id: idOf(50_000), n: 50_000 }, from(49_999, -1, 10)],
    ['within ties', { orderBy: { group: 'asc' }, limit: 10 }, { id: idOf(50_000), group: 0 }, from(50_005, 5, 10)],
    [
      'within ties, backwards',
      { orderBy: { group: 'desc' }, limit: 10 },
      { id: idOf(50_004), group: 4 },
      from(50_009, 5, 10),
    ],
    [
      'behind the last tie, backwards',
      { orderBy: { group: 'desc' }, limit: 2 },
      { id: idOf(99_999), group: 4 },
      [idOf(3), idOf(8)],
    ],
    [
      'behind a fixed field',
      { where: { flag: true }, orderBy: { group: 'desc' }, limit: 2 },
      { id: idOf(99_994), group: 4 },
      [idOf(8), idOf(18)],
    ],
    ['at the end', { orderBy: { n: 'asc' }, limit: 10 }, { id: idOf(size - 1), n: size - 1 }, []],
    ['at the end, backwards', { orderBy: { n: 'desc' }, limit: 10 }, { id: idOf(0), n: 0 }, []],
  ])('seeks its place: %s', (_, query, record, found) => {
    const answer = run(query, place(query, record))
    expect(answer.found).toEqual(found)
    expect(answer.looked).toBeLessThanOrEqual(2 * found.length + 6 * 17)
  })
})
