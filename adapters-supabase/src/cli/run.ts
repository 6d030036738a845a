import { isSyncError } from '@rowkeep/kernel'
import { kitStatements } from '../kit/sql.ts'
import { plainStatements } from '../plain/sql.ts'

/** What the command prints for `--help` and after a mistake. */
export const usage = `Usage: npx @rowkeep/adapters-supabase plain <table>... [options]
       npx @rowkeep/adapters-supabase kit [--name=rowkeep]

Prints the SQL to run once in the project's SQL editor, or to keep as a migration. Running it again does no harm.

plain: what tables of your own need for plainTables()
  --owner=user_id      add a column for the user, and policies that let nobody else near
  --deleted=deleted    add a mark for deleted rows, for the option deleted
  --version=version    add a counter of versions, for the option version; needs --deleted
kit: the sync kit for syncKit()
  --name=rowkeep       its schema, and the beginning of its functions' names

  --help               this text
`

/** What the command does: its exit code, 2 for wrong use, and what goes to stdout and stderr. */
export interface Ran {
  readonly code: 0 | 2
  readonly out: string
  readonly err: string
}

class Misuse extends Error {}

const known: { readonly [command: string]: readonly string[] } = {
  plain: ['owner', 'deleted', 'version'],
  kit: ['name'],
}

/** The options of the command: `--name=value`. */
function optionsIn(args: readonly string[], command: string): Readonly<Record<string, string>> {
  const options = args
    .filter((arg) => arg.startsWith('-'))
    .map((arg) => {
      const found = /^--([a-z]+)=(.+)$/.exec(arg)
      if (!found || !known[command]?.includes(found[1] as string)) throw new Misuse(`${command} has no option ${arg}`)
      return [found[1] as string, found[2] as string] as const
    })
  return Object.fromEntries(options)
}

const purging = (name: string): string =>
  `-- Forgets tombstones after 30 days; needs the extension pg_cron:\n-- select cron.schedule('${name}-purge', '17 3 * * *', $$select ${name}.purge('30 days', '90 days')$$);\n`

function sqlFor(command: string | undefined, rest: readonly string[]): string {
  if (command === undefined || !Object.hasOwn(known, command)) throw new Misuse('say plain or kit')
  const options = optionsIn(rest, command)
  const names = rest.filter((arg) => !arg.startsWith('-'))
  const text = (statements: readonly string[]): string => `${statements.map((one) => `${one.trim()};`).join('\n')}\n`
  if (command === 'kit') {
    if (names.length > 0) throw new Misuse(`kit takes no ${names[0]}`)
    return text(kitStatements(options['name'])) + purging(options['name'] ?? 'rowkeep')
  }
  if (names.length === 0) throw new Misuse('name the tables')
  if (options['version'] !== undefined && options['deleted'] === undefined)
    throw new Misuse('--version needs --deleted')
  return names.map((name) => text(plainStatements(name, options))).join('\n')
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
