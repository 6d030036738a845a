import type { Json } from '../env/json.ts'
import type { FieldTest, Filter } from '../model/filter.ts'
import type { QueryPlan } from '../query/plan.ts'
import type { OrderedIndex } from './sorted.ts'

/** A stretch of an index outside of which nothing can meet the filter: values from `from` to `to`, read as prefixes. */
export interface Range {
  readonly index: OrderedIndex
  readonly from: readonly Json[]
  readonly to: readonly Json[]
  /** The stretch already stands in the plan's order. */
  readonly ordered: boolean
}

const testsOf = (filter: Filter): readonly FieldTest[] => {
  if ('field' in filter) return [filter]
  return 'all' in filter ? filter.all.flatMap(testsOf) : []
}

/** The index that leaves least to look at; `undefined`: none helps. */
export function pickRange(indexes: readonly OrderedIndex[], plan: QueryPlan): Range | undefined {
  const tests = testsOf(plan.filter)
  let best: Range | undefined
  let bestScore = 0
  for (const index of indexes) {
    const { fields } = index
    // Objects are equal whatever the order of their fields, but an index has to put them somewhere: it serves scalars only.
    const values = (field: string | undefined, ...names: string[]): Json[] =>
      tests
        .filter(
          (test) =>
            test.field === field && names.includes(test.is) && (test.value === null || typeof test.value !== 'object'),
        )
        .slice(0, 1)
        .map(({ value = null }) => value)
    const fixed: Json[] = []
    while (fixed.length < fields.length && values(fields[fixed.length], 'eq').length > 0) {
      fixed.push(...values(fields[fixed.length], 'eq'))
    }
    const next = fields[fixed.length]
    const from = [...fixed, ...values(next, 'gt', 'gte', 'startsWith')]
    const to = [...fixed, ...values(next, 'lt', 'lte')]
    // Ties are ordered by id, so an index that goes on after the order's last field stands in another order.
    const ordered =
      fields.length - fixed.length === plan.order.length &&
      plan.order.every(({ field, descending }, at) => !descending && field === fields[fixed.length + at])
    const score = fixed.length * 4 + from.length + to.length - 2 * fixed.length + Number(ordered)
    if (score > bestScore) {
      best = { index, from, to, ordered }
      bestScore = score
    }
  }
  return best
}
