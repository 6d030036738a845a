import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesOf, documentIdOf, fieldNameOf, isTorn, recordFieldOf, recordIdOf } from '../src/names.ts'

const hostile = [
  '',
  '.',
  '..',
  '/',
  '%',
  '%2F',
  '__x__',
  '____',
  '__',
  'a/b',
  'a%2fb',
  '\n',
  '\u0000',
  '\u0085',
  '\ud83d\ude00',
]
const words = fc.oneof(
  fc.constantFrom(...hostile),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.constantFrom('.', '_', '/', '%', '2', 'F', '$', 'a') }),
)

describe('document ids', () => {
  it('keep every id apart and give it back', () => {
    fc.assert(
      fc.property(words, (id) => {
        expect(recordIdOf(documentIdOf(id))).toBe(id)
      }),
    )
  })

  it('are such as Firestore takes', () => {
    fc.assert(
      fc.property(words, (id) => {
        const documentId = documentIdOf(id)
        expect(documentId).not.toMatch(/^$|\/|^\.\.?$|^__.*__$|\p{Cc}/su)
        expect(bytesOf(documentId)).toBeLessThanOrEqual(Math.max(1, 3 * bytesOf(id)))
      }),
    )
  })

  it('are plain ids as they are', () => {
    for (const id of ['0192f0c1-7b1e-7c3a-9a55-3c1f6a2b7d10', 'a.b', '_x_', 'Ärger', 'a b'])
      expect(documentIdOf(id)).toBe(id)
  })

  it('that the adapter never gives are known as such', () => {
    for (const foreign of ['100%', '%2f', '%41', '%FF', '%2E%2E', '__x__', 'a\nb'])
      expect(recordIdOf(foreign), foreign).toBeUndefined()
  })
})

describe('field names', () => {
  const names = fc.oneof(
    words,
    fc.constantFrom('_rev', '$_rev', '_changedAt', '_deleted', '$list', '$json', '$', '$$', '__proto__'),
  )

  it('come back, and never are what Firestore reserves or the adapter keeps for itself', () => {
    fc.assert(
      fc.property(names, (name) => {
        expect(recordFieldOf(fieldNameOf(name))).toBe(name)
        expect(fieldNameOf(name)).not.toMatch(/^(|__.*__|_rev|_changedAt|_deleted|\$list|\$json)$/s)
      }),
    )
  })

  it('stay apart', () => {
    fc.assert(
      fc.property(names, names, (a, b) => {
        expect(fieldNameOf(a) === fieldNameOf(b)).toBe(a === b)
      }),
    )
  })

  it('of an app stay as they are, dollars too', () => {
    for (const name of ['title', 'a.b', '$inc', '_id', '__v', 'constructor']) {
      expect(fieldNameOf(name)).toBe(name)
      expect(recordFieldOf(name)).toBe(name)
    }
  })
})

it('finds halves of surrogate pairs and nothing else', () => {
  expect(['a\ud800', '\udc00b', '\ud83d'].every(isTorn)).toBe(true)
  expect(['', 'a', '\ud83d\ude00', '\u0000', '\uffff'].some(isTorn)).toBe(false)
})
