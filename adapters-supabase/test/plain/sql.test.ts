import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { plainStatements } from '../../src/plain/sql.ts'
import { become, sharedDatabase } from '../../src/testing/database.ts'

const { owner: ownerSql, transaction } = sharedDatabase
const ada = '00000000-0000-4000-8000-00000000000a'
const bob = '00000000-0000-4000-8000-00000000000b'
const statements = plainStatements('todos', { owner: 'user_id', version: 'version', deleted: 'deleted' })

beforeAll(async () => {
  await ownerSql.query(`create function auth.uid() returns uuid language sql stable as $$
    select (auth.jwt() ->> 'sub')::uuid $$`)
  await ownerSql.query('create table public.todos (id text primary key, title text)')
  for (const statement of statements) await ownerSql.query(statement)
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
  it('can be run again', async () => {
    for (const statement of statements) await ownerSql.query(statement)
  })

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
})

it('refuses names that would be SQL', () => {
  expect(() => plainStatements('todos"; drop table x; --')).toThrow(/SYNC_CONFIG_INVALID/)
  expect(() => plainStatements('todos', { owner: "a'b" })).toThrow(/SYNC_CONFIG_INVALID/)
})
