import type { Json, JsonObject } from '@rowkeep/kernel'
import type { ModelRow, ModelServer } from '@rowkeep/kernel/testing'
import { momentOf } from './moments.ts'
import { forbidden, Refusal } from './refusal.ts'
import type { Shape } from './shapes.ts'
import { fromJson } from './values.ts'

/** Columns that a trigger sets, whatever a request says. */
const stamped = ['updated_at', 'version']

/** The columns of a body in their types, but for those the triggers set. */
function cast(columns: JsonObject, { columns: types }: Shape): JsonObject {
  const all = Object.entries(columns).map(
    ([name, value]) => [name, fromJson(types.get(name) ?? 'text', value)] as const,
  )
  return Object.fromEntries(all.filter(([name]) => !stamped.includes(name)))
}

/** A write that nothing speaks against, not yet done: a statement does all of its writes, or none. Gives the row. */
export type Write = () => JsonObject

/** One table with its policy (`user_id` is who is signed in) and its triggers, over the state of the server. */
export class Table {
  readonly shape: Shape
  readonly #server: ModelServer
  readonly #moves: boolean
  /** Rows as they were when they were first seen. */
  readonly #made = new Map<string, ModelRow>()

  /** `moves: false`: the table has no trigger, so stamp and version stay as they were when the row was made. */
  constructor(server: ModelServer, shape: Shape, moves: boolean) {
    this.#server = server
    this.shape = shape
    this.#moves = moves
  }

  /** The row as SQL sees it. */
  seen(row: ModelRow): JsonObject {
    if (!this.#made.has(row.id)) this.#made.set(row.id, row)
    const { at, version } = this.#moves ? row : (this.#made.get(row.id) ?? row)
    const meta = { id: row.id, user_id: row.owner, updated_at: momentOf(at), version }
    const all: JsonObject = { ...row.fields, ...meta }
    return Object.fromEntries([...this.shape.columns.keys()].map((column) => [column, all[column] ?? null]))
  }

  /** The rows that a user may see. `undefined`: nobody is signed in. */
  visible(user: string | undefined): readonly JsonObject[] {
    const rows = this.#server.list(this.shape.name)
    return rows.filter(({ owner, fields }) => owner === user && fields !== null).map((row) => this.seen(row))
  }

  /** Whether the key is in use, whoever has it. */
  has(id: string): boolean {
    return Boolean(this.#server.get(this.shape.name, id)?.fields)
  }

  /** With row level security on, PostgreSQL keeps the values of the key to itself. */
  keyTaken(): Refusal {
    return new Refusal(409, '23505', `duplicate key value violates unique constraint "${this.shape.name}_pkey"`)
  }

  /** @throws Refusal for what may not be inserted */
  insertion(user: string | undefined, columns: JsonObject): Write {
    const { name, columns: types } = this.shape
    const row = cast(columns, this.shape)
    const { id } = row
    if (typeof id !== 'string') {
      const words = `null value in column "id" of relation "${name}" violates not-null constraint`
      throw new Refusal(400, '23502', words)
    }
    const owner = this.#ownerFor(user, row['user_id'])
    this.#mustAllow(id)
    if (this.has(id)) throw this.keyTaken()
    return () => this.#put(id, owner, { ...(types.has('deleted') ? { deleted: false } : {}), ...row })
  }

  /** @throws Refusal for what a row may not become */
  change(user: string | undefined, id: string, columns: JsonObject): Write {
    const change = cast(columns, this.shape)
    this.#mustAllow(id)
    const owner = this.#ownerFor(user, change['user_id'])
    if (change['id'] !== undefined && change['id'] !== id)
      throw new Refusal(501, 'double', 'this double renames no rows')
    return () => this.#put(id, owner, { ...this.#server.get(this.shape.name, id)?.fields, ...change })
  }

  /** @throws Refusal for a row that may not go */
  removal(row: JsonObject): Write {
    const id = String(row['id'])
    this.#mustAllow(id)
    return () => {
      this.#made.delete(id)
      this.#server.drop(this.shape.name, id)
      return row
    }
  }

  #put(id: string, owner: string, columns: JsonObject): JsonObject {
    const { id: _id, user_id: _owner, ...fields } = columns
    return this.seen(this.#server.put({ table: this.shape.name, id, owner, fields }))
  }

  #mustAllow(id: string): void {
    if (this.#server.isForbidden(this.shape.name, id)) throw forbidden('this row is not to be written')
  }

  /** The default is who is signed in; the policy looks at what the row would be. */
  #ownerFor(user: string | undefined, owner: Json | undefined): string {
    if (user !== undefined && (owner === undefined || owner === user)) return user
    throw forbidden(`new row violates row-level security policy for table "${this.shape.name}"`)
  }
}
