import type { Filter, JsonObject } from '@rowkeep/kernel'
import { matches } from '@rowkeep/kernel/adapters'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { atLeast, exactly } from '../../src/plain/filters.ts'
import { quoted } from '../../src/plain/quoting.ts'
import { truthOf } from '../../src/testing/conditions.ts'
import { parseLogic } from '../../src/testing/grammar.ts'
import { shapesOf } from '../../src/testing/shapes.ts'

const shape = shapesOf(true).get('notes')
if (!shape) throw new Error('no notes')

const title = fc.constantFrom('a', 'b', '', 'B', 'null', ',', '"', ')', 'é')
const n = fc.constantFrom(0, 1, -1.5)
const test = fc.oneof(
  fc.record({
    field: fc.constant('title'),
    is: fc.constantFrom('eq' as const, 'ne' as const),
    value: fc.option(title),
  }),
  fc.record({ field: fc.constant('n'), is: fc.constantFrom('eq' as const, 'ne' as const), value: fc.option(n) }),
  fc.record({ field: fc.constant('done'), is: fc.constant('eq' as const), value: fc.option(fc.boolean()) }),
  fc.record({
    field: fc.constant('title'),
    is: fc.constant('in' as const),
    value: fc.array(fc.option(title), { maxLength: 3 }),
  }),
)
const unknown = fc.oneof(
  fc.record({ field: fc.constant('n'), is: fc.constantFrom('gt' as const, 'lte' as const), value: n }),
  fc.record({ field: fc.constant('title.text'), is: fc.constant('eq' as const), value: fc.option(title) }),
)
const filterOf = (leaf: fc.Arbitrary<Filter>): fc.Arbitrary<Filter> =>
  fc.letrec<{ filter: Filter }>((tie) => ({
    filter: fc.oneof(
      { depthSize: 'small' },
      leaf,
      fc.record({ all: fc.array(tie('filter'), { maxLength: 3 }) }),
      fc.record({ any: fc.array(tie('filter'), { maxLength: 3 }) }),
      fc.record({ not: tie('filter') }),
    ),
  })).filter
const row: fc.Arbitrary<JsonObject> = fc.record({
  title: fc.option(title),
  n: fc.option(n),
  done: fc.option(fc.boolean()),
})

const holds = (words: string, record: JsonObject): boolean =>
  truthOf(parseLogic('and', `(${words})`), record, shape) === true

/** What PostgREST reads as more than itself somewhere. */
const syntax = fc.constantFrom('"', '\\', ',', '(', ')', '.', ':', '*', '%', '&', ' ', 'a')

describe('a value in a filter list', () => {
  it('is read back as one value, whatever the text [F110]', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: syntax })), (text) => {
        const { parts } = parseLogic('or', `(id.eq.${quoted(text)},n.eq.1)`) as { parts: readonly object[] }
        expect(parts).toHaveLength(2)
        expect(parts[0]).toMatchObject({ column: 'id', operator: 'eq', values: [text] })
      }),
    )
  })
})

describe('a filter in the words of PostgREST', () => {
  it('takes the rows that the matcher of the kernel takes', () => {
    fc.assert(
      fc.property(filterOf(test), row, (filter, record) => {
        const words = exactly(filter)
        const found = typeof words === 'string' ? holds(words, record) : words
        expect(found).toBe(matches(filter, record))
      }),
      { numRuns: 500 },
    )
  })

  it('leaves out no row that matches, where it has no exact words', () => {
    fc.assert(
      fc.property(filterOf(fc.oneof(test, unknown)), row, (filter, record) => {
        const words = atLeast(filter)
        fc.pre(words !== undefined && matches(filter, record))
        expect(holds(words as string, record)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('has no words for comparisons, for lists and objects, and for other cases of letters', () => {
    expect(exactly({ field: 'title', is: 'gt', value: 'a' })).toBeUndefined()
    expect(exactly({ field: 'tags', is: 'eq', value: ['a'] })).toBeUndefined()
    expect(exactly({ field: 'title', is: 'eq', value: 'a', ignoreCase: true })).toBeUndefined()
  })

  it('keeps names of columns from being syntax', () => {
    expect(exactly({ field: 'a,b(eq)c', is: 'eq', value: 1 })).toBe('"a,b(eq)c".eq.1')
  })
})
