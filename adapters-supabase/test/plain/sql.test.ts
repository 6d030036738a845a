import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { plainStatements } from '../../src/plain/sql.ts'
import { become, sharedDatabase } from '../../src/testing/database.ts'

const { owner: ownerSql, transaction } = sharedDatabase
const ada = '00000000-0000-4000-8000-00000000000a'
const bob = '00000000-0000-4000-8000-00000000000b'
const setup = { owner: 'user_id', version: 'version', deleted: 'deleted' }
const statements = plainStatements('todos', setup)

const runAll = async (all: readonly string[]): Promise<void> => {
  for (const statement of all) await ownerSql.query(statement)
}

beforeAll(async () => {
  await ownerSql.query(`create function auth.uid() returns uuid language sql stable as $$
    select (auth.jwt() ->> 'sub')::uuid $$`)
  await ownerSql.query('create table public.todos (id text primary key, title text)')
  await runAll(statements)
  await ownerSql.query('grant all on public.todos to authenticated')
})
afterAll(async () => {
  await ownerSql.query('drop table public.todos')
  await ownerSql.query('drop function auth.uid()')
})

const as = (user: string, statement: string): Promise<readonly Record<string, unknown>[]> =>
  transaction(async (sql) => {
    await become(sql, user)
    return (await sql.query(statement)).rows
  })

describe('the SQL for a table of the app', () => {
  it('can be run again', () => runAll(statements))

  it('moves stamp and version with each write, also within one transaction, and lets nobody forge them', async () => {
    await as(ada, `insert into public.todos (id, version, updated_at) values ('t1', 99, '2000-01-01')`)
    const seen: unknown[] = []
    await transaction(async (sql) => {
      await become(sql, ada)
      for (let n = 0; n < 3; n += 1) {
        const { rows } = await sql.query(
          `update public.todos set version = 7, updated_at = '2000-01-01' returning version::int, updated_at::text`,
        )
        seen.push(rows[0])
      }
    })
    const [first, second, third] = seen as readonly { version: number; updated_at: string }[]
    expect([first?.version, second?.version, third?.version]).toEqual([2, 3, 4])
    const stamps = [first?.updated_at, second?.updated_at, third?.updated_at]
    expect(new Set(stamps).size).toBe(3)
    expect((first?.updated_at ?? '') > '2020').toBe(true)
  })

  it('shows a row to its owner alone', async () => {
    await as(ada, `insert into public.todos (id) values ('t2')`)
    expect(await as(bob, `select id from public.todos where id = 't2'`)).toEqual([])
    expect(await as(bob, `update public.todos set title = 'x' where id = 't2' returning id`)).toEqual([])
    await expect(as(bob, `insert into public.todos (id, user_id) values ('t3', '${ada}')`)).rejects.toMatchObject({
      code: '42501',
    })
  })

  it('says of each part what it is for', () => {
    const commented = (all: readonly string[]) => all.filter((statement) => statement.startsWith('-- '))
    expect(commented(statements)).toHaveLength(7)
    expect(commented(plainStatements('todos'))).toHaveLength(4)
  })

  it('warns of a table that it leaves without policies', () => {
    expect(plainStatements('todos').join('\n')).toContain('-- No row level security')
    expect(statements.join('\n')).not.toContain('-- No row level security')
  })
})

describe('the SQL for a table that has rows', () => {
  const inserted = `insert into public.errands (id) values ('new') returning user_id, version::int, deleted`
  const errands = plainStatements('errands', setup)
  const asking = errands.findIndex((statement) => /^-- update /m.test(statement))
  /** With the line completed that asks whose the rows are. */
  const completed = errands.flatMap((statement, at) =>
    at === asking ? statement.replace('-- update', 'update').replace('<the user>', ada).split(';\n') : [statement],
  )

  async function existing(columns: string): Promise<void> {
    await ownerSql.query('drop table if exists public.errands')
    await ownerSql.query(`create table public.errands (id text primary key${columns})`)
    await ownerSql.query(`insert into public.errands (id) values ('old')`)
    await ownerSql.query('grant all on public.errands to authenticated')
  }
  afterAll(() => ownerSql.query('drop table public.errands'))

  it('asks whose they are, before it asks for anything that cannot be taken back', async () => {
    await existing('')
    await expect(runAll(errands)).rejects.toThrow(/user_id.*contains null values/)
    const { rows } = await ownerSql.query(
      `select column_name from information_schema.columns where table_name = 'errands'`,
    )
    expect(new Set(rows.map((row) => row['column_name']))).toEqual(new Set(['id', 'user_id']))
    expect(errands[asking]).toMatch(/set not null$/)
  })

  it.each([
    ['columns that are not there yet', ''],
    ['columns that were added by hand', ', user_id uuid, updated_at timestamptz, version bigint, deleted boolean'],
  ])('ends right once that is said: %s', async (_, columns) => {
    await existing(columns)
    await runAll(completed)
    await runAll(errands)
    expect(await as(ada, inserted)).toEqual([{ user_id: ada, version: 1, deleted: false }])
    const moved = `update public.errands set deleted = deleted where id = 'old'
      returning version::int, updated_at is not null as stamped, deleted`
    expect(await as(bob, moved)).toEqual([])
    expect(await as(ada, moved)).toMatchObject([{ stamped: true, deleted: false }])
    expect(await as(ada, `select version > 1 as moved from public.errands where id = 'old'`)).toEqual([{ moved: true }])
  })
})

it('sets up a table of another schema, with other names', async () => {
  await ownerSql.query('create schema app')
  await ownerSql.query('create table app.notes (key uuid primary key)')
  await runAll(plainStatements('notes', { schema: 'app', id: 'key', updatedAt: 'changed' }))
  const { rows } = await ownerSql.query(
    'insert into app.notes (key) values (gen_random_uuid()) returning changed is not null as stamped',
  )
  expect(rows).toEqual([{ stamped: true }])
  await ownerSql.query('drop schema app cascade')
})

it('refuses names that would be SQL', () => {
  expect(() => plainStatements('todos"; drop table x; --')).toThrow(/SYNC_CONFIG_INVALID/)
  expect(() => plainStatements('todos', { owner: "a'b" })).toThrow(/SYNC_CONFIG_INVALID/)
  expect(() => plainStatements('todos', { schema: 'a.b' })).toThrow(/SYNC_CONFIG_INVALID/)
})
