import type { Findings } from './judge.ts'

/** How often each thing was found. */
export interface Counts {
  passed: number
  failed: number
  differed: number
  skipped: number
}

type Write = (line: string) => void

const reasonOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error))

const indented = (text: string): string => text.split('\n').slice(0, 20).join('\n          ')

/** Writes each finding as it comes, and counts. */
export function reporter(write: Write, counts: Counts): Findings {
  return {
    async check(what, run) {
      try {
        const note = await run()
        counts.passed += 1
        write(`  ok      ${what}${typeof note === 'string' ? `: ${note}` : ''}`)
      } catch (error) {
        counts.failed += 1
        write(`  FAIL    ${what}\n          ${indented(reasonOf(error))}`)
      }
    },
    differs(what, why) {
      counts.differed += 1
      write(`  differs ${what}\n          ${why}`)
    },
    skip(what, why) {
      counts.skipped += 1
      write(`  skip    ${what}\n          ${why}`)
    },
  }
}
