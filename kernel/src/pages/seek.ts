import { matches } from '../query/match.ts'
import { comparator, type Entry, type QueryPlan } from '../query/plan.ts'
import { choose } from '../tables/choose.ts'
import { lowerBound } from '../tables/sorted.ts'
import { stretchOf, type Table } from '../tables/table.ts'

/** Entries of a stretch in the plan's order, read one at a time, beginning behind a place. */
function* walk(list: readonly Entry[], { order }: QueryPlan, place: Entry | undefined): Generator<Entry> {
  const compare = comparator(order)
  const byFields = (entry: Entry, other: Entry): number => compare({ ...entry, id: other.id }, other)
  const backwards = order[0]?.descending
  // Read backwards, entries with equal fields stand in the order of their ids still.
  const startOfTies = (end: number): number => {
    const last = list[end - 1] as Entry
    const next = list[end - 2]
    return next && byFields(next, last) === 0 ? lowerBound(list, (entry) => byFields(entry, last) > 0, 0, end) : end - 1
  }
  let end = list.length
  // Read backwards, what stands before the place comes at the end.
  if (backwards && place) end = lowerBound(list, (entry) => byFields(entry, place) >= 0)
  while (end > 0) {
    const start = backwards ? startOfTies(end) : 0
    let at = place ? lowerBound(list, (entry) => compare(entry, place) <= 0, start, end) : start
    for (; at < end; at += 1) yield list[at] as Entry
    end = start
  }
}

/**
 * What a plan finds behind a place, in its order: at least the first `enough`. Where an index stands in the plan's order, also
 * backwards, no record is read that stands before the place, and none behind those.
 */
export function seek(
  table: Table,
  plan: QueryPlan,
  behind: QueryPlan,
  place: Entry | undefined,
  enough: number,
): Entry[] {
  const choice = choose(table.indexes, plan)
  if (!choice?.ordered) return table.select(behind, enough)
  const found: Entry[] = []
  for (const stretch of choice.stretches) {
    for (const entry of walk(stretchOf(choice.index, stretch), plan, place)) {
      if (matches(plan.filter, entry.record)) found.push(entry)
      if (found.length >= enough) return found
    }
  }
  return found
}
