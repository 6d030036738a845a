import { shown } from '../../core/conformance-error.ts'
import type { History } from '../history/history.ts'
import type { Subject } from '../servers/site.ts'
import { played } from './search.ts'

/** Counts of 0 and empty lists say nothing. */
const quiet = (_name: string, value: unknown): unknown =>
  value === 0 || (Array.isArray(value) && value.length === 0) ? undefined : value

const textOf = (value: unknown): string =>
  typeof value === 'object' && value !== null && !(value instanceof Error) ? JSON.stringify(value, quiet) : shown(value)

/** The fields of a fact but those that the line has already. */
function restOf(fact: object): string {
  const fields = Object.entries(fact).filter(([name]) => name !== 'kind' && name !== 'at')
  return fields.map(([name, one]) => `${name}=${textOf(one)}`).join(' ')
}

/** What happened when, as lines for people; timers that merely ran out are left away. */
export async function eventsOf(history: History, subject: Subject): Promise<readonly string[]> {
  const lines: string[] = []
  const heard = (atMs: number, what: string, about?: unknown): void => {
    if (what.endsWith(' timer')) return
    const text =
      typeof about === 'object' && about !== null ? `  ${what} ${restOf(about)}` : what.replace(/^[\d.]+ /, '')
    lines.push(`${atMs.toFixed().padStart(7)} ms  ${text}`)
  }
  await played(history, subject, { heard })
  return lines
}
