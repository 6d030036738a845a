export { type EmbeddedSql, pgliteSql } from './pglite.ts'
export type { Sql } from './sql.ts'
export { type PostgresOptions, type PostgresStorage, type Purged, postgresStorage } from './storage.ts'
