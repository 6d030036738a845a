import type { JsonObject } from '../env/json.ts'
import { type Listeners, listenersOf } from '../events/listeners.ts'
import { compareValues, valueAt } from '../model/compare.ts'
import { matches } from '../query/match.ts'
import { comparator, type Entry, type QueryPlan } from '../query/plan.ts'
import { choose, type Prefix, type Stretch } from './choose.ts'
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
      compare: comparator(fields.map((field) => ({ field, descending: false, nullsLast: false }))),
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

  /**
   * What the plan finds, in its order unless `sorted` is false; offset and limit are the caller's. At least the first `enough`,
   * and no more than these are read where an index stands in the plan's order.
   */
  select(plan: QueryPlan, enough: number = Number.POSITIVE_INFINITY, sorted: boolean = true): Entry[] {
    const choice = choose(this.indexes, plan)
    const ordered = choice?.ordered && !plan.order[0]?.descending
    const found: Entry[] = []
    for (const entry of choice?.stretches.flatMap((one) => stretchOf(choice.index, one)) ?? this.#rows.values()) {
      if (ordered && found.length >= enough) break
      if (matches(plan.filter, entry.record)) found.push(entry)
    }
    return ordered || !sorted ? found : found.sort(comparator(plan.order))
  }
}

/** The entries of one stretch, in the index's order. */
export function stretchOf({ list, fields }: OrderedIndex, [from, to]: Stretch): readonly Entry[] {
  const against = ({ record }: Entry, prefix: Prefix): number => {
    let by = 0
    for (const [at, value] of prefix.entries()) by ||= compareValues(valueAt(record, fields[at] as string), value)
    return by
  }
  return list.slice(
    lowerBound(list, (entry) => against(entry, from) < 0),
    lowerBound(list, (entry) => against(entry, to) <= 0),
  )
}
