import { execFileSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'

/** A call that cannot be carried out as it was made; the message says how to make it. */
export class UsageError extends Error {}

/** What was asked for. */
export interface Options {
  readonly histories: number
  /** Seed of the first history. */
  readonly seed: number
  /** Name of the backend of all histories; `undefined`: each seed picks its own. */
  readonly profile: string | undefined
  readonly workers: number
  readonly twice: boolean
  /** A saved history to run instead. */
  readonly history: string | undefined
  /** Minutes to go on and to watch the memory; `undefined`: no soak. */
  readonly soak: number | undefined
  /** Parts of the names of plants to be hunted instead, none: of all; `undefined`: no hunt. */
  readonly planted: readonly string[] | undefined
  /** Writes what came of the hunt into the page. */
  readonly publish: boolean
  /** Whether the app dies at every I/O in turn instead. */
  readonly crashes: boolean
  readonly help: boolean
}

/** How to call the program. */
export const usage = `usage: npm run simulate -- [--histories <n>] [--seed <s>|commit] [--profile <name>] [--twice] [--workers <n>]
       npm run simulate -- --history <file.json> [--twice]
       npm run simulate -- --soak <minutes> [--seed <s>] [--profile <name>] [--twice]
       npm run simulate -- --planted [<name> ...] [--histories <n>] [--workers <n>] [--publish]
       npm run simulate -- --crashes [--histories <n>] [--workers <n>]

Runs the real kernel on simulated devices, before simulated backends, through histories full of faults.

--histories <n>   how many, 1000 where it is not said; from 5000 on a fault or an act that never came is a failure
--seed <s>        seed of the first, 1 where it is not said; the others follow it. commit: made of the commit's hash
--profile <name>  one backend for all; without it each seed picks one
--twice           runs each history two times and holds that it does the same
--workers <n>     threads; one per core where it is not said
--history <file>  runs a saved history and tells what happened when
--soak <minutes>  goes on so long, and fails where memory grows
--planted         plants mistakes in the kernel, all of them or those whose names have a part in common, and says after how many
                  histories each is found: at most 5000 where it is not said. --publish writes that
                  into docs/simulation.md
--crashes         short histories, 20 where it is not said, over every store, and each again with the app dying at every I/O in turn

Ctrl-C ends a run early, and tells what it came to; a second one at once.

exit code: 0 nothing went wrong, 1 something did, 2 the call was wrong, 130 nothing did until Ctrl-C`

function wholeOf(name: string, text: string | undefined, usual: number, least: number): number {
  if (text === undefined) return usual
  const number = Number(text)
  if (text.trim() !== '' && Number.isSafeInteger(number) && number >= least) return number
  throw new UsageError(`--${name} takes a whole number from ${least} on, not ${text}`)
}

/** The first seed of a commit: of 28 bits, so that those that follow are seeds as well. */
function seedOf(text: string | undefined): number {
  if (text !== 'commit') return wholeOf('seed', text, 1, 0)
  try {
    return Number.parseInt(execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).slice(0, 7), 16)
  } catch (cause) {
    throw new UsageError('--seed commit needs git, and a commit; give a number instead', { cause })
  }
}

function minutesOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const minutes = Number(text)
  if (minutes > 0 && minutes <= 1_440) return minutes
  throw new UsageError(`--soak takes minutes, more than 0 and at most 1440, not ${text}`)
}

const string = { type: 'string' } as const
const flag = { type: 'boolean', default: false } as const
const known = {
  histories: string,
  seed: string,
  profile: string,
  workers: string,
  history: string,
  soak: string,
  planted: flag,
  publish: flag,
  crashes: flag,
  twice: flag,
  help: { ...flag, short: 'h' },
} as const

/** What each way of running takes beside itself; whatever else is given would say nothing. */
const ways: Readonly<Record<string, readonly string[]>> = {
  history: ['twice'],
  soak: ['seed', 'profile', 'twice'],
  planted: ['histories', 'workers', 'publish'],
  crashes: ['histories', 'workers'],
}

function checkTogether(values: Readonly<Record<string, string | boolean | undefined>>): void {
  const given = Object.keys(values).filter(
    (name) => name !== 'help' && ![undefined, false].includes(values[name] as false),
  )
  const way = given.find((name) => Object.hasOwn(ways, name))
  const other = way && given.find((name) => name !== way && !ways[way]?.includes(name))
  if (other) throw new UsageError(`--${other} does not go with --${way}`)
}

/** @throws UsageError for an unknown option, for two that do not go together, and for a value that it cannot take */
export function parseOptions(args: readonly string[]): Options {
  const { values, positionals } = parsed(args)
  const { planted, publish, crashes } = values
  if (positionals.length > 0 && !planted) throw new UsageError(`nothing is called ${positionals[0]}`)
  if (publish && !planted) throw new UsageError('--publish goes with --planted')
  checkTogether(values)
  return {
    histories: wholeOf('histories', values.histories, planted ? 5_000 : crashes ? 20 : 1_000, 1),
    seed: seedOf(values.seed),
    profile: values.profile,
    workers: wholeOf('workers', values.workers, availableParallelism(), 1),
    history: values.history,
    soak: minutesOf(values.soak),
    planted: planted ? positionals : undefined,
    publish,
    crashes,
    twice: values.twice,
    help: values.help,
  }
}

function parsed(
  args: readonly string[],
): ReturnType<typeof parseArgs<{ options: typeof known; allowPositionals: true }>> {
  try {
    return parseArgs({ args: [...args], options: known, allowPositionals: true })
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : 'unknown option', { cause })
  }
}
