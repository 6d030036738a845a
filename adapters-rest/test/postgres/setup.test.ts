import { describe, expect, it } from 'vitest'
import { postgresStorage, type Sql } from '../../src/postgres/index.ts'
import { setupStatement } from '../../src/postgres/kit.ts'
import { freshSchema, onEachDatabase } from './databases.ts'

onEachDatabase((sql: Sql) => {
  it('may be set up again, by several servers at once, without losing anything', async () => {
    const schema = freshSchema()
    const servers = Array.from({ length: 8 }, () => postgresStorage({ sql, schema }))
    await Promise.all(servers.map((storage) => storage.ready()))
    await servers[0]?.write('ada', 'notes', 'a', { n: 1 })
    const later = postgresStorage({ sql, schema })
    expect(await later.rows('ada', 'notes')).toMatchObject([{ id: 'a', record: { n: 1 } }])
  })

  it('refuses a schema of a newer format and leaves it as it is', async () => {
    const schema = freshSchema()
    await postgresStorage({ sql, schema }).ready()
    await sql.query(`update ${schema}.meta set value = '2' where key = 'format'`)
    await sql.query(`drop function ${schema}.pull`)
    const older = postgresStorage({ sql, schema })
    await expect(older.rows('ada', 'notes')).rejects.toMatchObject({ code: 'SYNC_FORMAT_NEWER' })
    const pull = await sql.query(`select to_regproc('${schema}.pull') as name`)
    expect(pull.rows).toEqual([{ name: null }])
  })

  it('keeps two schemas of one database apart', async () => {
    const [one, two] = [freshSchema(), freshSchema()].map((schema) => postgresStorage({ sql, schema }))
    await one?.write('ada', 'notes', 'a', {})
    expect(await two?.rows('ada', 'notes')).toEqual([])
  })
})

describe('a schema name', () => {
  it.each(['', 'A', '1a', 'a-b', 'a"b', 'a; drop', 'pg_x', 'public', 'x'.repeat(49)])('cannot be "%s"', (schema) => {
    expect(() => setupStatement(schema)).toThrow(expect.objectContaining({ code: 'SYNC_CONFIG_INVALID' }))
  })
})

describe('the seam', () => {
  const answered = { rows: [{ answer: '[]' }] }
  const failing = (...failures: readonly unknown[]): { readonly sql: Sql; calls: () => number } => {
    let calls = 0
    const query = async (text: string): ReturnType<Sql['query']> => {
      if (text.startsWith('do $setup$')) return { rows: [] }
      calls += 1
      if (calls <= failures.length) throw failures[calls - 1]
      return answered
    }
    return { sql: { query }, calls: () => calls }
  }
  const failure = (code: string): Error => Object.assign(new Error('from the database'), { code })
  const pushed = (sql: Sql): Promise<unknown> => postgresStorage({ sql }).push('ada', { operations: [], atomic: false })

  it.each(['40001', '40P01'])('repeats a call that collided: %s', async (code) => {
    const { sql, calls } = failing(failure(code), failure(code))
    await pushed(sql)
    expect(calls()).toBe(3)
  })

  it('asks to come again when it collides for ever', async () => {
    const { sql, calls } = failing(...Array.from({ length: 9 }, () => failure('40001')))
    await expect(pushed(sql)).rejects.toMatchObject({ code: 'SYNC_RATE_LIMITED', retryAfterMs: 1000 })
    expect(calls()).toBe(5)
  })

  it.each([
    ['53300', 'SYNC_RATE_LIMITED'],
    ['42501', 'SYNC_STORE_FAILED'],
    ['57P01', 'SYNC_OUTCOME_UNKNOWN'],
    ['08006', 'SYNC_OUTCOME_UNKNOWN'],
    ['ECONNRESET', 'SYNC_OUTCOME_UNKNOWN'],
  ])('does not repeat %s, which is %s', async (code, expected) => {
    const { sql, calls } = failing(failure(code))
    await expect(pushed(sql)).rejects.toMatchObject({ code: expected })
    expect(calls()).toBe(1)
  })

  it('sets up again after a set-up that failed', async () => {
    let setups = 0
    const sql: Sql = {
      async query(text) {
        if (!text.startsWith('do $setup$')) return answered
        setups += 1
        if (setups === 1) throw failure('08006')
        return { rows: [] }
      },
    }
    const storage = postgresStorage({ sql })
    await expect(storage.ready()).rejects.toMatchObject({ code: 'SYNC_OUTCOME_UNKNOWN' })
    await storage.ready()
    await storage.ready()
    expect(setups).toBe(2)
  })
})
