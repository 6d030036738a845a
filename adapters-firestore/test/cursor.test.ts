import fc from 'fast-check'
import { expect, it } from 'vitest'
import { cursorOf, type Place, placeOf } from '../src/cursor.ts'

const time = fc.option(fc.maxSafeInteger(), { nil: null })
const run = fc.record({
  kind: fc.constantFrom('snapshot' as const, 'delta' as const),
  after: fc.record({ seconds: fc.integer(), nanoseconds: fc.nat(999_999_999) }),
  documentId: fc.string({ unit: 'grapheme', minLength: 1 }),
  began: time,
})
const place: fc.Arbitrary<Place> = fc.oneof(fc.record({ from: time }), run)

it('cursors give back their place', () => {
  fc.assert(
    fc.property(place, (one) => {
      expect(placeOf(cursorOf(one))).toEqual(one)
    }),
  )
})

it('what no adapter of this form made is no cursor', () => {
  const good = JSON.parse(cursorOf({ kind: 'delta', after: { seconds: 1, nanoseconds: 2 }, documentId: 'a', began: 3 }))
  for (const change of [
    { form: 'firestore-2' },
    { kind: 'both' },
    { s: '1' },
    { n: -1 },
    { n: 1e9 },
    { id: 5 },
    { began: 'x' },
  ])
    expect(placeOf(JSON.stringify({ ...good, ...change })), JSON.stringify(change)).toBeUndefined()
  for (const text of ['', '{', 'null', '[]', '{"from":1}', '"x"']) expect(placeOf(text), text).toBeUndefined()
})
