import { type PostgresStorage, postgresStorage, type Sql } from '@rowkeep/adapters-rest/postgres'
import type { Json } from '@rowkeep/kernel'
import { kitStatements } from '../kit/sql.ts'
import { become, type ProjectDatabase, projectDatabase, sharedDatabase } from './database.ts'
import { place, type SupabaseDouble } from './double.ts'
import { gateway } from './gateway.ts'
import { Realtime } from './realtime.ts'
import { Refusal } from './refusal.ts'
import { rpcAnswer } from './rpc.ts'

/** A Supabase project with the sync kit set up in it. */
export interface SupabaseKitDouble extends SupabaseDouble {
  /** The name the kit was set up under: `syncKit({ name })`. */
  readonly name: string
  /** Makes every cursor issued so far too old. */
  expire(): Promise<void>
  /** Gives the history a new identity, as a restore from a backup does. */
  restore(): Promise<void>
}

const user = 'ada'
const users = ['ada', 'bob']
let doubles = 0

/** Whether the policies of `realtime.messages` let a user read a topic, tried as Realtime tries it: on a row that is taken back. */
async function mayJoin({ transaction }: ProjectDatabase, topic: string, caller: string | undefined): Promise<boolean> {
  const undone = new Error('taken back')
  let found = false
  await transaction(async (sql) => {
    await sql.query(`insert into realtime.messages (topic, extension, private) values ($1, 'broadcast', true)`, [topic])
    await sql.query(`select set_config('realtime.topic', $1, true)`, [topic])
    await become(sql, caller)
    const { rows } = await sql.query('select 1 from realtime.messages where topic = $1 limit 1', [topic])
    found = rows.length > 0
    throw undone
  }).catch((thrown: unknown) => {
    if (thrown !== undone) throw thrown
  })
  return found
}

/** Sends what the database has put into its queue of messages since the last time. */
async function deliver(owner: Sql, name: string, channels: Realtime): Promise<void> {
  const take = `delete from realtime.messages where starts_with(topic, $1) returning topic, event, payload::text as payload`
  const { rows } = await owner.query(take, [`${name}:`])
  for (const { topic, event, payload } of rows) {
    channels.broadcast(String(topic), String(event), JSON.parse(String(payload)) as Json)
  }
}

type Hands = Omit<SupabaseKitDouble, 'origin' | 'fetch' | 'socket' | 'key' | 'name' | 'close'>

/** The hands of other devices and of the operator; each is followed by `then`. */
function hands(owner: Sql, storage: PostgresStorage, name: string, then: () => Promise<void>): Hands {
  const evicted = new Set<string>()
  let forbidden = 0
  return {
    async rows(collection) {
      const rows = await storage.rows(user, collection)
      return rows.flatMap((row) => (row.kind === 'record' ? [row.record] : []))
    },
    async write(collection, row) {
      // A row that was evicted is another user's; to write it again means that it comes back.
      if (evicted.delete(`${collection}/${row.id}`)) await storage.move(collection, row.id, user)
      await storage.write(user, collection, row.id, row)
      await then()
    },
    async remove(collection, id) {
      await storage.remove(user, collection, id)
      await then()
    },
    async evict(collection, id) {
      await storage.move(collection, id, 'somebody-else')
      evicted.add(`${collection}/${id}`)
      await then()
    },
    async forbid(collection, id) {
      const [table, key] = [collection, id].map((text) => `'${text.replaceAll("'", "''")}'`)
      await owner.query(`create or replace function ${name}.forbid() returns trigger language plpgsql as
        $$ begin raise insufficient_privilege; end $$`)
      forbidden += 1
      await owner.query(`create trigger forbid_${forbidden} before insert or update on ${name}.rows
        for each row when (new.collection = ${table} and new.id = ${key}) execute function ${name}.forbid()`)
    },
    expire: () => storage.expire(),
    restore: () => storage.restore(),
  }
}

/** What {@link supabaseKitDouble} is made with. */
export interface SupabaseKitDoubleOptions {
  /**
   * The database it lives in, as `pgliteSql(folder)` opens one; nobody else may use it meanwhile. It is left as it is when the
   * double is closed. Default: one in memory, shared by the doubles of the process, from which a closed one takes its data away.
   */
  readonly sql?: Sql
  /** The name the kit is set up under. Default: `rowkeep` in a database of its own, else one that nobody has had. */
  readonly name?: string
}

async function removeKit(owner: Sql, name: string): Promise<void> {
  await owner.query(`drop policy if exists ${name}_topics on realtime.messages`)
  await owner.query(`drop function if exists public.${name}_pull, public.${name}_push, public.${name}_query`)
  await owner.query(`drop schema if exists ${name} cascade`)
}

function freshName(): string {
  doubles += 1
  return `double_${doubles}`
}

/**
 * A Supabase project inside this process with nothing in it but the sync kit: the statements that the command prints, on an
 * embedded PostgreSQL, called as PostgREST calls functions, in the role of the caller. Its tokens are `token-of-ada` and
 * `token-of-bob`. The first one in a process takes a few seconds.
 */
export async function supabaseKitDouble(options: SupabaseKitDoubleOptions = {}): Promise<SupabaseKitDouble> {
  const { sql, name = sql === undefined ? freshName() : 'rowkeep' } = options
  const database = sql === undefined ? sharedDatabase : projectDatabase(async () => sql)
  const { owner } = database
  for (const statement of kitStatements(name)) await owner.query(statement)
  const { key, origin } = place
  const userOf = (token: string): string | undefined => users.find((one) => token === `token-of-${one}`)
  const channels = new Realtime({
    key,
    userOf,
    mayJoin: (topic, caller) => mayJoin(database, topic, caller),
    isPublished: () => false,
  })
  const told = (): Promise<void> => deliver(owner, name, channels)
  return {
    origin,
    key,
    name,
    fetch: gateway({
      key,
      userOf,
      async rest(path, request, caller) {
        if (!path.startsWith('rpc/')) throw new Refusal(404, 'PGRST205', `Could not find the table 'public.${path}'`)
        const answer = await rpcAnswer(database, path.slice(4), request, caller)
        await told()
        return answer
      },
    }),
    socket: (socket) => channels.accept(socket),
    ...hands(owner, postgresStorage({ sql: owner, schema: name }), name, told),
    async close() {
      channels.close()
      if (sql === undefined) await removeKit(owner, name)
    },
  }
}
