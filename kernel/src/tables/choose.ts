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

/** Tests that every match passes. Objects are equal whatever the order of their fields, so no index helps to find them. */
const testsOf = (filter: Filter): readonly FieldTest[] => {
  if ('all' in filter) return filter.all.flatMap(testsOf)
  return 'field' in filter && (filter.value === null || typeof filter.value !== 'object') ? [filter] : []
}

/** The index that leaves least to look at; `undefined`: none helps. */
export function pickRange(indexes: readonly OrderedIndex[], plan: QueryPlan): Range | undefined {
  const tests = testsOf(plan.filter)
  let best: Range | undefined
  let bestScore = 0
  for (const index of indexes) {
    const { fields } = index
    const fixed: Json[] = []
    // What the first test of the next field by one of these names compares it with.
    const next = (...names: string[]): readonly Json[] =>
      tests
        .filter(({ field, is }) => field === fields[fixed.length] && names.includes(is))
        .slice(0, 1)
        .map(({ value = null }) => value)
    for (let equal = next('eq'); equal.length > 0; equal = next('eq')) fixed.push(...equal)
    const from = [...fixed, ...next('gt', 'gte', 'startsWith')]
    const to = [...fixed, ...next('lt', 'lte')]
    // Ties are ordered by id, so an index that goes on after the order's last field stands in another order.
    const ordered =
      fields.length - fixed.length === plan.order.length &&
      plan.order.every(({ field, descending }, at) => !descending && field === fields[fixed.length + at])
    const score = 2 * fixed.length + from.length + to.length + Number(ordered)
    if (score > bestScore) {
      best = { index, from, to, ordered }
      bestScore = score
    }
  }
  return best
}
