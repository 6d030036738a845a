import type { JsonObject } from '@rowkeep/kernel'
import { type Double, type ModelRow, type ModelServer, modelServer } from '@rowkeep/kernel/testing'
import { gateway } from './gateway.ts'
import { Realtime } from './realtime.ts'
import { Refusal } from './refusal.ts'
import { restAnswer } from './rest.ts'
import { type MoreColumns, recordColumns, shapesOf } from './shapes.ts'
import { Table } from './table.ts'
import { fromJson } from './values.ts'

/** The collections the doubles serve. */
export type DoubleCollection = 'notes' | 'tasks'

/** What the suite asks of a backend beside its wire; all of it speaks for the user `ada`. */
export interface SupabaseDouble extends Double {
  readonly socket: NonNullable<Double['socket']>
  /** The key that clients are made with. */
  readonly key: string
  /** Records as the database has them; deleted ones left out. */
  rows(collection: DoubleCollection): Promise<readonly JsonObject[]>
  /** A create or an update by another device. */
  write(collection: DoubleCollection, row: JsonObject & { readonly id: string }): Promise<void>
  /** A deletion by another device. */
  remove(collection: DoubleCollection, id: string): Promise<void>
  /** Gives the row to somebody else, until `write` brings it back. */
  evict(collection: DoubleCollection, id: string): Promise<void>
  /** From now on refuses every write to this row, as an app's own trigger would (SQLSTATE 42501). */
  forbid(collection: DoubleCollection, id: string): Promise<void>
  close(): Promise<void>
}

/** What {@link supabaseDouble} is made with. */
export interface SupabaseDoubleOptions {
  /** The state behind it. Default: a fresh one. Rows hold their columns in `fields`; a row that was deleted for good is dropped. */
  readonly server?: ModelServer
  /** Whether the tables have the columns `version` and `deleted`. Default true. */
  readonly marked?: boolean
  /** Whether a trigger moves `updated_at` and `version`. Default true; false is the mistake an adapter has to find. */
  readonly moves?: boolean
  /** Further columns of the table `notes`, with their types. Default none. */
  readonly columns?: MoreColumns
  /** Rows of one answer, at most, whatever is asked for. Default 1000, as hosted. */
  readonly maxRows?: number
}

/** The key and the origin of every double. */
export const place = { key: 'anon-key', origin: 'https://double.supabase.test' } as const

const user = 'ada'

function tableOf(tables: ReadonlyMap<string, Table>, path: string): Table {
  const table = tables.get(path)
  if (table) return table
  if (path.startsWith('rpc/')) {
    throw new Refusal(404, 'PGRST202', `Could not find the function public.${path.slice(4)} in the schema cache`)
  }
  throw new Refusal(404, 'PGRST205', `Could not find the table 'public.${path}' in the schema cache`)
}

/** Tells Realtime of each row written, as the publication does. */
function publish(server: ModelServer, tables: ReadonlyMap<string, Table>, channels: Realtime): () => void {
  return server.watch((row, before) => {
    const told = row ?? before
    const table = told && tables.get(told.table)
    if (!told || !table) return
    const columns = [...table.shape.columns].map(([name, type]) => ({ name, type }))
    const old = before ? { id: before.id } : {}
    const type = row === undefined ? 'DELETE' : before === undefined ? 'INSERT' : 'UPDATE'
    const record = row === undefined ? {} : table.seen(row)
    channels.tell({ table: told.table, type, record, old, columns, owner: row?.owner })
  })
}

type Hands = Pick<SupabaseDouble, 'rows' | 'write' | 'remove' | 'evict' | 'forbid'>

/** The hands of other devices and of the operator. */
function hands(server: ModelServer, tables: ReadonlyMap<string, Table>, marked: boolean, columns: MoreColumns): Hands {
  const isLiving = ({ owner, fields }: ModelRow): boolean => owner === user && !!fields && fields['deleted'] !== true
  const cast = (fields: JsonObject): JsonObject =>
    Object.fromEntries(
      Object.entries(fields).map(([name, value]) => {
        const type = Object.hasOwn(columns, name) ? columns[name] : undefined
        return [name, type === undefined ? value : fromJson(type, value)]
      }),
    )
  const give = (table: DoubleCollection, id: string, owner: string, given: JsonObject): void => {
    const fields = cast(given)
    server.put({ table, id, owner, fields: marked ? { deleted: false, ...fields } : fields })
  }
  return {
    async rows(collection) {
      const state = tables.get(collection)
      const names = state ? recordColumns(state.shape) : []
      const living = server.list(collection).filter(isLiving)
      return living.map((row) => Object.fromEntries(names.map((name) => [name, state?.seen(row)[name] ?? null])))
    },
    async write(collection, { id, ...fields }) {
      give(collection, id, user, fields)
    },
    async remove(collection, id) {
      if (marked) give(collection, id, user, { ...server.get(collection, id)?.fields, deleted: true })
      else server.drop(collection, id)
    },
    async evict(collection, id) {
      give(collection, id, 'somebody-else', { ...server.get(collection, id)?.fields })
    },
    async forbid(collection, id) {
      server.forbid(collection, id)
    },
  }
}

/**
 * A Supabase project inside this process, with the tables `notes` and `tasks`: PostgREST, row level security by `user_id`,
 * triggers, Auth's renewal of tokens, and Realtime over sockets. Its tokens are `token-of-ada` and `token-of-bob`.
 */
export function supabaseDouble(options: SupabaseDoubleOptions = {}): SupabaseDouble {
  const { server = modelServer(), marked = true, moves = true, maxRows = 1000, columns = {} } = options
  const shapes = shapesOf(marked, columns)
  const tables = new Map([...shapes].map(([name, shape]) => [name, new Table(server, shape, moves)]))
  const { key, origin } = place
  const userOf = (token: string): string | undefined => server.userOf(token)
  const channels = new Realtime({
    key,
    userOf,
    mayJoin: async () => false,
    isPublished: (table) => tables.has(String(table)),
  })
  const stop = publish(server, tables, channels)
  const fetch = gateway({
    key,
    userOf,
    rest: async (path, request, caller) => restAnswer(request, tableOf(tables, path), caller, maxRows),
  })
  return {
    origin,
    key,
    fetch,
    socket: (socket) => channels.accept(socket),
    ...hands(server, tables, marked, columns),
    async close() {
      stop()
      channels.close()
    },
  }
}
