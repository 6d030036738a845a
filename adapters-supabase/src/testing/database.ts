import { pgliteSql, type Sql } from '@rowkeep/adapters-rest/postgres'

/**
 * The part of a Supabase project's database that the kit builds on: its roles, `auth.jwt()`, and the tables and functions
 * of Realtime, as Supabase defines them.
 */
const project: readonly string[] = [
  'create role anon nologin',
  'create role authenticated nologin',
  'grant usage on schema public to anon, authenticated',
  'create schema auth',
  'grant usage on schema auth to anon, authenticated',
  `create function auth.jwt() returns jsonb language sql stable as $$
    select nullif(current_setting('request.jwt.claims', true), '')::jsonb $$`,
  'create schema realtime',
  'grant usage on schema realtime to anon, authenticated',
  `create table realtime.messages (id uuid primary key default gen_random_uuid(), topic text not null,
    extension text not null, payload jsonb, event text, private boolean default false, inserted_at timestamp default now())`,
  'alter table realtime.messages enable row level security',
  'grant select, insert on realtime.messages to anon, authenticated',
  `create function realtime.topic() returns text language sql stable as $$
    select nullif(current_setting('realtime.topic', true), '')::text $$`,
  `create function realtime.send(payload jsonb, event text, topic text, private boolean default true) returns void
    language sql as $$ insert into realtime.messages (payload, event, topic, private, extension)
    values (payload, event, topic, private, 'broadcast') $$`,
]

/** A database with one connection: who has it keeps it until it is done. */
export interface ProjectDatabase {
  /** Statements as the owner of the project. */
  readonly owner: Sql
  /** All of the work, or nothing of it. */
  transaction<T>(body: (sql: Sql) => Promise<T>): Promise<T>
}

async function prepared(sql: Sql): Promise<Sql> {
  const { rows } = await sql.query(`select to_regnamespace('realtime') is null as fresh`)
  if (rows[0]?.['fresh'] === true) for (const statement of project) await sql.query(statement)
  return sql
}

/** A Supabase project in a database that is opened by the first statement. */
export function projectDatabase(open: () => Promise<Sql>): ProjectDatabase {
  let opened: Promise<Sql> | undefined
  let queue: Promise<unknown> = Promise.resolve()
  const alone = <T>(body: (sql: Sql) => Promise<T>): Promise<T> => {
    const run = queue.then(async () => {
      opened ??= open().then(prepared)
      return body(await opened)
    })
    queue = run.catch(() => undefined)
    return run
  }
  return {
    owner: { query: (statement, params) => alone((sql) => sql.query(statement, params)) },
    transaction: (body) =>
      alone(async (sql) => {
        await sql.query('begin')
        try {
          const result = await body(sql)
          await sql.query('commit')
          return result
        } catch (thrown) {
          await sql.query('rollback')
          throw thrown
        }
      }),
  }
}

/**
 * One in-memory database for the whole process: opening one costs seconds, a schema in it milliseconds; so all doubles that
 * are given none of their own share it until the process ends.
 */
export const sharedDatabase: ProjectDatabase = projectDatabase(() => pgliteSql())

/** Takes on the role of a caller for the rest of the transaction, as PostgREST and Realtime do. `undefined`: `anon`. */
export async function become(sql: Sql, user: string | undefined): Promise<void> {
  const role = user === undefined ? 'anon' : 'authenticated'
  const claims = JSON.stringify(user === undefined ? { role } : { role, sub: user })
  await sql.query(`set local role ${role}`)
  await sql.query(`select set_config('request.jwt.claims', $1, true)`, [claims])
}
