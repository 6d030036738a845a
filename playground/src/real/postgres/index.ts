import type { Judge } from '../judge.ts'
import { type End, runAcceptance } from './script.ts'

const commits = 10_000
const whole = `${commits} commits of 8 writers at once, with slow transactions, lost answers, resends and killed connections`

/** What the script counts, and what each count means. */
const counted: readonly (readonly [name: string, what: string])[] = [
  ['missing', 'rows of the server that a follower lacks'],
  ['stale', 'rows that a follower has in an old version'],
  ['extra', 'rows that a follower has and the server does not'],
  ['wentBack', 'rows that came in an older version than before'],
  ['lost', 'acknowledged effects that are not there'],
  ['doubled', 'effects that are there more than once'],
]

const lineOf = ({ lines }: End, start: string): string | undefined => lines.find((line) => line.startsWith(start))

/** The counts by name; `undefined`: it did not come to its end. */
function countsOf(end: End): ReadonlyMap<string, number> | undefined {
  const found = lineOf(end, 'found: ')
  if (found === undefined) return undefined
  return new Map([...found.matchAll(/(\w+) (\d+)/g)].map(([, name = '', count]) => [name, Number(count)]))
}

/** What was done. @throws Error where it did not come to its end, or has a fault that is not among the counts */
function doneBy(end: End): string {
  const counts = countsOf(end)
  const isExplained = end.code === 0 || counted.some(([name]) => counts?.get(name) !== 0)
  if (counts === undefined || !isExplained) throw new Error(`exit ${end.code}\n${end.lines.join('\n')}`)
  return `${lineOf(end, 'PostgreSQL ')}\n          ${lineOf(end, 'done: ')}`
}

/** The kit's SQL on a real server: what everybody has in the end against what the server has and what was acknowledged. */
export const judge: Judge = {
  name: 'postgres',
  who: 'the newest PostgreSQL of this machine',
  packages: {},
  async run(findings) {
    const end = await runAcceptance(commits)
    if (end.code === 2) return findings.skip(whole, end.lines.join('\n          '))
    await findings.check(whole, async () => doneBy(end))
    const counts = countsOf(end)
    for (const [name, what] of counted) {
      if (counts === undefined) findings.skip(what, 'there is nothing to count')
      else {
        await findings.check(what, async () => {
          if (counts.get(name) !== 0) throw new Error(`${counts.get(name)}\n${end.lines.join('\n')}`)
          return '0'
        })
      }
    }
  },
}
