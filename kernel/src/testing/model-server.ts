import type { Env } from '../env/env.ts'
import { platformEnv } from '../env/env.ts'
import type { JsonObject } from '../env/json.ts'

/** One row as the model server has it. Plain JSON, so that it can be written down and given back with `rows`. */
export interface ModelRow {
  readonly table: string
  readonly id: string
  /** Whose row it is. */
  readonly owner: string
  /** `null`: deleted, and remembered as a tombstone. */
  readonly fields: JsonObject | null
  /** Counts the writes of this id from 1, deletions included; goes on after a deletion. */
  readonly version: number
  /**
   * When it was written, server time in ms. Later writes of one row have later times, also after it was dropped; rows written
   * close together share theirs, and a row may get a time at which others were read before: what makes time a treacherous
   * cursor.
   */
  readonly at: number
}

/** What {@link modelServer} starts with. */
export interface ModelServerOptions {
  /** Its clock. Default: the platform's. */
  readonly env?: Pick<Env, 'now'>
  /** The rows to begin with, as an earlier model server told them to its watchers. Default none. */
  readonly rows?: Iterable<ModelRow>
  /** Who may call. Default `['ada', 'bob']`. */
  readonly users?: readonly string[]
}

/** The state behind a double: rows of several tables, whatever wire they are reached by. */
export interface ModelServer {
  /** The user of a bearer token: `token-of-<user>` for each user; `undefined` for any other text. */
  userOf(token: string | null | undefined): string | undefined
  /** Server time, ms; never goes back. */
  now(): number
  get(table: string, id: string): ModelRow | undefined
  /** All rows of a table, tombstones included, in no order that a caller may rely on. */
  list(table: string): readonly ModelRow[]
  /** Writes a row, or with `fields: null` a tombstone, as its next version. Whether that is allowed the caller has tested. */
  put(row: Pick<ModelRow, 'table' | 'id' | 'owner' | 'fields'>): ModelRow
  /** Forgets a row without a trace: what a hard delete does. */
  drop(table: string, id: string): void
  /** From now on writes to this row are not allowed to anybody. */
  forbid(table: string, id: string): void
  isForbidden(table: string, id: string): boolean
  /** Tells of each row after it was written; `undefined` for one that was dropped. The result ends it. */
  watch(listener: (row: ModelRow | undefined, before: ModelRow | undefined) => void): () => void
}

// Rows within one step of the clock share their time.
const stepMs = 10

type Watcher = (row: ModelRow | undefined, before: ModelRow | undefined) => void

class Rows implements ModelServer {
  readonly #env: Pick<Env, 'now'>
  readonly #users: readonly string[]
  readonly #tables = new Map<string, Map<string, ModelRow>>()
  readonly #forbidden = new Set<string>()
  readonly #watchers = new Set<Watcher>()
  #latest = 0
  /** The latest time of a dropped row: one written again under its id must not be taken for it. */
  #droppedAt = 0

  constructor({ env = platformEnv, rows = [], users = ['ada', 'bob'] }: ModelServerOptions) {
    this.#env = env
    this.#users = users
    for (const row of rows) {
      this.#table(row.table).set(row.id, row)
      this.#latest = Math.max(this.#latest, row.at)
    }
  }

  userOf(token: string | null | undefined): string | undefined {
    return this.#users.find((user) => token === `token-of-${user}`)
  }

  now(): number {
    this.#latest = Math.max(this.#latest, this.#env.now())
    return this.#latest
  }

  get(table: string, id: string): ModelRow | undefined {
    return this.#table(table).get(id)
  }

  list(table: string): readonly ModelRow[] {
    return [...this.#table(table).values()]
  }

  put({ table, id, owner, fields }: Pick<ModelRow, 'table' | 'id' | 'owner' | 'fields'>): ModelRow {
    const before = this.get(table, id)
    const at = Math.max(Math.floor(this.now() / stepMs) * stepMs, (before?.at ?? this.#droppedAt) + 1)
    const row = { table, id, owner, fields: structuredClone(fields), version: (before?.version ?? 0) + 1, at }
    this.#table(table).set(id, row)
    this.#tell(row, before)
    return row
  }

  drop(table: string, id: string): void {
    const before = this.get(table, id)
    if (before === undefined) return
    this.#table(table).delete(id)
    this.#droppedAt = Math.max(this.#droppedAt, before.at)
    this.#tell(undefined, before)
  }

  forbid(table: string, id: string): void {
    this.#forbidden.add(JSON.stringify([table, id]))
  }

  isForbidden(table: string, id: string): boolean {
    return this.#forbidden.has(JSON.stringify([table, id]))
  }

  watch(watcher: Watcher): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  #table(name: string): Map<string, ModelRow> {
    const table = this.#tables.get(name) ?? new Map<string, ModelRow>()
    this.#tables.set(name, table)
    return table
  }

  #tell(row: ModelRow | undefined, before: ModelRow | undefined): void {
    for (const watcher of this.#watchers) watcher(row, before)
  }
}

/** A fresh server. */
export const modelServer = (options: ModelServerOptions = {}): ModelServer => new Rows(options)
