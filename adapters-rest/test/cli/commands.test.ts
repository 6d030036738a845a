import { describe, expect, test } from 'vitest'
import { outputOf, UsageError, usage } from '../../src/cli/commands.ts'
import { pgliteSql, postgresStorage } from '../../src/postgres/index.ts'
import { setupStatement } from '../../src/postgres/kit.ts'
import { paths, userHeader } from '../../src/wire.ts'

describe('sql', () => {
  test('prints the set-up of the kit as a statement for a migration', () => {
    expect(outputOf(['sql'])).toBe(`${setupStatement()};`)
    expect(outputOf(['sql', '--schema', 'sync'])).toBe(`${setupStatement('sync')};`)
  })

  test('prints what a database takes, and the storage then works with', async () => {
    const sql = await pgliteSql()
    await sql.query(outputOf(['sql', '--schema', 'migrated']))
    const before = await sql.query(`select value from migrated.meta where key = 'epoch'`)
    const storage = postgresStorage({ sql, schema: 'migrated' })
    await storage.write('ada', 'notes', 'n1', { title: 'one' })
    expect(await storage.rows('ada', 'notes')).toHaveLength(1)
    expect((await sql.query(`select value from migrated.meta where key = 'epoch'`)).rows).toEqual(before.rows)
    await sql.close()
  })

  test('refuses a schema name that cannot be used', () => {
    expect(() => outputOf(['sql', '--schema', 'x; drop'])).toThrow(/SYNC_CONFIG_INVALID/)
  })
})

test('wire names every path, header and verdict', () => {
  const text = outputOf(['wire'])
  for (const word of [...Object.values(paths), userHeader, 'applied', 'conflict', 'rejected', 'retry', 'expired'])
    expect(text).toContain(word)
})

test.each([['--help'], ['-h'], ['sql', '--help']])('%s prints how to call it', (...args) => {
  expect(outputOf(args)).toBe(usage)
})

test.each([
  [[], /give a command/],
  [['dance'], /no command "dance"/],
  [['sql', 'wire'], /one command at a time/],
  [['wire', '--schema', 'x'], /wire takes no --schema/],
  [['sql', '--shema', 'x'], /--shema/],
])('%j is refused', (args, why) => {
  expect(() => outputOf(args)).toThrow(UsageError)
  expect(() => outputOf(args)).toThrow(why)
})
