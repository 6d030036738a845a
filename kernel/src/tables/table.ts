import type { Json, JsonObject } from '../env/json.ts'
import { type Listeners, listenersOf } from '../events/listeners.ts'
import { compareValues, fieldOf } from '../model/compare.ts'
import { matches } from '../query/match.ts'
import { comparator, type Entry, type QueryPlan } from '../query/plan.ts'
import { pickRange, type Range } from './choose.ts'
import { applyMoves, lowerBound, type Move, type OrderedIndex } from './sorted.ts'

/** The visible records of one collection, in memory, with its ordered indexes. */
export class Table {
  readonly #rows = new Map<string, Entry>()
  readonly indexes: readonly OrderedIndex[]
  /** Told of moves after all tables of a commit have changed. */
  readonly moved: Listeners<readonly Move[]> = listenersOf()
  /** Grows with every change, so that a reader can tell whether it is behind. */
  version = 0

  constructor(indexes: readonly (readonly string[])[]) {
    this.indexes = indexes.map((fields) => ({
      fields,
      compare: comparator(fields.map((field) => ({ field, descending: false }))),
      list: [],
    }))
  }

  get(id: string): JsonObject | undefined {
    return this.#rows.get(id)?.record
  }

  /** Takes new views (`null`: gone) without telling anybody yet; the result is for {@link moved}. */
  apply(views: readonly { readonly id: string; readonly record: JsonObject | null }[]): readonly Move[] {
    const moves = views.map(({ id, record }): Move => {
      const before = this.#rows.get(id)
      const after = record ? { id, record } : undefined
      if (after) this.#rows.set(id, after)
      else this.#rows.delete(id)
      return { before, after }
    })
    for (const index of this.indexes) index.list = applyMoves(index.list, index.compare, moves)
    this.version += 1
    return moves
  }

  /** Every record that meets the plan's filter, in the plan's order; offset and limit are the caller's. */
  select(plan: QueryPlan): Entry[] {
    const choice = pickRange(this.indexes, plan)
    const candidates = choice ? stretch(choice) : [...this.#rows.values()]
    const found = candidates.filter(({ record }) => matches(plan.filter, record))
    return choice?.ordered ? found : found.sort(comparator(plan.order))
  }
}

/** The entries from one prefix of an index's fields to another, both included. */
function stretch({ index: { list, fields }, from, to }: Range): Entry[] {
  const against = ({ record }: Entry, prefix: readonly Json[]): number => {
    let order = 0
    for (const [at, value] of prefix.entries()) order ||= compareValues(fieldOf(record, fields[at] as string), value)
    return order
  }
  return list.slice(
    lowerBound(list, (entry) => against(entry, from) < 0),
    lowerBound(list, (entry) => against(entry, to) <= 0),
  )
}
