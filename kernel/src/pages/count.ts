import type { Source } from '../live/watch.ts'
import { matches } from '../query/match.ts'
import type { Entry, QueryPlan } from '../query/plan.ts'
import type { Table } from '../tables/table.ts'

/** How many records a plan finds, kept up to date from each change itself; no rows are made. */
export function countOf(table: Table, plan: QueryPlan): Pick<Source<number>, 'read' | 'follow'> {
  let total = 0
  let version = -1
  const holds = (entry: Entry | undefined): number => Number(!!entry && matches(plan.filter, entry.record))
  const read = (): number => {
    if (version !== table.version) total = table.select(plan, Number.POSITIVE_INFINITY, false).length
    version = table.version
    return Math.min(Math.max(total - plan.offset, 0), plan.limit)
  }
  const follow = (changed: () => void): (() => void) => {
    read()
    return table.moved.add((moves) => {
      // One commit behind is what the moves bring it up from; further behind, it counts anew when it is read.
      if (version === table.version - 1) {
        for (const { before, after } of moves) total += holds(after) - holds(before)
        version += 1
      }
      changed()
    })
  }
  return { read, follow }
}
