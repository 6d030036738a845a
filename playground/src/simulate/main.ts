import { readFile } from 'node:fs/promises'
import { profiles, SavedHistoryError, savedHistory, storyOf } from '@rowkeep/conformance-tests/simulation'
import { coverageOf } from './coverage.ts'
import { runCrashes } from './crashes/run.ts'
import { Crew } from './crew.ts'
import { figuresOf } from './figures.ts'
import { Interrupt } from './interrupt.ts'
import { type Options, parseOptions, UsageError, usage } from './options.ts'
import { runPlanted } from './planted/run.ts'
import { soak } from './soak.ts'
import { watchStrays } from './strays.ts'
import { subjects } from './subjects.ts'
import { tellBroken, tellEvents, violationsOf } from './violations.ts'

const { stdout, stderr, argv } = process
const write = (line: string): void => void stdout.write(`${line}\n`)

/** Where it is, on one line that the next one covers. */
const tell = (line: string): void => void (stderr.isTTY && stderr.write(`\r${line.padEnd(78)}`))

async function savedRun(file: string, twice: boolean): Promise<number> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UsageError(`there is no file ${file}`, { cause })
  })
  const { history, broke } = savedHistory(jsonOf(file, text), Object.keys(subjects))
  if (broke !== '') write(`saved because of ${broke}`)
  for (const line of storyOf(history)) write(line)
  write('what happened:')
  await tellEvents(history, write)
  const violations = await violationsOf(history, twice)
  for (const { invariant, what } of violations) write(`${invariant}: ${what}`)
  write(violations.length === 0 ? 'nothing went wrong' : `${violations.length} violations`)
  return violations.length === 0 ? 0 : 1
}

function jsonOf(file: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new UsageError(`${file} is no JSON`, { cause })
  }
}

async function search({ histories, seed, profile, workers, twice }: Options): Promise<number> {
  const size = Math.min(workers, histories)
  const crew = new Crew(size)
  const began = performance.now()
  const secondsSince = (): number => (performance.now() - began) / 1_000
  const interrupt = new Interrupt('ends after the histories under way')
  try {
    write(`histories ${seed} to ${seed + histories - 1}${profile === undefined ? '' : ` against ${profile}`}`)
    const tally = await crew.run({ from: seed, count: histories, profile, twice }, (sum) => {
      const rate = Math.round(sum.histories / secondsSince())
      tell(`${sum.histories} of ${histories}, ${sum.broken.length} with violations, ${rate} per second`)
      return !interrupt.stopped
    })
    const figures = figuresOf(tally, secondsSince(), size)
    tell('')
    const { lines, missing, fails } = coverageOf(tally, Object.keys(profiles), profile)
    for (const line of ['', ...lines, '', ...figures]) write(line)
    await tellBroken(tally.broken, profile, write)
    if (fails) write(`\nnever came: ${missing.join(', ')}`)
    if (tally.broken.length > 0 || fails) return 1
    return tally.histories < histories ? 130 : 0
  } finally {
    interrupt.close()
    await crew.close()
  }
}

async function crashes({ histories, workers }: Options): Promise<number> {
  const crew = new Crew(workers)
  const interrupt = new Interrupt('ends after the histories under way')
  try {
    const { isSound, isWhole } = await runCrashes(crew, histories, { write, tell, stopped: () => interrupt.stopped })
    return isSound ? (isWhole ? 0 : 130) : 1
  } finally {
    interrupt.close()
    await crew.close()
  }
}

/** How long one mistake is looked for, s. */
const plantSeconds = 600

async function planted({ histories, workers, publish }: Options, names: readonly string[]): Promise<number> {
  const over = new AbortController()
  const interrupt = new Interrupt('ends with what was found so far', () => over.abort())
  const wanted = { names, patience: { histories, seconds: plantSeconds, stop: over.signal }, workers, publish }
  try {
    if (!(await runPlanted(wanted, write))) return 1
    return interrupt.stopped ? 130 : 0
  } catch (error) {
    throw error instanceof RangeError ? new UsageError(error.message, { cause: error }) : error
  } finally {
    interrupt.close()
  }
}

async function soaked(options: Options, minutes: number): Promise<number> {
  const interrupt = new Interrupt('ends after the histories under way')
  try {
    return await soak(options, minutes, {
      write,
      tell: stderr.isTTY ? tell : undefined,
      stopped: () => interrupt.stopped,
    })
  } finally {
    interrupt.close()
  }
}

async function main(): Promise<number> {
  const options = parseOptions(argv.slice(2))
  if (options.help) {
    write(usage)
    return 0
  }
  const { profile, history, soak: minutes } = options
  if (profile !== undefined && !Object.hasOwn(subjects, profile))
    throw new UsageError(`there is no backend ${profile}; there are ${Object.keys(subjects).join(', ')}`)
  watchStrays()
  if (history !== undefined) return savedRun(history, options.twice)
  if (options.crashes) return crashes(options)
  if (options.planted !== undefined) return planted(options, options.planted)
  if (minutes !== undefined) return soaked(options, minutes)
  return search(options)
}

main().then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    const isUsage = error instanceof UsageError || error instanceof SavedHistoryError
    if (isUsage) stderr.write(`${error.message}\nhow to call it: npm run simulate -- --help\n`)
    else stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    process.exit(isUsage ? 2 : 1)
  },
)
