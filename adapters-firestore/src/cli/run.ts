import { rulesFor } from './rules.ts'

/** What the command prints for `--help` and after a mistake. */
const usage = `Usage: npx @rowkeep/adapters-firestore <collection>...

Prints the security rules (firestore.rules) that the adapter needs for these collections, kept at
users/<uid>/<collection>. Other paths: change the match lines to those of the option \`collections\`.
Where you have rules already, copy the functions and match blocks into them instead of overwriting the file.

  -h, --help    this text

Exit codes: 0 printed; 2 wrong use, with the reason on stderr.
`

/** What the command does: its exit code, 2 for wrong use, and what goes to stdout and stderr. */
export interface Ran {
  readonly code: 0 | 2
  readonly out: string
  readonly err: string
}

const wrong = (why: string): Ran => ({ code: 2, out: '', err: `${why}\n\n${usage}` })

/** Runs the command with these arguments. */
export function run(args: readonly string[]): Ran {
  if (args.includes('--help') || args.includes('-h')) return { code: 0, out: usage, err: '' }
  const [first] = args
  if (first === undefined) return wrong('name the collections of your client')
  const option = args.find((arg) => arg.startsWith('-'))
  if (option !== undefined) return wrong(`there is no option ${option}`)
  // Others could not stand in a path of the rules, or would be the place of the marks.
  const bad = args.find((name) => !/^[A-Za-z0-9_-]+$/.test(name) || /^__.*__$/.test(name) || name === 'mutations')
  if (bad !== undefined) return wrong(`${JSON.stringify(bad)} cannot be a collection of the default layout`)
  return { code: 0, out: rulesFor([...new Set(args)]), err: '' }
}
