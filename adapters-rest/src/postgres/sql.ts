/**
 * All the kit needs of a database: one statement, its parameters as `$1, $2, ...`, its rows. A `Pool` of `pg` and a
 * `PGlite` satisfy it as they are. Every call may run on another connection: the kit keeps nothing in a session.
 */
export interface Sql {
  query(sql: string, params?: readonly unknown[]): Promise<{ readonly rows: readonly Record<string, unknown>[] }>
}
