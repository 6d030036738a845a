import { parseArgs } from 'node:util'
import { setupStatement } from '../postgres/schema/setup.ts'
import { wire } from './wire.ts'

/** A call that cannot be carried out as it was made; the message says what is wrong. */
export class UsageError extends Error {}

/** How to call the command. */
export const usage = `usage: adapters-rest sql [--schema <name>]
       adapters-rest wire

sql    prints the set-up of the PostgreSQL kit as one statement, for a migration that is kept as a file. All of it or
       nothing takes effect, and it may run again. Default schema: rowkeep. For psql:
         npx @rowkeep/adapters-rest sql | psql "$DATABASE_URL"
wire   prints what a server has to answer so that restAdapter({ url }) can speak to it

exit code: 0 printed, 2 the call was wrong`

interface Call {
  readonly command: string | undefined
  readonly more: readonly string[]
  readonly schema: string | undefined
  readonly help: boolean
}

function callOf(args: readonly string[]): Call {
  const options = { schema: { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const
  try {
    const { positionals, values } = parseArgs({ args: [...args], options, allowPositionals: true })
    const [command, ...more] = positionals
    return { command, more, schema: values.schema, help: values.help ?? false }
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : 'unknown option', { cause })
  }
}

/**
 * What a call prints.
 * @throws UsageError for a command or an option that is not known
 * @throws SyncError `SYNC_CONFIG_INVALID` for a schema name that cannot be used
 */
export function outputOf(args: readonly string[]): string {
  const { command, more, schema, help } = callOf(args)
  if (help) return usage
  if (more.length > 0) throw new UsageError(`one command at a time, not also ${more.join(' ')}`)
  if (command === 'sql') return `${setupStatement(schema)};`
  if (command !== 'wire') throw new UsageError(command === undefined ? 'give a command' : `no command "${command}"`)
  if (schema !== undefined) throw new UsageError('wire takes no --schema')
  return wire
}
