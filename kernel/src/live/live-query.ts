import type { JsonObject } from '../env/json.ts'
import { matches } from '../query/match.ts'
import { comparator, type Entry, type QueryPlan, windowOf } from '../query/plan.ts'
import { applyMoves, type Move } from '../tables/sorted.ts'
import type { Table } from '../tables/table.ts'
import type { Source } from './watch.ts'

type Rows = readonly JsonObject[]

/** What stands on a query's rows and reads other tables too, such as loaded relations. */
export interface Decoration {
  readonly tables: readonly Table[]
  readonly apply: (rows: Rows) => Rows
}

/**
 * The answer of one query, kept up to date from each change itself: a change that cannot affect it costs one match. While
 * nobody follows it rests, and looks again when it is read.
 */
export class LiveQuery implements Pick<Source<Rows>, 'read' | 'follow'> {
  readonly #table: Table
  readonly #plan: QueryPlan
  readonly #decoration: Decoration
  #found: Entry[] = []
  #rows: Rows = []
  /** What the decoration makes of the rows `answered`. */
  #answer: Rows = []
  #answered: Rows = []
  #version = -1
  #others = -1

  constructor(table: Table, plan: QueryPlan, decoration: Decoration) {
    this.#table = table
    this.#plan = plan
    this.#decoration = decoration
  }

  /** The same array while nothing in it changed. */
  read(): Rows {
    const { tables, apply } = this.#decoration
    if (this.#version !== this.#table.version) {
      this.#version = this.#table.version
      this.#found = this.#table.select(this.#plan)
      this.#show()
    }
    const others = tables.reduce((sum, { version }) => sum + version, 0)
    if (this.#rows !== this.#answered || others !== this.#others) this.#answer = apply(this.#rows)
    this.#answered = this.#rows
    this.#others = others
    return this.#answer
  }

  follow(changed: () => void): () => void {
    this.read()
    const ends = this.#decoration.tables.map(({ moved }) => moved.add(changed))
    ends.push(
      this.#table.moved.add((moves) => {
        this.#take(moves)
        changed()
      }),
    )
    return () => {
      for (const end of ends) end()
    }
  }

  #take(moves: readonly Move[]): void {
    // One commit behind is what the moves bring it up from; further behind, it looks anew when it is read.
    if (this.#version !== this.#table.version - 1) return
    const fits = (entry: Entry | undefined): Entry | undefined =>
      entry && matches(this.#plan.filter, entry.record) ? entry : undefined
    const mine = moves
      .map(({ before, after }) => ({ before: fits(before), after: fits(after) }))
      .filter(({ before, after }) => before ?? after)
    this.#version += 1
    if (mine.length === 0) return
    this.#found = applyMoves(this.#found, comparator(this.#plan.order), mine)
    this.#show()
  }

  #show(): void {
    const rows = windowOf(this.#found, this.#plan).map(({ record }) => record)
    const same = rows.length === this.#rows.length && rows.every((record, at) => record === this.#rows[at])
    if (!same) this.#rows = Object.freeze(rows)
  }
}
