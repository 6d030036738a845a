import { SyncError } from '@rowkeep/kernel'
import type { Sql } from './sql.ts'

const attempts = 5
const retryAfterMs = 1000

/** The SQLSTATE of what a driver threw; `undefined`: the database did not answer, so the outcome is unknown. */
function sqlstateOf(thrown: unknown): string | undefined {
  const code = typeof thrown === 'object' && thrown !== null && 'code' in thrown ? thrown.code : undefined
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined
}

/** serialization_failure, deadlock_detected: undone, and likely to go well if done again at once. */
const isCollision = (thrown: unknown): boolean => ['40001', '40P01'].includes(sqlstateOf(thrown) ?? '')

// Connection lost, server shut down: the commit may or may not have happened.
const isUncertain = (sqlstate: string | undefined): boolean =>
  sqlstate === undefined || sqlstate === '40003' || /^(08|57P)/.test(sqlstate)

// Out of connections, memory or locks, or too many collisions in a row: surely undone.
const isOverload = (sqlstate: string): boolean => /^(53|40|55P03)/.test(sqlstate)

function storageError(thrown: unknown): SyncError {
  const sqlstate = sqlstateOf(thrown)
  const details = sqlstate === undefined ? {} : { sqlstate }
  if (sqlstate === undefined || isUncertain(sqlstate)) {
    return new SyncError('SYNC_OUTCOME_UNKNOWN', { message: 'the database did not answer', details, cause: thrown })
  }
  if (isOverload(sqlstate)) {
    return new SyncError('SYNC_RATE_LIMITED', { message: 'the database is busy', retryAfterMs, details, cause: thrown })
  }
  return new SyncError('SYNC_STORE_FAILED', { message: `the database said ${sqlstate}`, details, cause: thrown })
}

/**
 * Runs one statement; one that collided with another transaction is run again, at most five times in all.
 * @throws SyncError `SYNC_OUTCOME_UNKNOWN` `SYNC_RATE_LIMITED` (nothing took effect) `SYNC_STORE_FAILED` (nothing took
 * effect), each with `details.sqlstate` where the database gave one
 */
export async function run(
  sql: Sql,
  statement: string,
  params: readonly unknown[],
): Promise<readonly Record<string, unknown>[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return (await sql.query(statement, [...params])).rows
    } catch (thrown) {
      if (attempt >= attempts || !isCollision(thrown)) throw storageError(thrown)
    }
  }
}
