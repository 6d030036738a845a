import type { BadCrash } from '@rowkeep/conformance-tests/simulation'
import type { Crew } from '../crew.ts'
import type { Crashed, CrashJob } from '../jobs.ts'
import { crashHistory, stores } from './stores.ts'

/** How a run over all stores is told, and ended. */
export interface Telling {
  write(line: string): void
  /** Where it is; the next one covers it. */
  tell(line: string): void
  /** Whether somebody wants it to end. */
  stopped(): boolean
}

/** What came of all of them. */
export interface CrashSum {
  readonly isSound: boolean
  /** Whether every history was run over every store. */
  readonly isWhole: boolean
}

const row = (cells: readonly (string | number)[]): string =>
  cells.map((cell, at) => (at === 0 ? String(cell).padEnd(24) : String(cell).padStart(12))).join('')

function badLines(job: CrashJob, { at, io, violations }: BadCrash): readonly string[] {
  const where = at === 0 ? 'without a crash' : `crash at I/O ${at}, ${io}`
  return [
    `${stores[job.store]?.name}, history ${crashHistory(job).seed}, ${where}:`,
    ...violations.map(({ invariant, what }) => `  ${invariant}: ${what}`),
  ]
}

/** What came of the histories over one store, as lines: those that went wrong in their order, then the sum. */
function storeLines(store: number, came: ReadonlyMap<number, Crashed>): readonly string[] {
  const all = [...came].sort(([a], [b]) => a - b)
  const sum = (of: (one: Crashed) => number): number => all.reduce((total, [, one]) => total + of(one), 0)
  const bad = all.flatMap(([history, one]) =>
    one.bad.flatMap((crash) => badLines({ kind: 'crashes', store, history }, crash)),
  )
  const [ios, runs, wrong] = [sum((one) => one.ios), sum((one) => one.runs), sum((one) => one.bad.length)]
  const seconds = Math.round(sum((one) => one.seconds))
  return [...bad, row([stores[store]?.name ?? '', came.size, ios, runs, wrong, seconds])]
}

function* jobsOf(count: number): Generator<CrashJob> {
  for (const store of stores.keys())
    for (let history = 0; history < count; history += 1) yield { kind: 'crashes', store, history }
}

/**
 * Runs so many short histories over every store, and each again with the app dying at every I/O in turn; tells what came of it,
 * store by store, as soon as it is known of one and of those before it.
 */
export async function runCrashes(crew: Crew, count: number, { write, tell, stopped }: Telling): Promise<CrashSum> {
  const began = performance.now()
  const came = stores.map(() => new Map<number, Crashed>())
  let [told, done, runs, wrong] = [0, 0, 0, 0]
  const next = (isLast: boolean): void => {
    for (let one = came[told]; one && (one.size === count || (isLast && one.size > 0)); one = came[told]) {
      tell('')
      for (const line of storeLines(told, one)) write(line)
      told += 1
    }
  }
  write(row(['store', 'histories', 'I/Os', 'runs', 'violations', 'seconds']))
  await crew.each(jobsOf(count), (job, crashes) => {
    came[job.store]?.set(job.history, crashes)
    done += 1
    runs += crashes.runs
    wrong += crashes.bad.length
    next(false)
    tell(`${done} of ${count * stores.length}, ${runs} runs, ${wrong} with violations`)
    return !stopped()
  })
  next(true)
  tell('')
  write(`${runs} runs, ${wrong} with violations, in ${((performance.now() - began) / 1_000).toFixed(1)} s`)
  return { isSound: wrong === 0, isWhole: done === count * stores.length }
}
