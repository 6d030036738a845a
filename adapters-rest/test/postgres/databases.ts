import { afterAll, beforeAll, describe } from 'vitest'
import { pgliteSql, type Sql } from '../../src/postgres/index.ts'
import { startPostgres, unavailable } from './real-postgres.mjs'

interface Opened {
  readonly sql: Sql
  close(): Promise<void>
}

const open: Readonly<Record<string, () => Promise<Opened>>> = {
  PGlite: async () => {
    const sql = await pgliteSql()
    return { sql, close: () => sql.close() }
  },
  PostgreSQL: async () => {
    const server = await startPostgres()
    return { sql: server.pool, close: () => server.stop() }
  },
}

let schemas = 0

/** A schema name not used before in this file. */
export const freshSchema = (): string => {
  schemas += 1
  return `test_${schemas}`
}

function onDatabase(name: string, body: (sql: Sql) => void): void {
  const missing = name === 'PostgreSQL' ? unavailable : undefined
  describe.skipIf(missing !== undefined)(missing ? `on ${name} (skipped: ${missing})` : `on ${name}`, () => {
    let opened: Opened | undefined
    beforeAll(async () => {
      opened = await open[name]?.()
    }, 60_000)
    afterAll(() => opened?.close())
    body({ query: async (sql, params) => (opened as Opened).sql.query(sql, params) })
  })
}

/** The same tests on the embedded database and, where one can be started, on a real server. */
export function onEachDatabase(body: (sql: Sql) => void): void {
  for (const name of Object.keys(open)) onDatabase(name, body)
}

/** Tests that need real concurrency. */
export const onRealPostgres = (body: (sql: Sql) => void): void => onDatabase('PostgreSQL', body)
