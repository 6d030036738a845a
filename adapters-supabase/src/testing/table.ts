import type { Json, JsonObject } from '@rowkeep/kernel'
import type { ModelRow, ModelServer } from '@rowkeep/kernel/testing'
import { forbidden, Refusal } from './refusal.ts'
import type { Shape } from './shapes.ts'
import { fromJson, momentOf } from './values.ts'

/** One table with its policy (`user_id` is who is signed in) and its triggers, over the state of the server. */
export interface TableState {
  readonly shape: Shape
  /** The row as SQL sees it. */
  seen(row: ModelRow): JsonObject
  /** The rows that a user may see. `undefined`: nobody is signed in. */
  visible(user: string | undefined): readonly JsonObject[]
  insert(user: string | undefined, columns: JsonObject): JsonObject
  update(user: string | undefined, id: string, columns: JsonObject): JsonObject
  remove(user: string | undefined, id: string): void
}

/** Columns that a trigger sets, whatever a request says. */
const stamped = ['updated_at', 'version']

/** The columns of a body in their types, but for those the triggers set. */
function cast(columns: JsonObject, { columns: types }: Shape): JsonObject {
  const kept = Object.entries(columns).filter(([name]) => !stamped.includes(name))
  return Object.fromEntries(kept.map(([name, value]) => [name, fromJson(types.get(name) ?? 'text', value)]))
}

/** `moves: false`: the table has no trigger, so stamp and version stay as they were when the row was made. */
export function tableState(server: ModelServer, shape: Shape, moves: boolean): TableState {
  const { name } = shape
  const made = new Map<string, ModelRow>()
  const denied = (): Refusal => forbidden(`new row violates row-level security policy for table "${name}"`)
  const seen = (row: ModelRow): JsonObject => {
    const { at, version } = moves ? row : (made.get(row.id) ?? row)
    const all: Record<string, Json> = { ...row.fields, id: row.id, user_id: row.owner }
    all['updated_at'] = momentOf(at)
    all['version'] = version
    return Object.fromEntries([...shape.columns.keys()].map((column) => [column, all[column] ?? null]))
  }
  const put = (id: string, owner: string, columns: JsonObject): JsonObject => {
    const { id: _id, user_id: _owner, ...fields } = columns
    const row = server.put({ table: name, id, owner, fields })
    if (!made.has(id)) made.set(id, row)
    return seen(row)
  }
  const mustAllow = (id: string): void => {
    if (server.isForbidden(name, id)) throw forbidden('this row is not to be written')
  }
  const mayBe = (user: string | undefined, owner: Json | undefined): string => {
    // The default is who is signed in; a policy looks at what the row would be.
    if (user === undefined || (owner !== undefined && owner !== user)) throw denied()
    return user
  }
  return {
    shape,
    seen,
    visible: (user) => {
      const own = server.list(name).filter(({ owner, fields }) => owner === user && fields !== null)
      return own.map(seen)
    },
    insert(user, columns) {
      const row = cast(columns, shape)
      const { id } = row
      if (typeof id !== 'string') {
        const words = `null value in column "id" of relation "${name}" violates not-null constraint`
        throw new Refusal(400, '23502', words)
      }
      const owner = mayBe(user, row['user_id'])
      mustAllow(id)
      // With row level security on, PostgreSQL keeps the values of the key to itself.
      const words = `duplicate key value violates unique constraint "${name}_pkey"`
      if (server.get(name, id)?.fields) throw new Refusal(409, '23505', words)
      return put(id, owner, { ...(shape.columns.has('deleted') ? { deleted: false } : {}), ...row })
    },
    update(user, id, columns) {
      const before = server.get(name, id)
      const change = cast(columns, shape)
      mustAllow(id)
      const owner = mayBe(user, change['user_id'])
      if (change['id'] !== undefined && change['id'] !== id)
        throw new Refusal(501, 'double', 'this double renames no rows')
      return put(id, owner, { ...before?.fields, ...change })
    },
    remove(_user, id) {
      mustAllow(id)
      made.delete(id)
      server.drop(name, id)
    },
  }
}
