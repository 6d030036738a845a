import { compareValues, type Filter, type FilterOperator, fieldOf, type Json, type QueryRequest } from '@rowkeep/kernel'
import type { RemoteBench, Row } from './bench.ts'

// What backends are known to get wrong: null, absence, case, empty text, signs of patterns and of syntax, combining signs, and
// characters whose order by UTF-8 bytes is not that by UTF-16 code units.
const titles = [
  'a',
  'b',
  'B',
  '',
  '%x',
  'x%',
  '_',
  'a,"b)',
  "it's",
  '\\',
  'é',
  'e\u0301',
  '\ue000',
  '\u{10000}',
] as const
const typed: readonly Row[] = [
  ...titles.map((title, at) => ({ id: `t${at}`, title })),
  { id: 'none' },
  { id: 'null', title: null, done: null, n: null },
  { id: 'yes', title: 'b', done: true, n: 1 },
  { id: 'no', title: 'c', done: false, n: -1 },
  { id: 'B', n: 0.1 },
  { id: 'n2', n: 2 },
  { id: 'n10', n: 10 },
]
/** Rows whose fields hold other types than in other rows; for backends where any field may. */
const mixed: readonly Row[] = [
  { id: 'mixed-number', title: 1 },
  { id: 'mixed-true', title: true },
  { id: 'mixed-text', n: '1', done: 'true' },
]

/** Rows to be asked about: every kind of value that the backend's fields can hold. */
export const rowsFor = ({ fields }: RemoteBench): readonly Row[] => (fields === 'any' ? [...typed, ...mixed] : typed)

const single = { title: ['b', '', '\ue000', '\u{10000}', null], n: [1, 0.1, null], done: [true, null] } as const
const scalars = Object.entries(single).flatMap(([field, values]) => values.map((value) => [field, value] as const))
/** Values of another type than the field's, which equal nothing and are ordered to nothing. */
const strange = [
  ['title', 1],
  ['title', true],
  ['n', '1'],
  ['n', true],
  ['done', 'true'],
] as const
const lists = [
  ['title', ['b', null, '\u{10000}', 'a,"b)']],
  ['title', []],
  ['n', [1, 10]],
] as const
const parts = [
  ['title', 'b'],
  ['title', ''],
  ['title', '%'],
  ['title', '_'],
  ['title', '\\'],
  ['title', 'B'],
] as const
const ranges = [
  ['title', ['a', 'b']],
  ['n', [0, 2]],
] as const

type Sample = readonly [field: string, value: Json]
const samples: Readonly<Partial<Record<FilterOperator, readonly Sample[]>>> = {
  in: lists,
  notIn: lists,
  between: ranges,
  isNull: [
    ['title', true],
    ['title', false],
  ],
  contains: parts,
  startsWith: parts,
  endsWith: parts,
}

/** Tests of one declared operator. */
function testsOf({ fields }: RemoteBench, is: FilterOperator): readonly Filter[] {
  const compared = /^(eq|ne|gte?|lte?)$/.test(is) ? [...scalars, ...(fields === 'any' ? strange : [])] : []
  return [...compared, ...(samples[is] ?? [])].map(([field, value]) => ({ field, is, value }) as Filter)
}

const eq = (value: Json): Filter => ({ field: 'title', is: 'eq', value })
/** Tests in groups. */
export const groups: readonly Filter[] = [
  { not: eq('b') },
  { any: [eq('a'), eq('b'), { field: 'n', is: 'eq', value: 1 }] },
  { all: [eq('b'), { not: { field: 'n', is: 'eq', value: 1 } }] },
  { not: { any: [eq('a'), { not: eq(null) }] } },
  { any: [] },
  { all: [] },
]

/** Tests of every declared operator, and groups of tests. */
export const filtersOf = (bench: RemoteBench): readonly Filter[] => {
  const can = bench.capabilities.operators
  const tests = can.flatMap((is) => (is === 'ignoreCase' ? [] : testsOf(bench, is)))
  return can.includes('eq') ? [...tests, ...groups] : tests
}

/** Ids of the rows in the kernel's order. */
export function sorted(rows: readonly Row[], order: NonNullable<QueryRequest['order']>): readonly string[] {
  const compare = (a: Row, b: Row): number => {
    for (const { field, descending } of order) {
      const by = compareValues(fieldOf(a, field), fieldOf(b, field))
      if (by !== 0) return descending ? -by : by
    }
    return a.id < b.id ? -1 : 1
  }
  return [...rows].sort(compare).map(({ id }) => id)
}

/** Orders by one field, by several, by none. */
export const orders: readonly NonNullable<QueryRequest['order']>[] = [
  [],
  [{ field: 'title', descending: false }],
  [{ field: 'n', descending: true }],
  [
    { field: 'done', descending: false },
    { field: 'title', descending: true },
  ],
]
