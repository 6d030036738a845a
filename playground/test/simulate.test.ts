import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { emptyTally } from '@rowkeep/conformance-tests/simulation'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { coverageOf } from '../src/simulate/coverage.ts'
import { parseOptions } from '../src/simulate/options.ts'
import { type Point, slopeOf } from '../src/simulate/soak.ts'
import { run } from './tsc.ts'

const program = fileURLToPath(new URL('../dist/simulate/main.js', import.meta.url))
const saved = fileURLToPath(new URL('../../conformance-tests/test/simulation/saved/', import.meta.url))
const simulate = (...args: string[]): ReturnType<typeof run> => run(process.execPath, [program, ...args], '.')
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
    expect(output).toMatch(/usage: npm run simulate/)
    expect(exitCode).toBe(2)
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

it('the slope is that of the line nearest to all points', () => {
  const line = (noise: number): Point[] =>
    Array.from({ length: 10 }, (_, x) => [x, 5 + 3 * x + (x % 2 ? noise : -noise)])
  expect(slopeOf(line(0))).toBeCloseTo(3)
  expect(slopeOf(line(1))).toBeCloseTo(3, 0)
  expect(slopeOf([[1, 7]])).toBe(0)
})
