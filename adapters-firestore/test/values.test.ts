import type { Json, JsonObject } from '@rowkeep/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { recordOf, storedFieldsOf } from '../src/codec.ts'
import { jsonValueOf, storedValueOf } from '../src/values.ts'
import { bench, creation } from './bench.ts'

const names = fc.constantFrom('a', '', '__proto__', '_rev', '$list', '$json', 'a.b', '`', '\\', 'constructor')
const tree: fc.Arbitrary<Json> = fc.letrec<{ tree: Json }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'medium' },
    fc.constantFrom<Json>(null, true, false, '', 'text', 0, -1, 0.1, 2 ** 53, -(2 ** 60), 1e21, 5e-324),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.array(fc.tuple(names, tie('tree')), { maxLength: 4 }).map((pairs) => Object.fromEntries(pairs) as JsonObject),
  ),
})).tree

/** Levels of maps and lists; a list in a list fails. */
function levelsOf(value: unknown, inList = false): number {
  if (typeof value !== 'object' || value === null) return 0
  expect(inList && Array.isArray(value), 'a list directly in a list').toBe(false)
  const parts = Object.values(value).map((part) => levelsOf(part, Array.isArray(value)))
  return 1 + Math.max(0, ...parts)
}

const nested = (levels: number, wrap: (inner: Json) => Json): Json =>
  levels === 0 ? 'bottom' : wrap(nested(levels - 1, wrap))

describe('values', () => {
  it('come back from what Firestore can hold', () => {
    fc.assert(
      fc.property(tree, (value) => {
        const stored = storedValueOf(value)
        expect(levelsOf(stored)).toBeLessThanOrEqual(20)
        expect(jsonValueOf(stored)).toEqual(value)
      }),
    )
  })

  it.each([1, 2, 3, 4, 5, 6, 7, 17, 18, 19, 20, 21, 60, 99])('of %i levels come back', (levels) => {
    const wraps: ((inner: Json) => Json)[] = [
      (one) => [one],
      (one) => ({ one }),
      (one) => [{ one }],
      (one) => [[one]],
      (one) => [[{ one }]],
    ]
    for (const wrap of wraps) {
      for (const value of [nested(levels, wrap), { a: nested(levels, wrap) }, [{ a: [nested(levels, wrap)] }]]) {
        expect(levelsOf(storedValueOf(value))).toBeLessThanOrEqual(20)
        expect(jsonValueOf(storedValueOf(value))).toEqual(value)
      }
    }
  })

  it('of a record never take the place of our own', () => {
    const record = { id: 'n1', _rev: 'mine', _changedAt: 1, _deleted: true, $_rev: 'mine too' }
    const fields = { ...storedFieldsOf(record), _rev: 7, _changedAt: 'server', _deleted: false }
    expect(recordOf({ documentId: 'n1', fields })).toEqual(record)
  })
})

it('come back over the SDK and the wire', { timeout: 60_000 }, async () => {
  const { ada, run } = await bench()
  const values = fc.sample(tree, { numRuns: 200, seed: 7 })
  const rows = values.map((value, n) => ({
    id: `n${n}`,
    value,
    [['', '__proto__', 'x.y', '_rev'][n % 4] ?? '']: value,
  }))
  const context = { user: 'ada', signal: new AbortController().signal, timeoutMs: 1000, env: {} as never }
  const verdicts = await ada.push({ operations: rows.map((row) => creation(row)), atomic: false }, context)
  expect(verdicts.filter(({ kind }) => kind !== 'applied')).toEqual([])
  const { changes } = await run()
  const pulled = new Map(changes.map((one) => [one.id, one.kind === 'record' ? one.record : one]))
  for (const row of rows) expect(pulled.get(row.id)).toEqual(row)
})
