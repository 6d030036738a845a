import type { SharedPlugin } from '../client/options.ts'
import { invalidConfig } from '../errors/sync-error.ts'
import type { Observer } from '../model/events.ts'
import type { SharedMiddleware } from '../pipeline/middleware.ts'
import { borrowEnv } from './borrowed-env.ts'
import { type Facts, factsOf } from './log-facts.ts'
import { checkNames, checkOptions } from './options.ts'
import { redactorOf } from './redact.ts'
import { errorWord } from './safe-text.ts'

/** How much a line matters. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** What a line of the log says, as data. */
export interface LogEntry {
  readonly level: LogLevel
  /** A kind of middleware (`create`, `push`, `request`, ...) or an event (`sync:failed`, ...). */
  readonly event: string
  readonly facts: Facts
}

/** What {@link logging} writes, and where. */
export interface LoggingOptions {
  /** Takes each line, and the same as data. Default: the console, by level. */
  readonly write?: (line: string, entry: LogEntry) => void
  /**
   * The least level to write. `debug` (default): everything · `info`: pulls, pushes and cycles · `warn`: what failed, conflicts
   * and quarantine · `error`: listeners that threw.
   */
  readonly level?: LogLevel
  /** Fields whose values may be seen; `id` also shows ids of records. `all`: every field. Default none: only names of fields. */
  readonly show?: readonly string[] | 'all'
  /**
   * Fields whose values are never seen, at any depth, whatever `show` says; upper and lower case, `_` and `-` are the same. Names
   * with token, secret, passw, authorization, cookie, credential, apikey or privatekey in them always belong to these.
   */
  readonly redact?: readonly string[]
}

const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']
const longestLine = 2000

/** Characters that JSON leaves as they are, and that a terminal or a viewer takes for a command or the end of a line. */
const escapes = /[\u007f-\u009f\u2028\u2029]/g
const escaped = (text: string): string =>
  text.replace(escapes, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)

// oxlint-disable-next-line no-restricted-globals -- a log that is given no other place goes to the console
const toConsole = (line: string, { level }: LogEntry): void => console[level](`rowkeep ${line}`)

function check(options: LoggingOptions): void {
  checkOptions('logging', options, ['write', 'level', 'show', 'redact'])
  const { write = toConsole, level = 'debug', show, redact } = options
  if (typeof write !== 'function') throw invalidConfig('logging(): write must be a function')
  if (!levels.includes(level)) throw invalidConfig(`logging(): level must be one of ${levels.join(', ')}`)
  if (show !== 'all') checkNames('logging', 'show', show)
  checkNames('logging', 'redact', redact)
}

/** One line whatever is in it: text of others is quoted, so it cannot begin a line of its own. */
function lineOf(event: string, facts: Facts): string {
  const text = (value: unknown): string =>
    typeof value === 'string' && /^[\w./:*,-]+$/.test(value) ? value : escaped(String(JSON.stringify(value)))
  const line = [event, ...Object.entries(facts).map(([name, value]) => `${name}=${text(value)}`)].join(' ')
  return line.length > longestLine ? `${line.slice(0, longestLine)}…` : line
}

const kinds = {
  create: 'debug',
  update: 'debug',
  delete: 'debug',
  pull: 'info',
  push: 'info',
  resolve: 'debug',
  request: 'debug',
} as const
const events = {
  'sync:finished': 'info',
  'sync:failed': 'warn',
  'conflict:detected': 'warn',
  'operation:quarantined': 'warn',
  'row:unreadable': 'warn',
  'listener:failed': 'error',
} as const

/**
 * Writes one line for every write, pull, push, request and resolved conflict, and for everything that fails. No line holds a
 * token, a header, a body, the query of a URL or the message of an error, and values of records only where `show` names the
 * field. A `write` that throws harms no operation: the error is rethrown on its own, uncaught.
 *
 * @example use: [logging({ level: 'info', show: ['status'] })]
 * @throws SyncError `SYNC_CONFIG_INVALID` naming the option
 */
export function logging(options: LoggingOptions = {}): SharedPlugin {
  check(options)
  const { write = toConsole, level: least = 'debug', show = [], redact = [] } = options
  const borrowed = borrowEnv('logging')
  const describe = factsOf(redactorOf(show, redact))
  const log = (level: LogLevel, event: string, facts: () => Facts): void => {
    if (levels.indexOf(level) < levels.indexOf(least)) return
    try {
      const known = facts()
      write(lineOf(event, known), { level, event, facts: known })
    } catch (error) {
      borrowed.env().setTimer(0, () => {
        throw error
      })
    }
  }
  const around =
    (kind: keyof typeof kinds) =>
    async <R>(operation: object, next: () => Promise<R>): Promise<R> => {
      const { now } = borrowed.env()
      const begin = now()
      const facts = (end: object): Facts => ({ ...describe.operation(kind, operation), ...end, ms: now() - begin })
      try {
        const answer = await next()
        log(kinds[kind], kind, () => facts(describe.answer(kind, answer)))
        return answer
      } catch (error) {
        log('warn', kind, () => facts({ error: errorWord(error) }))
        throw error
      }
    }
  const middleware = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, around(kind as keyof typeof kinds)]))
  const observer = Object.fromEntries(
    Object.entries(events).map(([event, level]) => [
      event,
      (value: object) => log(level, event, () => describe.event(value)),
    ]),
  )
  return {
    name: 'logging',
    middleware: middleware as SharedMiddleware,
    observer: observer as Observer,
    setup: borrowed.setup,
  }
}
