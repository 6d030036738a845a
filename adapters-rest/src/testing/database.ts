import { type EmbeddedSql, pgliteSql, type Sql } from '../postgres/index.ts'

// Opening one costs seconds, a schema in it milliseconds; so all doubles of a process share it until the process ends.
let shared: Promise<EmbeddedSql> | undefined
let schemas = 0

/** One in-memory database for the whole process, opened by the first statement. */
export const sharedDatabase: Sql = {
  async query(sql, params) {
    shared ??= pgliteSql()
    return (await shared).query(sql, params)
  },
}

/** A schema name that nobody in this process has had. */
export function freshSchema(): string {
  schemas += 1
  return `double_${schemas}`
}
