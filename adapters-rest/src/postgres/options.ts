import { SyncError } from '@rowkeep/kernel'
import { isObject } from '../json.ts'
import type { PostgresOptions } from './storage.ts'

const known: readonly (keyof PostgresOptions)[] = ['sql', 'schema', 'recordBytes']

const wrong = (message: string): SyncError =>
  new SyncError('SYNC_CONFIG_INVALID', { message: `postgresStorage: ${message}` })

/**
 * Checks what the first statement would otherwise stumble over. No message quotes `sql`: a connection string holds a password.
 * @throws SyncError `SYNC_CONFIG_INVALID` naming the option that is missing, wrong or not known
 */
export function checkOptions(options: unknown): void {
  if (!isObject(options)) throw wrong(`options must be an object with ${known.join(', ')}`)
  const given: Readonly<Record<string, unknown>> = options
  const stranger = Object.keys(given).find((name) => !known.some((one) => one === name))
  if (stranger !== undefined) throw wrong(`options have no "${stranger}", only ${known.join(', ')}`)
  const { sql, recordBytes } = given
  if (typeof (sql as { readonly query?: unknown } | null | undefined)?.query !== 'function') {
    throw wrong('sql must have query(), like new Pool({ connectionString }) of pg, or await pgliteSql("./data")')
  }
  if (recordBytes !== undefined && !(Number.isSafeInteger(recordBytes) && (recordBytes as number) >= 1)) {
    throw wrong('recordBytes must be a whole number of at least 1')
  }
}
