import { isSyncError, SyncError } from '@rowkeep/kernel'
import { run } from './connection.ts'
import { setupErrors, setupStatement } from './schema/setup.ts'
import type { Sql } from './sql.ts'

function setupError(thrown: unknown): unknown {
  const sqlstate = isSyncError(thrown) ? thrown.details['sqlstate'] : undefined
  if (sqlstate === setupErrors.newerFormat) return new SyncError('SYNC_FORMAT_NEWER', { cause: thrown })
  if (sqlstate === setupErrors.notUtf8) {
    return new SyncError('SYNC_CONFIG_INVALID', { message: 'the database must have the encoding UTF8', cause: thrown })
  }
  return thrown
}

/**
 * A function that sets the schema up on its first call and waits for that on every other; after a failure the next call
 * tries again. Safe while other servers do the same.
 * @throws SyncError `SYNC_FORMAT_NEWER` `SYNC_CONFIG_INVALID`, and those of {@link run}
 */
export function preparation(sql: Sql, schema: string): () => Promise<void> {
  let ready: Promise<unknown> | undefined
  return async () => {
    ready ??= run(sql, setupStatement(schema), [])
    try {
      await ready
    } catch (thrown) {
      ready = undefined
      throw setupError(thrown)
    }
  }
}
