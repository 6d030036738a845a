import { SyncError } from '@rowkeep/kernel'
import type { Sql } from './sql.ts'

/** An embedded database. */
export interface EmbeddedSql extends Sql {
  /** Waits for what is under way and lets the folder go. */
  close(): Promise<void>
}

/**
 * PostgreSQL inside this process, by the optional package `@electric-sql/pglite`: in memory, or durable in `directory`,
 * made if absent. One process at a time may have a directory open. The first opening of a directory takes seconds.
 * @throws SyncError `SYNC_CONFIG_INVALID` where the package is not installed, `SYNC_STORE_UNAVAILABLE` where the directory cannot be used
 */
export async function pgliteSql(directory?: string): Promise<EmbeddedSql> {
  const { PGlite } = await import('@electric-sql/pglite').catch((cause: unknown) => {
    throw new SyncError('SYNC_CONFIG_INVALID', { message: 'install @electric-sql/pglite to use pgliteSql', cause })
  })
  try {
    if (directory === undefined) return await PGlite.create()
    // PGlite makes the last folder of a path only.
    const { mkdir } = await import('node:fs/promises')
    await mkdir(directory, { recursive: true })
    return await PGlite.create(directory)
  } catch (cause) {
    throw new SyncError('SYNC_STORE_UNAVAILABLE', { message: `no database in ${directory ?? 'memory'}`, cause })
  }
}
