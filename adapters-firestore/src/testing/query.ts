import type { Json, JsonObject } from '@rowkeep/kernel'
import { comparePaths, compareProto, rankOf } from './compare.ts'
import type { Documents, Located } from './documents.ts'
import { segmentsOf, valueAt } from './field-path.ts'
import { elementsOf, isObject, listOf, objectOf, textOf, type Value } from './proto.ts'
import { invalid, StatusError } from './status.ts'

/** One field of the order, and its direction. */
interface Order {
  /** `undefined`: the document's name. */
  readonly path: readonly string[] | undefined
  readonly descending: boolean
}

type Test = (located: Located) => boolean

const pathOf = (field: Json | undefined): readonly string[] | undefined => {
  const path = textOf(objectOf(field, 'field')['fieldPath'], 'field_path')
  return path === '__name__' ? undefined : segmentsOf(path)
}

const nameOf = (prefix: string, { collection, id }: Located): string => `${prefix}/documents/${collection}/${id}`

const holds: { readonly [op: string]: (value: Value, wanted: Value) => boolean } = {
  EQUAL: (value, wanted) => compareProto(value, wanted) === 0,
  NOT_EQUAL: (value, wanted) => !('nullValue' in value) && compareProto(value, wanted) !== 0,
  // Ranges hold within one type only.
  LESS_THAN: (value, wanted) => rankOf(value) === rankOf(wanted) && compareProto(value, wanted) < 0,
  LESS_THAN_OR_EQUAL: (value, wanted) => rankOf(value) === rankOf(wanted) && compareProto(value, wanted) <= 0,
  GREATER_THAN: (value, wanted) => rankOf(value) === rankOf(wanted) && compareProto(value, wanted) > 0,
  GREATER_THAN_OR_EQUAL: (value, wanted) => rankOf(value) === rankOf(wanted) && compareProto(value, wanted) >= 0,
  ARRAY_CONTAINS: (value, wanted) =>
    'arrayValue' in value && elementsOf(value).some((one) => compareProto(one, wanted) === 0),
  IN: (value, wanted) => elementsOf(wanted).some((one) => compareProto(value, one) === 0),
}

function fieldTest(
  filter: JsonObject,
  read: (at: readonly string[] | undefined) => (one: Located) => Value | undefined,
): Test {
  const op = textOf(filter['op'], 'op')
  const wanted = objectOf(filter['value'], 'value')
  const test = holds[op]
  if (!test) throw new StatusError('UNIMPLEMENTED', `This double has no operator ${op}.`)
  if (op === 'IN' && elementsOf(wanted).length > 30) throw invalid("'IN' supports up to 30 comparison values.")
  const readField = read(pathOf(filter['field']))
  return (located) => {
    const value = readField(located)
    return value !== undefined && test(value, wanted)
  }
}

/** One structured query over one collection. */
export class StructuredQuery {
  readonly collection: string
  readonly #prefix: string
  readonly #test: Test
  readonly #order: readonly Order[]
  readonly #raw: JsonObject

  /** `database`: the name in front of `documents`; `parent`: the path behind it, `''` for the root. */
  constructor(database: string, parent: string, raw: JsonObject) {
    const [from, ...others] = listOf(raw['from'], 'from')
    if (!isObject(from) || others.length > 0) throw invalid('A query is of exactly one collection.')
    if (from['allDescendants'] === true) throw new StatusError('UNIMPLEMENTED', 'This double has no collection groups.')
    const id = textOf(from['collectionId'], 'collection_id')
    this.collection = parent === '' ? id : `${parent}/${id}`
    this.#prefix = database
    this.#raw = raw
    this.#test = this.#testOf(raw['where'])
    this.#order = this.#orderOf(raw)
  }

  /** The documents it finds, in its order. */
  run(documents: Documents): readonly Located[] {
    const { startAt, endAt, offset } = this.#raw
    const all = documents.list(this.collection).filter((one) => this.#test(one) && this.#isOrdered(one))
    const found = all
      .sort((a, b) => this.#compare(a, b))
      .filter((one) => this.#isBehind(one, startAt) && this.#isBefore(one, endAt))
      .slice(Number(offset ?? 0))
    const limit = this.#limit()
    return limit === undefined ? found : found.slice(0, limit)
  }

  /** Proto3 JSON has wrapped numbers bare; the WebChannel sends them as objects. */
  #limit(): number | undefined {
    const { limit } = this.#raw
    const bare = isObject(limit) ? limit['value'] : limit
    return bare === undefined || bare === null ? undefined : Number(bare)
  }

  readonly #read =
    (path: readonly string[] | undefined) =>
    (one: Located): Value | undefined =>
      path === undefined ? { referenceValue: nameOf(this.#prefix, one) } : valueAt(one.doc.fields, path)

  #testOf(where: Json | undefined): Test {
    if (!isObject(where)) return () => true
    if (isObject(where['fieldFilter'])) return fieldTest(where['fieldFilter'], this.#read)
    if (isObject(where['compositeFilter'])) {
      const { op, filters } = where['compositeFilter']
      const tests = listOf(filters, 'filters').map((filter) => this.#testOf(filter))
      return op === 'OR' ? (one) => tests.some((test) => test(one)) : (one) => tests.every((test) => test(one))
    }
    throw new StatusError('UNIMPLEMENTED', `This double has no filter ${Object.keys(where).join(', ')}.`)
  }

  /** The order as sent, and behind it the document's name, in the last direction. */
  #orderOf(raw: JsonObject): readonly Order[] {
    const sent = listOf(raw['orderBy'], 'order_by').map((one): Order => {
      const { field, direction } = objectOf(one, 'order_by')
      return { path: pathOf(field), descending: direction === 'DESCENDING' }
    })
    if (sent.some(({ path }) => path === undefined)) return sent
    return [...sent, { path: undefined, descending: sent.at(-1)?.descending ?? false }]
  }

  #isOrdered(one: Located): boolean {
    return this.#order.every(({ path }) => this.#read(path)(one) !== undefined)
  }

  #compare(a: Located, b: Located): number {
    for (const { path, descending } of this.#order) {
      const by = path === undefined ? comparePaths(a.id, b.id) : this.#compareAt(path, a, b)
      if (by !== 0) return descending ? -by : by
    }
    return 0
  }

  #compareAt(path: readonly string[], a: Located, b: Located): number {
    const [x, y] = [this.#read(path)(a), this.#read(path)(b)]
    return x && y ? compareProto(x, y) : 0
  }

  /** How a document stands to a cursor, which may have fewer values than the order has fields. */
  #against(one: Located, cursor: JsonObject): number {
    const values = listOf(cursor['values'], 'cursor.values')
    if (values.length > this.#order.length) throw invalid('Cursor has too many values.')
    for (const [at, wanted] of values.entries()) {
      const { path, descending } = this.#order[at] as Order
      const value = this.#read(path)(one)
      const by = value === undefined ? 0 : compareProto(value, objectOf(wanted, 'cursor.values'))
      if (by !== 0) return descending ? -by : by
    }
    return 0
  }

  #isBehind(one: Located, cursor: Json | undefined): boolean {
    if (!isObject(cursor)) return true
    const by = this.#against(one, cursor)
    return cursor['before'] === true ? by >= 0 : by > 0
  }

  #isBefore(one: Located, cursor: Json | undefined): boolean {
    if (!isObject(cursor)) return true
    const by = this.#against(one, cursor)
    return cursor['before'] === true ? by < 0 : by <= 0
  }
}
