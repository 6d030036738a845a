import { isSyncError } from '@rowkeep/kernel'
import { kitStatements } from '../kit/sql.ts'
import { plainStatements } from '../plain/sql.ts'
import { type Arguments, argumentsIn, Misuse } from './arguments.ts'

/** What the command prints for `--help` and after a mistake. */
export const usage = `Usage: npx @rowkeep/adapters-supabase plain <table>... [options]
       npx @rowkeep/adapters-supabase kit [--name=rowkeep]

Prints the SQL to run once in the project's SQL editor, or to keep as a migration. Running it again does no harm.

plain: what tables of your own need for plainTables(); a table of another schema is named schema.table
  --owner=user_id            add a column for the user, and policies that let nobody else near;
                             without it policies are yours to make
  --deleted=deleted          add a mark for deleted rows, for the option deleted
  --version=version          add a counter of versions, for the option version; needs --deleted
  --schema=public            the schema of the tables
  --id=id                    their primary key, which is there already
  --updated-at=updated_at    the column that says when a row was last written; added if it is not there
kit: the sync kit for syncKit()
  --name=rowkeep             its schema, and the beginning of its functions' names

  --help                     this text

Exit codes: 0 printed, 2 the call was wrong
`

/** What the command does: its exit code, 2 for wrong use, and what goes to stdout and stderr. */
export interface Ran {
  readonly code: 0 | 2
  readonly out: string
  readonly err: string
}

const text = (statements: readonly string[]): string => `${statements.map((one) => `${one.trim()};`).join('\n')}\n`

const purging = (name: string): string =>
  `-- Forgets tombstones after 30 days; needs the extension pg_cron:\n-- select cron.schedule('${name}-purge', '17 3 * * *', $$select ${name}.purge('30 days', '90 days')$$);\n`

function kit({ names, options }: Arguments): string {
  if (names.length > 0) throw new Misuse(`kit takes no ${names[0]}`)
  const { name = 'rowkeep' } = options
  return text(kitStatements(name)) + purging(name)
}

/** The table and its schema: `notes`, or `app.notes`. */
function tableIn(name: string, schema: string | undefined): { readonly table: string; readonly schema?: string } {
  const [own = '', table, ...more] = name.split('.')
  if (table === undefined) return schema === undefined ? { table: own } : { table: own, schema }
  if (more.length > 0) throw new Misuse(`${name} is no table: say schema.table`)
  if (schema !== undefined && schema !== own) throw new Misuse(`${name} is not in the schema ${schema}`)
  return { table, schema: own }
}

function plain({ names, options }: Arguments): string {
  const { schema, owner, id, deleted, version, 'updated-at': updatedAt } = options
  if (names.length === 0) throw new Misuse('name the tables')
  if (version !== undefined && deleted === undefined) throw new Misuse('--version needs --deleted')
  const sqlOf = (name: string): string => {
    const { table, ...place } = tableIn(name, schema)
    return text(plainStatements(table, { ...place, owner, id, deleted, version, updatedAt }))
  }
  return names.map(sqlOf).join('\n')
}

interface Command {
  /** Its options, each with a value as an example. */
  readonly options: Readonly<Record<string, string>>
  readonly print: (given: Arguments) => string
}

const commands: Readonly<Record<string, Command>> = {
  plain: {
    options: {
      owner: 'user_id',
      deleted: 'deleted',
      version: 'version',
      schema: 'public',
      id: 'id',
      'updated-at': 'updated_at',
    },
    print: plain,
  },
  kit: { options: { name: 'rowkeep' }, print: kit },
}

function sqlFor(name = '', rest: readonly string[]): string {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command === undefined) throw new Misuse('say plain or kit')
  return command.print(argumentsIn(rest, name, command.options))
}

/** Runs the command with these arguments. */
export function run(args: readonly string[]): Ran {
  if (args.includes('--help')) return { code: 0, out: usage, err: '' }
  try {
    return { code: 0, out: sqlFor(args[0], args.slice(1)), err: '' }
  } catch (thrown) {
    if (thrown instanceof Misuse || isSyncError(thrown))
      return { code: 2, out: '', err: `${thrown.message}\n\n${usage}` }
    throw thrown
  }
}
