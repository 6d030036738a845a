import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BadCrash, emptyTally } from '@rowkeep/conformance-tests/simulation'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { coverageOf } from '../src/simulate/coverage.ts'
import { type CrashSum, runCrashes } from '../src/simulate/crashes/run.ts'
import { stores } from '../src/simulate/crashes/stores.ts'
import type { Crew } from '../src/simulate/crew.ts'
import type { Crashed, CrashJob } from '../src/simulate/jobs.ts'
import { parseOptions } from '../src/simulate/options.ts'
import { isLeak, type Point, slopeLine, slopeOf } from '../src/simulate/soak.ts'
import { run } from './tsc.ts'

const program = fileURLToPath(new URL('../dist/simulate/main.js', import.meta.url))
const saved = fileURLToPath(new URL('../../conformance-tests/test/simulation/saved/', import.meta.url))
const simulate = (...args: string[]): ReturnType<typeof run> => run(process.execPath, [program, ...args], '.')
/** Runs it, with Ctrl-C as soon as it has said something. */
async function interrupted(...args: readonly string[]): Promise<{ exitCode: number | null; output: string }> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const collect = (text: Buffer): void => {
    output += text
  }
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  child.stdout.once('data', () => child.kill('SIGINT'))
  const [exitCode] = (await once(child, 'close')) as [number | null]
  return { exitCode, output }
}
const traceOf = (output: string): string | undefined => /^trace (\w{8})$/m.exec(output)?.[1]

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rowkeep-simulate-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('npm run simulate', { timeout: 120_000 }, () => {
  it('runs histories, does the same every time, and says what came how often', async () => {
    const { exitCode, output } = await simulate('--histories', '45', '--seed', '7', '--twice', '--workers', '2')
    expect(output).toMatch(/45 histories, 0 with violations/)
    expect(output).toMatch(/^ {2}append \d+ /m)
    expect(exitCode).toBe(0)
    const alone = await simulate('--histories', '45', '--seed', '7', '--workers', '1')
    expect(traceOf(alone.output)).toBe(traceOf(output))
    const others = await simulate('--histories', '45', '--seed', '8', '--workers', '2')
    expect(traceOf(others.output)).not.toBe(traceOf(output))
  })

  it('plays a saved history and tells what happened when', async () => {
    const { exitCode, output } = await simulate('--history', join(saved, 'no-trouble-at-all.json'), '--twice')
    expect(output).toMatch(/1000 ms {2}d1 {2}save collection=tasks record=0 {2}\(step 1\)/)
    expect(output).toMatch(/shown tab=d0\.1 user=ada collection=tasks rows=/)
    expect(output).toMatch(/nothing went wrong/)
    expect(exitCode).toBe(0)
  })

  it.each([
    [['--histories', 'many'], /--histories takes a whole number from 1 on, not many/],
    [['--profile', 'toString'], /there is no backend toString; there are transactional/],
    [['--soak', '0'], /--soak takes minutes/],
    [['--history', 'nowhere.json'], /there is no file nowhere.json/],
    [['--crashes', '--seed', '3'], /--seed does not go with --crashes/],
    [['--history', 'some.json', '--profile', 'checked'], /--profile does not go with --history/],
    [['--soak', '1', '--crashes'], /--crashes does not go with --soak/],
    [['--fast'], /Unknown option '--fast'/],
  ])('says how to call it where it is called wrong: %s', async (args, message) => {
    const { exitCode, output } = await simulate(...args)
    expect(output).toMatch(message)
    expect(output.trim().split('\n')).toEqual([expect.anything(), 'how to call it: npm run simulate -- --help'])
    expect(exitCode).toBe(2)
  })

  it.each([
    [['--histories', '100000', '--workers', '1'], /^\d+ histories, 0 with violations/m],
    [['--crashes', '--workers', '1'], /^simulated medium +1 +\d+ +\d+ +0 +\d+\n\d+ runs, 0 with violations, in /m],
    [['--soak', '60'], /^heap: .* MB at the end, too few histories/m],
    [['--planted', 'synced'], /^0 of 0 found, \d+ not looked for$/m],
  ])('ends early with Ctrl-C and tells what it came to: %s', async (args, said) => {
    const { exitCode, output } = await interrupted(...args)
    expect(output).toMatch(/Ctrl-C once more ends it at once/)
    expect(output).toMatch(said)
    expect(exitCode).toBe(130)
  })

  it.each([
    ['no JSON', 'not at all', /is no JSON/],
    [
      'no history',
      '{"profile":"transactional","history":{"seed":1,"setup":{},"faults":{},"steps":1}}',
      /must be a list/,
    ],
  ])('refuses a file that is %s', async (_what, text, message) => {
    const file = join(folder, 'history.json')
    await writeFile(file, text)
    const { exitCode, output } = await simulate('--history', file)
    expect(output).toMatch(message)
    expect(exitCode).toBe(2)
  })
})

it('the first seed can be made of the commit', () => {
  const { seed } = parseOptions(['--seed', 'commit'])
  expect(seed).toBeGreaterThanOrEqual(0)
  expect(seed).toBeLessThan(2 ** 28)
})

it('what never came is said, and fails a long run over all backends only', () => {
  const run = (histories: number, profile?: string): ReturnType<typeof coverageOf> =>
    coverageOf(
      { ...emptyTally(), histories, counts: { save: 3, other: 1 }, profiles: { one: 2 } },
      ['one', 'two'],
      profile,
    )
  expect(run(4_999)).toMatchObject({ fails: false })
  expect(run(5_000, 'one')).toMatchObject({ fails: false })
  const { missing, fails, lines } = run(5_000)
  expect(fails).toBe(true)
  expect(missing).toEqual(expect.arrayContaining(['append', 'lost', 'two']))
  expect(missing).not.toContain('save')
  expect(lines.join('\n')).toMatch(/append NEVER/)
  expect(lines.join('\n')).toMatch(/other 1/)
})

describe('what comes of crashes', () => {
  /** A crew that is done with the last job first, up to the one that `bad` goes wrong at. */
  const told = async (
    count: number,
    bad?: CrashJob,
    most = Number.POSITIVE_INFINITY,
  ): Promise<[string[], CrashSum]> => {
    const violation: BadCrash = { at: 3, io: 'after commit', violations: [{ invariant: 'I3', what: 'lost' }] }
    const each = async (
      jobs: Iterable<CrashJob>,
      onDone: (job: CrashJob, done: Crashed) => boolean | void,
    ): Promise<void> => {
      for (const job of [...jobs].slice(0, most).reverse()) {
        const isBad = job.store === bad?.store && job.history === bad.history
        onDone(job, { ios: 10, runs: 8, bad: isBad ? [violation] : [], seconds: 1.5 })
      }
    }
    const lines: string[] = []
    const telling = { write: (line: string) => void lines.push(line), tell: () => {}, stopped: () => false }
    const sum = await runCrashes({ each } as unknown as Crew, count, telling)
    return [lines, sum]
  }
  const rowOf = (name: string, ...figures: number[]): string =>
    `${name.padEnd(24)}${figures.map((one) => String(one).padStart(12)).join('')}`

  it('is told store by store, whichever thread is done first', async () => {
    const [lines, sum] = await told(2)
    expect(lines.slice(1, -1)).toEqual(stores.map(({ name }) => rowOf(name, 2, 20, 16, 0, 3)))
    expect(lines.at(-1)).toMatch(/^80 runs, 0 with violations, in [\d.]+ s$/)
    expect(sum).toEqual({ isSound: true, isWhole: true })
  })

  it('says where it went wrong, and what was not run any more', async () => {
    const [lines, sum] = await told(3, { kind: 'crashes', store: 1, history: 0 }, 4)
    expect(lines.slice(1, -1)).toEqual([
      rowOf('simulated medium', 3, 30, 24, 0, 5),
      'memoryStore, history 0, crash at I/O 3, after commit:',
      '  I3: lost',
      rowOf('memoryStore', 1, 10, 8, 1, 2),
    ])
    expect(sum).toEqual({ isSound: false, isWhole: false })
  })
})

it('a leak is what goes on growing when all is warm, and is told in kB per thousand histories', () => {
  const points = (bytes: (histories: number) => number): Point[] =>
    Array.from({ length: 200 }, (_, at) => [(at + 1) * 20, bytes((at + 1) * 20)])
  const warming = points((histories) => 10e6 + 3_000 * Math.min(histories, 1_200))
  const leaking = points((histories) => 10e6 + 150 * histories + (histories % 40) * 1_000)
  expect([isLeak(warming), isLeak(leaking), isLeak(leaking.slice(0, 60))]).toEqual([false, true, false])
  expect(slopeLine('heap', leaking)).toMatch(
    /^heap: 10\.\d\d MB at the end, 1[45]\d\.\d kB per 1 000 histories from history 1340 to 4000$/,
  )
  expect(slopeLine('heap', leaking.slice(0, 60))).toMatch(/too few histories/)
})

it('the slope is that of the line nearest to all points', () => {
  const line = (noise: number): Point[] =>
    Array.from({ length: 10 }, (_, x) => [x, 5 + 3 * x + (x % 2 ? noise : -noise)])
  expect(slopeOf(line(0))).toBeCloseTo(3)
  expect(slopeOf(line(1))).toBeCloseTo(3, 0)
  expect(slopeOf([[1, 7]])).toBe(0)
})
