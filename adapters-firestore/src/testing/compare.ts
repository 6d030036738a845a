import { elementsOf, fieldsOf, isObject, microsOf, numberOf, type Value } from './proto.ts'

/** Order of types (Cloud Firestore, "Value type ordering"). Integers and doubles are one type. */
const order = [
  ['nullValue'],
  ['booleanValue'],
  ['integerValue', 'doubleValue'],
  ['timestampValue'],
  ['stringValue'],
  ['bytesValue'],
  ['referenceValue'],
  ['geoPointValue'],
  ['arrayValue'],
  ['mapValue'],
]

/** Place of the value's type in the order of types. */
export const rankOf = (value: Value): number => order.findIndex((names) => names.some((name) => name in value))

const sign = (a: number | boolean, b: number | boolean): number => (a < b ? -1 : Number(a > b))

/** By UTF-8 bytes, which is by code point. */
function compareText(a: string, b: string): number {
  const [x, y] = [Array.from(a), Array.from(b)]
  for (let at = 0; at < Math.min(x.length, y.length); at += 1) {
    const by = sign(x[at]?.codePointAt(0) ?? 0, y[at]?.codePointAt(0) ?? 0)
    if (by !== 0) return by
  }
  return sign(x.length, y.length)
}

/** Names of documents, segment by segment. */
export function comparePaths(a: string, b: string): number {
  return compareLists(a.split('/'), b.split('/'), compareText)
}

function compareLists<T>(a: readonly T[], b: readonly T[], compare: (a: T, b: T) => number): number {
  for (const [at, one] of a.entries()) {
    if (at >= b.length) return 1
    const by = compare(one, b[at] as T)
    if (by !== 0) return by
  }
  return sign(a.length, b.length)
}

type Entry = readonly [string, Value]

function entriesOf(value: Value): readonly Entry[] {
  const map = value['mapValue']
  const fields = fieldsOf(isObject(map) ? map['fields'] : undefined)
  return Object.entries(fields).sort(([a], [b]) => compareText(a, b))
}

const compareEntries = ([a, x]: Entry, [b, y]: Entry): number => compareText(a, b) || compareProto(x, y)

const text = (value: Value, name: string): string => String(value[name])

function compareNumbers(a: Value, b: Value): number {
  const [x, y] = [numberOf(a) ?? 0, numberOf(b) ?? 0]
  // NaN comes before every number.
  return Number.isNaN(x) || Number.isNaN(y) ? sign(!Number.isNaN(x), !Number.isNaN(y)) : sign(x, y)
}

function comparePoints(a: Value, b: Value): number {
  const [x, y] = [a, b].map((value) => (isObject(value['geoPointValue']) ? value['geoPointValue'] : {}))
  const by = sign(Number(x?.['latitude'] ?? 0), Number(y?.['latitude'] ?? 0))
  return by || sign(Number(x?.['longitude'] ?? 0), Number(y?.['longitude'] ?? 0))
}

/** By type, in the order above. */
const comparers: readonly ((a: Value, b: Value) => number)[] = [
  () => 0,
  (a, b) => sign(a['booleanValue'] === true, b['booleanValue'] === true),
  compareNumbers,
  (a, b) => sign(microsOf(text(a, 'timestampValue')), microsOf(text(b, 'timestampValue'))),
  (a, b) => compareText(text(a, 'stringValue'), text(b, 'stringValue')),
  (a, b) => compareText(atob(text(a, 'bytesValue')), atob(text(b, 'bytesValue'))),
  (a, b) => comparePaths(text(a, 'referenceValue'), text(b, 'referenceValue')),
  comparePoints,
  (a, b) => compareLists(elementsOf(a), elementsOf(b), compareProto),
  (a, b) => compareLists(entriesOf(a), entriesOf(b), compareEntries),
]

/** The service's total order of values. */
export function compareProto(a: Value, b: Value): number {
  const [x, y] = [rankOf(a), rankOf(b)]
  return x === y ? (comparers[x]?.(a, b) ?? 0) : sign(x, y)
}
