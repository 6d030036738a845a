import type { JsonObject } from '@rowkeep/kernel'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type RowMarks, rowCodec } from '../../src/routes/row-codec.ts'

const marks: RowMarks = { key: 'id', revision: 'v', ordered: false, stamp: 's', deleted: 'd', idBytes: 512 }
const plainForms = { decode: undefined, encode: undefined }
const codecWith = (change: Partial<RowMarks> = {}, forms: Parameters<typeof rowCodec>[2] = plainForms) =>
  rowCodec('notes', { ...marks, ...change }, forms)
const change = (codec: ReturnType<typeof rowCodec>, raw: unknown) => codec.change(codec.head(raw, 'row'))

const nasty = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'a.b', '', '"', '\u0000', 'é']
const field = fc
  .oneof(fc.constantFrom(...nasty), fc.string({ maxLength: 12, unit: 'binary' }))
  .filter((name) => !['id', 'v', 's', 'd'].includes(name))
const fields = fc
  .array(
    fc.tuple(
      field,
      fc.json({ maxDepth: 3 }).map((text) => JSON.parse(text) as JsonObject[string]),
    ),
    { maxLength: 6 },
  )
  .map((pairs) => Object.fromEntries(pairs) as JsonObject)

test('a record goes up and comes down the same, whatever its fields are called', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 60, unit: 'binary' }), fields, fc.nat(), (id, own, version) => {
      const codec = codecWith()
      const record = { ...own, id }
      const sent = JSON.parse(JSON.stringify(codec.body(record))) as JsonObject
      const got = change(codec, { ...sent, v: version, s: 1, d: false })
      expect(got).toMatchObject({ kind: 'record', collection: 'notes', id, revision: String(version) })
      const back = got.kind === 'record' ? got.record : {}
      expect(new Map(Object.entries(back))).toEqual(new Map(Object.entries(record)))
      expect(Object.getPrototypeOf(back)).toBe(Object.prototype)
    }),
  )
})

test('a key that is a number becomes text, in the record too', () => {
  expect(change(codecWith(), { id: 7, v: 1 })).toMatchObject({ id: '7', record: { id: '7' } })
})

test('the key may have another name, and decode() and encode() the last word', () => {
  const codec = codecWith(
    { key: 'uuid' },
    {
      decode: ({ uuid, name = null }) => ({ id: uuid as string, title: name }),
      encode: ({ id = null, title = null }) => ({ uuid: id, name: title }),
    },
  )
  expect(change(codec, { uuid: 'a', name: 'Milk', v: 1 })).toMatchObject({
    id: 'a',
    record: { id: 'a', title: 'Milk' },
  })
  expect(codec.body({ id: 'a', title: 'Milk' })).toEqual({ uuid: 'a', name: 'Milk' })
})

describe('versions', () => {
  test.each([
    ['"abc"', 'abc'],
    ['W/"abc"', 'abc'],
    ['abc', 'abc'],
    [12, '12'],
  ])('%j in a row is %s', (v, revision) => {
    expect(change(codecWith(), { id: 'a', v })).toMatchObject({ kind: 'record', revision })
  })

  test.each([undefined, null, '', 'a"b', 'a b', 'é', true, {}])('%j in a row sets it aside', (v) => {
    expect(change(codecWith(), { id: 'a', v })).toMatchObject({ kind: 'unreadable', id: 'a' })
  })

  test.each(['abc', '01', '-1', '1.5', 1.5, 1e21])('%j sets a row aside where they are ordered', (v) => {
    expect(change(codecWith({ ordered: true }), { id: 'a', v })).toMatchObject({ kind: 'unreadable' })
    expect(codecWith({ ordered: true }).tagged(`"${v}"`)).toBeUndefined()
  })

  test('of a header are those of strong tags', () => {
    expect(codecWith().tagged('"7"')).toBe('7')
    expect(codecWith().tagged('W/"7"')).toBeUndefined()
    expect(codecWith().tagged(null)).toBeUndefined()
    expect(codecWith({ revision: undefined }).tagged('"7"')).toBeUndefined()
  })

  test('are none where none are known', () => {
    expect(change(codecWith({ revision: undefined }), { id: 'a', v: 3 })).toMatchObject({
      revision: null,
      record: { v: 3 },
    })
  })
})

const deep = Array.from({ length: 120 }).reduce<unknown>((inner) => [inner], 1)

test.each([
  ['{"id":"a","v":1,"n":1e999}', /not finite/],
  [JSON.stringify({ id: 'a', v: 1, deep }), /nested deeper/],
])('a record the kernel could not keep is set aside, %#', (text, why) => {
  const got = change(codecWith(), JSON.parse(text))
  expect(got).toMatchObject({ kind: 'unreadable', error: { message: expect.stringMatching(why) } })
})

test.each([
  [() => ({}) as never, undefined],
  [() => [] as never, /gave no object/],
  [
    () => {
      throw new TypeError('secret')
    },
    /decode\(\) threw TypeError$/,
  ],
])('what decode() makes is checked, %#', (decode, why) => {
  const got = change(codecWith({}, { decode, encode: undefined }), { id: 'a', v: 1 })
  if (why) expect(got).toMatchObject({ kind: 'unreadable', error: { message: expect.stringMatching(why) } })
  else expect(got).toMatchObject({ kind: 'record', record: {} })
})
