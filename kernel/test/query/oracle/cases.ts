import fc from 'fast-check'
import type { Item, Query, Value, Where } from './model.ts'

/** One change of the collection. */
export interface Change {
  readonly kind: 'save' | 'delete' | 'many'
  readonly items: readonly Item[]
}

/** A random app: what it indexes, what is there, what it asks, what it does. */
export interface Case {
  readonly indexes: readonly (string | readonly string[])[]
  readonly start: readonly Item[]
  readonly asked: readonly Query[]
  readonly changes: readonly Change[]
}

// Values of a small world, so that many are equal and many are neighbours.
const few = fc.constantFrom<Value>(null, 0, 1, 'a', 'A')
const scalars = fc.oneof(
  { arbitrary: few, weight: 2 },
  fc.constantFrom<Value>(
    ...([null, true, false, 0, -1, 1, 1.5, 10] as const),
    ...['', 'a', 'A', 'ab', 'b', 'B', '1', 'ß', 'SS', 'ς', 'σ', '\uffff', 'a\uffff', '\ud83d\ude00', '\ud83d', 'Ａ'],
  ),
)
const lists = fc.oneof(
  fc.constantFrom<Value>([], ['a'], ['A', 1], [null], [['a']], [{ x: 1, y: 2 }]),
  fc.array(scalars, { maxLength: 3 }),
)
const places = fc.constantFrom<Value>(
  ...[
    { lat: 0, lng: 0 },
    { lat: 0, lng: 1 },
    { lat: 52.5, lng: 13.4 },
    { lat: 89, lng: 180 },
    { lat: 89, lng: -180 },
  ],
  ...[{ lat: '0', lng: 0 }, { lat: 0 }, [0, 0]],
)
const nested = fc.record({ x: scalars, y: fc.oneof(fc.record({ z: scalars }), scalars) }, { requiredKeys: [] })
const anything = fc.oneof({ arbitrary: scalars, weight: 8 }, lists, fc.constantFrom<Value>({ x: 1 }, { x: 1, y: [2] }))

const items = fc.record(
  {
    id: fc.constantFrom(...'a b c d e f g h i j k l'.split(' ')),
    a: anything,
    b: scalars,
    c: lists,
    d: fc.oneof({ arbitrary: nested, weight: 4 }, scalars) as fc.Arbitrary<Value>,
    'd.x': scalars,
    e: places,
  },
  { requiredKeys: ['id'] },
) as fc.Arbitrary<Item>

const paths = ['a', 'b', 'c', 'd.x', 'd.y.z', 'd.y', 'd', 'e.lat', 'id', 'gone', 'gone.x'] as const
const path = fc.constantFrom(...paths)
const text = fc.constantFrom('', 'a', 'A', 'ab', 'b', 'ss', '\uffff', '\ud83d', '\ude00')
const operands: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  ...Object.fromEntries(['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'has'].map((name) => [name, anything])),
  ...Object.fromEntries(['in', 'notIn', 'hasAny'].map((name) => [name, fc.array(anything, { maxLength: 4 })])),
  ...Object.fromEntries(['contains', 'startsWith', 'endsWith'].map((name) => [name, text])),
  eq: fc.oneof(anything, fc.constant({ y: [2], x: 1 })),
  between: fc.tuple(scalars, scalars),
  isNull: fc.boolean(),
  matches: fc.constantFrom('', '^a', 'b$', '[ab]', 'a|1', '\\d', '^.$', 'S'),
  near: fc.record({
    lat: fc.constantFrom(0, 1, 52, 90),
    lng: fc.constantFrom(0, -180, 13, 180),
    withinMeters: fc.constantFrom(0, 1, 80_000, 200_000, 10_000_000, 30_000_000),
  }),
}
const test = fc
  .constantFrom(...Object.keys(operands))
  .chain((name) => (operands[name] as fc.Arbitrary<unknown>).map((operand) => ({ [name]: operand })))
const condition: fc.Arbitrary<unknown> = fc.oneof(
  { arbitrary: fc.oneof(scalars, lists), weight: 2 },
  { arbitrary: test, weight: 8 },
  fc.tuple(test, test).map(([x, y]) => ({ ...x, ...y })),
  fc.tuple(test, fc.boolean()).map(([x, ignoreCase]) => ({ ...x, ignoreCase })),
)
/** A place is tested as one, and now and then as anything else. */
const single: fc.Arbitrary<Where> = fc.oneof(
  { arbitrary: fc.tuple(path, condition).map(([name, wanted]) => ({ [name]: wanted })), weight: 8 },
  (operands['near'] as fc.Arbitrary<unknown>).map((near) => ({ e: { near } })),
)
const { where } = fc.letrec<{ where: Where }>((tie) => ({
  where: fc.oneof(
    { maxDepth: 3 },
    { arbitrary: single, weight: 5 },
    fc.tuple(single, single).map(([x, y]) => ({ ...x, ...y })),
    fc.array(tie('where'), { maxLength: 3 }).map((list) => ({ OR: list })),
    fc.array(tie('where'), { maxLength: 3 }).map((list) => ({ AND: list })),
    tie('where').map((inner) => ({ NOT: inner })),
    fc.tuple(tie('where'), single).map(([x, y]) => ({ ...x, ...y })),
  ),
}))
const directions = fc.constantFrom('asc', 'desc', 'asc nulls last', 'desc nulls first')
const queries = fc.record(
  {
    where,
    orderBy: fc.oneof(
      fc.dictionary(path, directions, { maxKeys: 3 }),
      // As indexes stand: all in one direction.
      fc
        .tuple(fc.uniqueArray(path, { maxLength: 2 }), fc.constantFrom('asc', 'desc'))
        .map(([names, direction]) => Object.fromEntries(names.map((name) => [name, direction]))),
    ),
    limit: fc.nat(6),
    offset: fc.nat(4),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Query>

const changes = fc.oneof(
  { arbitrary: items.map((item) => ({ kind: 'save' as const, items: [item] })), weight: 4 },
  items.map((item) => ({ kind: 'delete' as const, items: [item] })),
  fc.array(items, { minLength: 2, maxLength: 20 }).map((list) => ({ kind: 'many' as const, items: list })),
) as fc.Arbitrary<Change>

const indexes = fc.array(fc.uniqueArray(path, { minLength: 1, maxLength: 3 }), { maxLength: 4 })

const point = fc.oneof(
  { arbitrary: few.map((eq) => ({ eq })), weight: 4 },
  fc.constant({ eq: { y: [2], x: 1 } }),
  { arbitrary: fc.array(few, { maxLength: 4 }).map((list) => ({ in: list })), weight: 4 },
  anything.map((eq) => ({ eq })),
  fc.tuple(scalars, fc.boolean()).map(([eq, ignoreCase]) => ({ eq, ignoreCase })),
)
const range = fc.oneof(
  fc.record({ gte: scalars, lt: scalars }, { requiredKeys: [] }),
  fc.record({ gt: scalars, lte: scalars }, { requiredKeys: [] }),
  fc.tuple(scalars, scalars).map((between) => ({ between })),
  text.map((startsWith) => ({ startsWith })),
  fc.record({ startsWith: text, lte: scalars }),
  fc.tuple(text, fc.boolean()).map(([startsWith, ignoreCase]) => ({ startsWith, ignoreCase })),
)
const notEmpty = (tests: object): boolean => Object.keys(tests).length > 0

/** A query that an index of these fields may serve: points on the first of them, a range of the next, the order of the rest. */
const served = (fields: readonly string[]): fc.Arbitrary<Query> =>
  fc
    .record({
      points: fc.array(point, { maxLength: fields.length }),
      range: fc.option(range),
      direction: fc.constantFrom('asc', 'desc', 'asc nulls last', 'desc nulls first'),
      ordered: fc.nat(fields.length),
      rest: fc.option(queries),
    })
    .map(({ points, range: between, direction, ordered, rest }) => {
      const tests = [...points, ...(between && notEmpty(between) ? [between] : [])]
      const where = { ...rest?.where, ...Object.fromEntries(tests.map((one, at) => [fields[at] ?? 'b', one])) }
      const left = fields.slice(points.length, points.length + ordered)
      return { ...rest, where, orderBy: Object.fromEntries(left.map((name) => [name, direction])) }
    })

export const cases: fc.Arbitrary<Case> = indexes.chain((lists) =>
  fc.record({
    indexes: fc.constant(lists),
    start: fc.array(items, { maxLength: 14 }),
    asked: fc.array(fc.oneof(queries, ...lists.map(served)), { minLength: 1, maxLength: 4 }),
    changes: fc.array(changes, { maxLength: 5 }),
  }),
)
