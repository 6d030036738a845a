import type { Json, JsonObject } from '@rowkeep/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inputOf, itemOf, rowOf } from '../src/codec.ts'
import { type Model, modelOf } from '../src/model.ts'

// Names that an object of JavaScript's already has.
const fields = ['id', 'title', 'meta', 'constructor', 'hasOwnProperty', 'toString']
const model: Model = modelOf('notes', { model: 'Note', fields, json: ['meta'] })

const json = fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.parse(JSON.stringify(value)) as Json)
const records = fc.record({
  id: fc.string({ minLength: 1 }),
  title: fc.option(fc.string()),
  meta: json,
  constructor: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0)),
  hasOwnProperty: fc.option(fc.boolean()),
  toString: fc.option(fc.array(fc.string())),
}) as unknown as fc.Arbitrary<JsonObject & { readonly id: string }>

const row = (more: JsonObject): JsonObject => ({
  id: 'n1',
  _version: 7,
  _deleted: null,
  _lastChangedAt: 1,
  _m: ['op'],
  ...more,
})

describe('a record', () => {
  it('comes back from the wire as it went', () => {
    fc.assert(
      fc.property(records, (record) => {
        const wire = JSON.parse(JSON.stringify(inputOf(record, model))) as JsonObject
        const read = rowOf(row(wire), record.id, 'notes', model)
        expect(read.row).toEqual({
          kind: 'record',
          collection: 'notes',
          id: record.id,
          revision: '7',
          contains: ['op'],
          record,
        })
      }),
    )
  })

  it('has a null for each field that the row does not have, whatever the field is called', () => {
    expect(rowOf(row({}), 'n1', 'notes', model).row).toMatchObject({
      record: { id: 'n1', title: null, meta: null, constructor: null, hasOwnProperty: null, toString: null },
    })
  })

  it('has no id where its key is another', () => {
    const keyed = modelOf('notes', { model: 'Note', fields: ['title'], key: 'title' })
    expect(rowOf(row({ title: 'one' }), 'n1', 'notes', keyed).row).toMatchObject({ id: 'n1', record: { title: 'one' } })
    expect(Object.keys((rowOf(row({}), 'n1', 'notes', keyed).row as { record: object }).record)).toEqual(['title'])
  })
})

describe('a nested value', () => {
  it('is the text of its JSON on the wire', () => {
    expect(inputOf({ meta: { a: [1] }, title: null }, model)).toEqual({ meta: '{"a":[1]}', title: null })
  })

  it.each(['no json', '{"a":1e999}', `${'['.repeat(200)}${']'.repeat(200)}`, 5])(
    'that cannot be read sets the row aside: %s',
    (meta) => {
      expect(itemOf(row({ meta }), 'notes', model)).toMatchObject({
        kind: 'unreadable',
        id: 'n1',
        error: { code: 'SYNC_PROTOCOL' },
      })
    },
  )
})

it('a deleted row is a tombstone, with its markers', () => {
  expect(rowOf(row({ _deleted: true, title: 'gone' }), 'n1', 'notes', model)).toEqual({
    version: 7,
    deleted: true,
    marks: ['op'],
    row: { kind: 'tombstone', collection: 'notes', id: 'n1', revision: '7', contains: ['op'] },
  })
})

it.each([undefined, null, [], 'x', row({ id: 'n2' }), row({ _version: null })])(
  'an answer of another shape is refused: %j',
  (raw) => {
    expect(() => rowOf(raw, 'n1', 'notes', model)).toThrow('SYNC_PROTOCOL')
  },
)
