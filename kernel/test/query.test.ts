import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSyncClient, type Json, type JsonObject, record } from '../src/index.ts'
import { belongsTo, hasMany } from '../src/relations/index.ts'
import { device } from './support/device.ts'
import { TestServer } from './support/server.ts'
import { virtualEnv } from './support/virtual-env.ts'

interface Item {
  readonly id: string
  readonly a?: Json
  readonly b?: Json
  readonly c?: Json
}

// ---- A model so simple that it can be read: two-valued logic, absent tests like null, text by code unit.
const rank = (value: Json): number =>
  value === null ? 0 : (({ boolean: 1, number: 2, string: 3, object: 4 } as Record<string, number>)[typeof value] ?? 5)
const canonical = (value: Json): Json => {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(canonical)
  const object = value as JsonObject
  return Object.fromEntries(
    Object.keys(object)
      .sort()
      .map((key) => [key, canonical(object[key] as Json)]),
  )
}
const equal = (x: Json, y: Json): boolean => JSON.stringify(canonical(x)) === JSON.stringify(canonical(y))
const scalar = (value: Json): boolean => value !== null && typeof value !== 'object'
const less = (x: Json, y: Json): boolean =>
  scalar(x) && typeof x === typeof y && ((x as number) < (y as number) || (typeof x === 'boolean' && !x && y === true))

type Where = Record<string, unknown>
const operatorHolds: Record<string, (value: Json, wanted: Json) => boolean> = {
  eq: equal,
  ne: (value, wanted) => !equal(value, wanted),
  gt: (value, wanted) => less(wanted, value),
  gte: (value, wanted) => less(wanted, value) || (scalar(value) && equal(value, wanted)),
  lt: less,
  lte: (value, wanted) => less(value, wanted) || (scalar(value) && equal(value, wanted)),
  in: (value, wanted) => (wanted as Json[]).some((one) => equal(value, one)),
  startsWith: (value, wanted) => typeof value === 'string' && value.startsWith(wanted as string),
}
function holds(where: Where, item: Item): boolean {
  return Object.entries(where).every(([field, condition]) => {
    if (field === 'AND') return (condition as Where[]).every((one) => holds(one, item))
    if (field === 'OR') return (condition as Where[]).some((one) => holds(one, item))
    if (field === 'NOT') return !holds(condition as Where, item)
    const value = item[field as 'a'] ?? null
    if (typeof condition !== 'object' || condition === null || Array.isArray(condition))
      return equal(value, condition as Json)
    return Object.entries(condition).every(([name, wanted]) => operatorHolds[name]?.(value, wanted as Json))
  })
}
function before(x: Json, y: Json): number {
  if (rank(x) !== rank(y)) return rank(x) - rank(y)
  const [p, q] = typeof x === 'object' ? [JSON.stringify(x), JSON.stringify(y)] : [x, y]
  return p === q ? 0 : (p as string) < (q as string) ? -1 : 1
}
interface Query {
  readonly where?: Where
  readonly orderBy?: Record<string, 'asc' | 'desc'>
  readonly limit?: number
  readonly offset?: number
}
function answer(items: Iterable<Item>, { where = {}, orderBy = {}, limit, offset = 0 }: Query): readonly Item[] {
  const found = [...items].filter((item) => holds(where, item))
  found.sort((x, y) => {
    for (const [field, direction] of Object.entries(orderBy)) {
      const by = before(x[field as 'a'] ?? null, y[field as 'a'] ?? null)
      if (by !== 0) return direction === 'asc' ? by : -by
    }
    return before(x.id, y.id)
  })
  return found.slice(offset, limit === undefined ? undefined : offset + limit)
}

// ---- Values from a small world, so that many are equal and many are neighbours.
const scalars = fc.constantFrom<Json>(null, true, false, 0, -1, 1, 1.5, 10, '', 'a', 'ab', 'b', 'B', '1', 'Ａ', '😀')
const values = fc.oneof(
  { arbitrary: scalars, weight: 9 },
  fc.constantFrom<Json>([], ['a'], { x: 1 }, { x: 1, y: [2] }, { y: [2], x: 1 }),
)
const fields = fc.constantFrom('a', 'b', 'c')
const items = fc.record(
  { id: fc.constantFrom(...'a b c d e f g h i j k l'.split(' ')), a: values, b: values, c: values },
  { requiredKeys: ['id'] },
)
const one = (name: string, value: fc.Arbitrary<unknown>) => value.map((wanted) => ({ [name]: wanted }))
const condition = fc.oneof(
  scalars,
  ...['eq', 'ne', 'gt', 'gte', 'lt', 'lte'].map((name) => one(name, values)),
  one('in', fc.array(values, { maxLength: 3 })),
  one('startsWith', fc.constantFrom('', 'a', 'ab', 'b', '😀')),
  fc.record({ gte: scalars, lt: scalars }),
  fc.record({ gt: scalars, ne: scalars }),
)
const { where } = fc.letrec<{ where: Where }>((tie) => ({
  where: fc.oneof(
    { maxDepth: 3 },
    fc.tuple(fields, condition).map(([field, wanted]) => ({ [field]: wanted })),
    fc.dictionary(fields, condition, { maxKeys: 3 }),
    fc.array(tie('where'), { maxLength: 3 }).map((list) => ({ OR: list })),
    fc.array(tie('where'), { maxLength: 3 }).map((list) => ({ AND: list })),
    tie('where').map((inner) => ({ NOT: inner })),
    fc.tuple(tie('where'), fields, condition).map(([inner, field, wanted]) => ({ ...inner, [field]: wanted })),
  ),
}))
const queries = fc.record(
  {
    where,
    orderBy: fc.dictionary(fields, fc.constantFrom('asc' as const, 'desc' as const), { maxKeys: 2 }),
    limit: fc.nat(8),
    offset: fc.nat(4),
  },
  { requiredKeys: [] },
) as unknown as fc.Arbitrary<Query>

const indexes = ['a', ['a', 'b'], ['b', 'c', 'a'], ['c', 'a']] as const
const open = (indexed: boolean) =>
  createSyncClient({
    collections: { items: { schema: record<Item>(), ...(indexed ? { indexes } : {}) } },
    env: virtualEnv(),
  })

const distinct = (list: readonly Item[]): readonly Item[] => [...new Map(list.map((item) => [item.id, item])).values()]

describe('any query', () => {
  it.each([false, true])('equals the model (indexes: %s)', async (indexed) => {
    const run = async (list: readonly Item[], asked: readonly Query[]): Promise<void> => {
      const client = open(indexed)
      const rows = distinct(list)
      await client.collections.items.createMany(rows)
      for (const query of asked) {
        const expected = answer(rows, query)
        expect(await client.collections.items.query(query as object)).toEqual(expected)
        expect(await client.collections.items.count(query as object)).toBe(expected.length)
      }
      await client.dispose()
    }
    const lists = fc.array(items, { maxLength: 14 }) as unknown as fc.Arbitrary<readonly Item[]>
    await fc.assert(fc.asyncProperty(lists, fc.array(queries, { minLength: 1, maxLength: 8 }), run), { numRuns: 400 })
  })
})

type Change = { readonly kind: 'save' | 'delete' | 'many'; readonly items: readonly Item[] }
const changes = fc.array(
  fc.oneof(
    { arbitrary: items.map((item) => ({ kind: 'save', items: [item] })), weight: 4 },
    items.map((item) => ({ kind: 'delete', items: [item] })),
    fc.array(items, { minLength: 2, maxLength: 12 }).map((list) => ({ kind: 'many', items: list })),
  ),
  { minLength: 1, maxLength: 10 },
) as unknown as fc.Arbitrary<readonly Change[]>

type Items = ReturnType<typeof open>['collections']['items']

/** A query that is watched, and every answer its listener was told. */
const follow = (items: Items, query: Query) => {
  const watch = items.watchQuery(query as object)
  const told: (readonly Item[])[] = []
  watch.subscribe((list) => told.push(list))
  return { query, watch, told }
}

/** What saving makes of a record: a field whose value is equal is not written, and keeps the order of its own fields. */
const saved = (old: Item | undefined, item: Item): Item =>
  Object.fromEntries(
    Object.entries(item).map(([field, value]) => {
      const before = old?.[field as 'a']
      return [field, before !== undefined && equal(before, value) ? before : value]
    }),
  ) as unknown as Item

/** Makes one change here and in the model. */
async function change(collection: Items, model: Map<string, Item>, { kind, items: given }: Change): Promise<number> {
  const list = distinct(given)
  for (const item of list) {
    if (kind === 'delete') model.delete(item.id)
    else model.set(item.id, saved(model.get(item.id), item))
  }
  await Promise.all(list.map((item) => (kind === 'delete' ? collection.delete(item.id) : collection.save(item))))
  return list.length
}

/** Equal lists of the same rows must be one array. */
function keepsSameArray(before: readonly Item[] = [], now: readonly Item[] = []): void {
  if (before.length === now.length && before.every((row, at) => row === now[at])) expect(now).toBe(before)
}

describe('a live query', () => {
  it.each([false, true])(
    'equals the query run anew after every change, and is the same array while nothing in it changed (indexes: %s)',
    async (indexed) => {
      const run = async (history: readonly Change[], asked: readonly Query[]): Promise<void> => {
        const client = open(indexed)
        const collection = client.collections.items
        const model = new Map<string, Item>()
        const followed = asked.map((query) => follow(collection, query))
        await collection.count()
        for (const step of history) {
          const before = followed.map(({ watch }) => watch.getSnapshot())
          const changed = await change(collection, model, step)
          for (const [at, { query, watch, told }] of followed.entries()) {
            const now = watch.getSnapshot()
            expect(now).toEqual(answer(model.values(), query))
            expect(told.at(-1)).toBe(now)
            // Several writes may be several commits, and their answers may differ in between.
            if (changed === 1) keepsSameArray(before[at], now)
          }
        }
        for (const { told } of followed) expect(new Set(told).size, 'an answer was told twice').toBe(told.length)
        await client.dispose()
      }
      const some = fc.array(queries, { minLength: 1, maxLength: 5 })
      await fc.assert(fc.asyncProperty(changes, some, run), { numRuns: 300 })
    },
  )
})

describe('operators', () => {
  const server = new TestServer()
  const filled = async () => {
    const { tasks } = device(server)
    await tasks.createMany([
      { id: '1', title: 'Alpha', n: 1, done: true },
      { id: '2', title: 'alpha beta', n: 2, done: false },
      { id: '3', title: 'Gamma', n: 10 },
      { id: '4', title: 'Ärger', n: 2 },
    ])
    return async (query: object) => (await tasks.query(query)).map(({ id }) => id).join('')
  }

  it.each<[object, string]>([
    [{ title: 'Alpha' }, '1'],
    [{ title: { eq: 'alpha' } }, ''],
    [{ done: { ne: true } }, '234'],
    [{ done: null }, '34'],
    [{ done: { eq: null } }, '34'],
    [{ n: { gt: 2 } }, '3'],
    [{ n: { gte: 2, lt: 10 } }, '24'],
    [{ n: { lte: 2 }, done: { ne: null } }, '12'],
    [{ n: { in: [1, 10, 99] } }, '13'],
    [{ n: { in: [] } }, ''],
    [{ title: { startsWith: 'al' } }, '2'],
    [{ title: { startsWith: '' } }, '1234'],
    [{ title: { gt: 'Z' } }, '24'],
    [{ n: { gt: '1' } }, ''],
    [{ OR: [{ n: 1 }, { title: 'Gamma' }] }, '13'],
    [{ OR: [] }, ''],
    [{ AND: [] }, '1234'],
    [{ AND: [{ n: { gt: 1 } }, { OR: [{ done: false }, { title: { startsWith: 'G' } }] }] }, '23'],
    [{ NOT: { n: 2 } }, '13'],
    [{ NOT: { done: true } }, '234'],
    [{ n: 2, NOT: { title: { startsWith: 'a' } } }, '4'],
    [{}, '1234'],
  ])('%j finds %j', async (where, found) => {
    const find = await filled()
    expect(await find({ where })).toBe(found)
  })

  it.each<[object, string]>([
    [{}, '1234'],
    [{ orderBy: { title: 'asc' } }, '1324'],
    [{ orderBy: { title: 'desc' } }, '4231'],
    [{ orderBy: { n: 'desc', title: 'asc' } }, '3241'],
    [{ orderBy: { done: 'asc' } }, '3421'],
    [{ orderBy: { done: 'desc' } }, '1234'],
    [{ orderBy: { n: 'asc' }, limit: 2 }, '12'],
    [{ orderBy: { n: 'asc' }, offset: 1, limit: 2 }, '24'],
    [{ offset: 3 }, '4'],
    [{ offset: 9 }, ''],
    [{ limit: 0 }, ''],
  ])('%j gives %j', async (query, found) => {
    const find = await filled()
    expect(await find(query)).toBe(found)
  })
})

describe('relations', () => {
  interface Project {
    readonly id: string
    readonly name: string
  }
  interface Step {
    readonly id: string
    readonly projectId?: string | null
  }
  const make = () =>
    createSyncClient({
      collections: {
        projects: { schema: record<Project>(), relations: { steps: hasMany('steps', 'projectId') } },
        steps: {
          schema: record<Step>(),
          indexes: ['projectId'],
          relations: { project: belongsTo('projects', 'projectId') },
        },
      },
      env: virtualEnv(),
    })

  it('are loaded both ways, and only when asked for', async () => {
    const client = make()
    const { projects, steps } = client.collections
    await projects.createMany([
      { id: 'p', name: 'P' },
      { id: 'q', name: 'Q' },
    ])
    await steps.createMany([
      { id: '2', projectId: 'p' },
      { id: '1', projectId: 'p' },
      { id: '3', projectId: 'gone' },
      { id: '4' },
    ])
    expect(await projects.query({ with: { steps: true } })).toEqual([
      {
        id: 'p',
        name: 'P',
        steps: [
          { id: '1', projectId: 'p' },
          { id: '2', projectId: 'p' },
        ],
      },
      { id: 'q', name: 'Q', steps: [] },
    ])
    const loaded = await steps.query({ with: { project: true } })
    expect(loaded.map(({ project }) => project?.name)).toEqual(['P', 'P', undefined, undefined])
    expect((await steps.query())[0]).not.toHaveProperty('project')
    expect(await steps.read('1')).toEqual({ id: '1', projectId: 'p' })
    await client.dispose()
  })

  it('are live on both sides, and the same array while neither changed', async () => {
    const client = make()
    const { projects, steps } = client.collections
    const watch = projects.watchQuery({ with: { steps: true } })
    const seen: (readonly string[])[] = []
    watch.subscribe((list) =>
      seen.push(list.map(({ id, steps: own }) => `${id}:${own.map((step) => step.id).join('')}`)),
    )
    await projects.create({ id: 'p', name: 'P' })
    await steps.create({ id: '1', projectId: 'p' })
    await steps.update('1', { projectId: null })
    await projects.delete('p')
    expect(seen).toEqual([[], ['p:'], ['p:1'], ['p:'], []])
    expect(watch.getSnapshot()).toBe(watch.getSnapshot())
    await client.dispose()
  })
})
