import type { JsonObject } from '../env/json.ts'
import { matches } from '../query/match.ts'
import { comparator, type Entry, type QueryPlan } from '../query/plan.ts'
import { applyMoves, type Move } from '../tables/sorted.ts'
import type { Table } from '../tables/table.ts'

const same = (a: readonly JsonObject[], b: readonly JsonObject[]): boolean =>
  a.length === b.length && a.every((record, at) => record === b[at])

/**
 * The answer of one query, kept up to date from each change itself: a change that cannot affect it costs one match. While
 * nobody follows it rests, and looks again when it is read.
 */
export class LiveQuery {
  readonly #table: Table
  readonly #plan: QueryPlan
  readonly #compare: (a: Entry, b: Entry) => number
  #found: Entry[] = []
  #answer: readonly JsonObject[] = []
  #version = -1
  #stop: (() => void) | undefined

  constructor(table: Table, plan: QueryPlan) {
    this.#table = table
    this.#plan = plan
    this.#compare = comparator(plan.order)
  }

  /** The same array while nothing in it changed. */
  read(): readonly JsonObject[] {
    if (this.#version !== this.#table.version) {
      this.#version = this.#table.version
      this.#found = this.#table.select(this.#plan)
      this.#show()
    }
    return this.#answer
  }

  follow(changed: () => void): () => void {
    this.read()
    this.#stop = this.#table.listen((moves) => {
      const before = this.#answer
      this.#take(moves)
      if (this.#answer !== before) changed()
    })
    return () => this.#stop?.()
  }

  #take(moves: readonly Move[]): void {
    const fits = (entry: Entry | undefined): Entry | undefined =>
      entry && matches(this.#plan.filter, entry.record) ? entry : undefined
    const mine = moves
      .map(({ before, after }) => ({ before: fits(before), after: fits(after) }))
      .filter(({ before, after }) => before ?? after)
    this.#version = this.#table.version
    if (mine.length === 0) return
    this.#found = applyMoves(this.#found, this.#compare, mine)
    this.#show()
  }

  #show(): void {
    const { offset, limit } = this.#plan
    const answer = this.#found.slice(offset, offset + limit).map(({ record }) => record)
    if (!same(answer, this.#answer)) this.#answer = Object.freeze(answer)
  }
}
