import { SyncError } from '@rowkeep/kernel'

/**
 * The name, if it can stand in SQL as it is: lower case, digits and `_`, at most 48 characters, none of PostgreSQL's own.
 * @throws SyncError `SYNC_CONFIG_INVALID`
 */
export function schemaName(name: string): string {
  if (/^[a-z_][a-z0-9_]{0,47}$/.test(name) && !/^(pg_|information_schema$|public$)/.test(name)) return name
  throw new SyncError('SYNC_CONFIG_INVALID', {
    message: `schema "${name}" must be a name of its own: lower-case letters, digits and _, at most 48, not pg_... or public`,
  })
}
