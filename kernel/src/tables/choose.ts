import type { Json } from '../env/json.ts'
import type { FieldTest, Filter } from '../model/filter.ts'
import type { QueryPlan } from '../query/plan.ts'
import type { OrderedIndex } from './sorted.ts'

/** Values that bound a stretch of an index: every match lies from `from` to `to`, both included, read as prefixes. */
interface Bounds {
  readonly from: readonly Json[]
  readonly to: readonly Json[]
  /** How many leading fields are fixed to one value. */
  readonly fixed: number
}

const testsOf = (filter: Filter): readonly FieldTest[] => {
  if ('field' in filter) return [filter]
  return 'all' in filter ? filter.all.flatMap(testsOf) : []
}

/** The stretch of an index over `fields` outside of which nothing can meet the filter. */
export function bounds(fields: readonly string[], filter: Filter): Bounds {
  const tests = testsOf(filter)
  const fixed: Json[] = []
  for (const field of fields) {
    // Objects are equal whatever the order of their fields, but an index has to put them somewhere: it serves scalars only.
    const equal = tests.find(
      (test) => test.field === field && test.is === 'eq' && (test.value === null || typeof test.value !== 'object'),
    )
    if (equal) {
      fixed.push(equal.value ?? null)
      continue
    }
    const value = (...names: string[]): Json[] => {
      const test = tests.find((one) => one.field === field && names.includes(one.is))
      return test ? [test.value ?? null] : []
    }
    return {
      from: [...fixed, ...value('gt', 'gte', 'startsWith')],
      to: [...fixed, ...value('lt', 'lte')],
      fixed: fixed.length,
    }
  }
  return { from: fixed, to: fixed, fixed: fixed.length }
}

/** An index and whether its stretch already stands in the plan's order. */
interface Choice {
  readonly index: OrderedIndex
  readonly ordered: boolean
}

function inOrder(fields: readonly string[], fixed: number, plan: QueryPlan): boolean {
  const rest = fields.slice(fixed)
  // Ties are ordered by id, so an index that goes on after the order's last field stands in another order.
  return (
    rest.length === plan.order.length &&
    plan.order.every(({ field, descending }, at) => !descending && field === rest[at])
  )
}

/** The index that leaves least to look at; `undefined`: none helps. */
export function pickIndex(indexes: readonly OrderedIndex[], plan: QueryPlan): Choice | undefined {
  let best: (Choice & { readonly score: number }) | undefined
  for (const index of indexes) {
    const { from, to, fixed } = bounds(index.fields, plan.filter)
    const ordered = inOrder(index.fields, fixed, plan)
    const score = fixed * 4 + Number(from.length > fixed) + Number(to.length > fixed) + Number(ordered)
    if (score > (best?.score ?? 0)) best = { index, ordered, score }
  }
  return best
}
