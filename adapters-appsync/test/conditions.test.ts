import type { Filter, FilterOperator, Json, JsonObject } from '@rowkeep/kernel'
import { matches } from '@rowkeep/kernel/adapters'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { conditionOf, Untranslatable } from '../src/conditions.ts'
import { modelOf } from '../src/model.ts'
import { meets } from '../src/testing/filters.ts'

const model = modelOf('notes', { model: 'Note', fields: ['id', 'title', 'done', 'n', 'meta'], json: ['meta'] })

const texts = fc.constantFrom('', 'a', 'b', 'ab', 'B', '%', '\u00e9', '\ue000', '\u{1f600}')
const values: { readonly [field: string]: fc.Arbitrary<Json> } = {
  title: fc.option(texts),
  done: fc.option(fc.boolean()),
  n: fc.option(fc.constantFrom(-1, 0, 0.5, 1, 10)),
}
const records = fc.record(values, { requiredKeys: [] }) as fc.Arbitrary<JsonObject>

const operatorsOf = (value: fc.Arbitrary<Json>): fc.Arbitrary<readonly [FilterOperator, Json]> =>
  fc.oneof(
    fc.tuple(fc.constantFrom<FilterOperator>('eq', 'ne', 'gt', 'gte', 'lt', 'lte'), value),
    fc.tuple(fc.constant<FilterOperator>('in'), fc.array(value, { maxLength: 3 })),
  )
const tests: fc.Arbitrary<Filter> = fc.oneof(
  ...Object.entries(values).map(([field, value]) =>
    operatorsOf(value).map(([is, wanted]): Filter => ({ field, is, value: wanted })),
  ),
  texts.map((value): Filter => ({ field: 'title', is: 'startsWith', value })),
  fc.constantFrom('n1', 'n2').map((value): Filter => ({ field: 'id', is: 'eq', value })),
)
const filters: fc.Arbitrary<Filter> = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    tests,
    tie('filter').map((not): Filter => ({ not })),
    fc.array(tie('filter'), { maxLength: 3 }).map((all): Filter => ({ all })),
    fc.array(tie('filter'), { maxLength: 3 }).map((any): Filter => ({ any })),
  ),
})).filter

/** As DynamoDB has the record: with a marker list or, where another client made the row, without; null as a value or as nothing. */
const items = fc.tuple(records, fc.boolean(), fc.boolean()).map(([record, marked, dropsNulls]) => {
  const kept = Object.entries(record).filter(([, value]) => !(dropsNulls && value === null))
  return {
    record: { ...record, id: 'n1' },
    item: { ...Object.fromEntries(kept), id: 'n1', ...(marked ? { _m: [] } : {}) },
  }
})

/** The condition; `undefined` where it is honestly refused. */
function translated(filter: Filter, id?: string): JsonObject | undefined {
  try {
    return conditionOf(filter, model, id)
  } catch (thrown) {
    if (thrown instanceof Untranslatable) return undefined
    throw thrown
  }
}

describe('a condition', () => {
  it("means to DynamoDB what it means to the kernel's matcher", () => {
    let compared = 0
    fc.assert(
      fc.property(filters, items, (filter, { record, item }) => {
        for (const id of [undefined, 'n1']) {
          const condition = translated(filter, id)
          if (condition === undefined) continue
          compared += 1
          expect(meets(condition, item)).toBe(matches(filter, record))
        }
      }),
      { numRuns: 2000 },
    )
    expect(compared).toBeGreaterThan(2000)
  })

  it('on a write names no id, which AppSync would refuse', () => {
    const condition = conditionOf({ all: [{ field: 'id', is: 'eq', value: 'n1' }, { any: [] }] }, model, 'n1')
    expect(JSON.stringify(condition)).not.toContain('"id"')
  })

  it.each<Filter>([
    { field: 'title', is: 'lt', value: '\ud83d\ude00' },
    { field: 'title', is: 'gt', value: '\uffee' },
    { field: 'meta', is: 'eq', value: 'x' },
    { field: 'title', is: 'eq', value: ['a'] },
    { field: 'title', is: 'near', value: 'a' },
    { field: 'constructor', is: 'eq', value: 'a' },
  ])('that would mean something else is refused: %j', (filter) => {
    expect(() => conditionOf(filter, model)).toThrow(Untranslatable)
  })
})
