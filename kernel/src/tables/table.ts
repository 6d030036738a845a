import type { Json, JsonObject } from '../env/json.ts'
import { compareValues, fieldOf } from '../model/compare.ts'
import { matches } from '../query/match.ts'
import { comparator, type Entry, type OrderField, type QueryPlan } from '../query/plan.ts'
import { bounds, pickIndex } from './choose.ts'
import { applyMoves, lowerBound, type Move, type OrderedIndex } from './sorted.ts'

const ascending = (fields: readonly string[]): readonly OrderField[] =>
  fields.map((field) => ({ field, descending: false }))

/** The visible records of one collection, in memory, with its ordered indexes. */
export class Table {
  readonly #rows = new Map<string, Entry>()
  readonly #indexes: readonly OrderedIndex[]
  readonly #listeners = new Set<(moves: readonly Move[]) => void>()
  /** Grows with every change, so that a reader can tell whether it is behind. */
  version = 0

  constructor(indexes: readonly (readonly string[])[]) {
    this.#indexes = indexes.map((fields) => ({ fields, compare: comparator(ascending(fields)), list: [] }))
  }

  get(id: string): JsonObject | undefined {
    return this.#rows.get(id)?.record
  }

  /** Takes new views (`null`: gone) without telling anybody yet; the result is for {@link tell}. */
  apply(views: readonly (readonly [id: string, record: JsonObject | null])[]): readonly Move[] {
    const moves = views.map(([id, record]): Move => {
      const before = this.#rows.get(id)
      const after = record === null ? undefined : { id, record }
      if (after) this.#rows.set(id, after)
      else this.#rows.delete(id)
      return { before, after }
    })
    for (const index of this.#indexes) index.list = applyMoves(index.list, index.compare, moves)
    this.version += 1
    return moves
  }

  /** Tells live queries of moves made by {@link apply}; apart from it, so that all tables of a commit change first. */
  tell(moves: readonly Move[]): void {
    for (const listener of this.#listeners) listener(moves)
  }

  listen(listener: (moves: readonly Move[]) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Every record that meets the plan's filter, in the plan's order; offset and limit are the caller's. */
  select(plan: QueryPlan): Entry[] {
    const index = pickIndex(this.#indexes, plan)
    const candidates = index ? this.#range(index.index, plan) : [...this.#rows.values()]
    const found = candidates.filter(({ record }) => matches(plan.filter, record))
    return index?.ordered ? found : found.sort(comparator(plan.order))
  }

  #range({ list, fields }: OrderedIndex, plan: QueryPlan): Entry[] {
    const range = bounds(fields, plan.filter)
    const against = ({ record }: Entry, values: readonly Json[]): number => {
      for (let at = 0; at < values.length; at += 1) {
        const by = compareValues(fieldOf(record, fields[at] as string), values[at] as Json)
        if (by !== 0) return by
      }
      return 0
    }
    const from = lowerBound(list, (entry) => against(entry, range.from) < 0)
    const to = lowerBound(list, (entry) => against(entry, range.to) <= 0)
    return list.slice(from, to)
  }
}
