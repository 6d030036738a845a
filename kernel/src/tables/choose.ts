import type { Json } from '../env/json.ts'
import type { FieldTest, Filter } from '../model/filter.ts'
import type { QueryPlan } from '../query/plan.ts'
import type { OrderedIndex } from './sorted.ts'

/** Values of an index's first fields. */
export type Prefix = readonly Json[]

/** A part of an index, from one prefix to another, both included. */
export type Stretch = readonly [from: Prefix, to: Prefix]

/** Where to look in an index for all that can meet the filter. */
export interface Choice {
  readonly index: OrderedIndex
  /** No two overlap. */
  readonly stretches: readonly Stretch[]
  /** The one stretch stands in the plan's order, or, where that descends, in the opposite one but for ties. */
  readonly ordered: boolean
  /** How much it narrows; for comparing choices. */
  readonly score: number
}

/** Tests that every match passes. Objects are equal whatever the order of their fields, so no index helps to find them. */
const testsOf = (filter: Filter): readonly FieldTest[] => {
  if ('all' in filter) return filter.all.flatMap(testsOf)
  if (!('field' in filter) || filter.ignoreCase) return []
  const operand = 'in between'.includes(filter.is) ? (filter.value as Prefix) : [filter.value]
  return operand.every((value) => Object(value) !== value) ? [filter] : []
}

/** The first text behind all that start so; nothing where there is none. */
const behind = (start: Json): Prefix => {
  const next = (start as string).replace(/[^\uffff]\uffff*$/, (end) => String.fromCharCode(end.charCodeAt(0) + 1))
  return next === start ? [] : [next]
}

/** By which index to look, and where; `undefined`: none helps. The one that leaves least to look at is taken. */
export function choose(indexes: readonly OrderedIndex[], { filter, order }: QueryPlan): Choice | undefined {
  const tests = testsOf(filter)
  let best: Choice | undefined
  for (const index of indexes) {
    const fields = [...index.fields]
    // What the first test of the next field by one of these operators compares it with.
    const next = (operators: string): Prefix =>
      tests
        .filter(({ field, is }) => field === fields[0] && operators.includes(is))
        .slice(0, 1)
        .flatMap(({ value }) => value as Json)
    let fixed: Prefix[] = [[]]
    // Many of many would be more places than there are rows.
    for (let points = next('eq in'); points.length > 0 && fixed.length < 99; points = next('eq in')) {
      const values = [...new Set(points)]
      fixed = fixed.flatMap((prefix) => values.map((value) => [...prefix, value]))
      fields.shift()
    }
    const from = next('gte startsWith between').slice(0, 1)
    const to = [...next('lte between').slice(-1), ...next('startsWith').flatMap(behind)].slice(0, 1)
    // Ties are ordered by id, so an index that goes on after the order's last field stands in another order.
    const ordered =
      fixed.length < 2 &&
      fields.length === order.length &&
      order.every(
        ({ field, descending, nullsLast }, at) =>
          field === fields[at] && descending === nullsLast && descending === order[0]?.descending,
      )
    const score = 2 * (index.fields.length - fields.length) + from.length + to.length + Number(ordered)
    if (score > (best?.score ?? 0))
      best = {
        score,
        index,
        ordered,

        stretches: fixed.map((prefix) => [
          [...prefix, ...from],
          [...prefix, ...to],
        ]),
      }
  }
  return best
}
