import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { chosen } from '../src/cli/choose.ts'
import { openLoader } from '../src/cli/loader.ts'
import { parseOptions, UsageError } from '../src/cli/options.ts'
import { countsOf, levelLine, lineOf, paintOf } from '../src/cli/report.ts'
import { ConformanceError } from '../src/core/conformance-error.ts'
import type { Ended } from '../src/core/level.ts'
import type { Case, Outcome } from '../src/core/scenario.ts'
import { checked, transactional } from '../src/doubles/profile.ts'

const none = parseOptions([])

describe('the choice of harnesses', () => {
  const loader = openLoader()
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rowkeep-cli-'))
    await mkdir(join(folder, 'things', 'test'), { recursive: true })
    const stores = ['one', 'two'].map((name) => `export const ${name} = { name: '${name}', place: () => ({}) }`)
    await writeFile(
      join(folder, 'things', 'test', 'conformance.ts'),
      `${stores.join('\n')}\nexport const other: number = 1\n`,
    )
  })
  afterEach(() => rm(folder, { recursive: true }))
  afterAll(() => loader.close())

  test('without options is every harness of every package', async () => {
    expect((await chosen(none, folder, loader)).map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'store one',
      'store two',
    ])
  })

  test('holds also for modules that import others later', async () => {
    await writeFile(join(folder, 'late.ts'), 'export const name: string = "late"')
    const late = `export const late = { name: 'late', place: async () => { throw new Error((await import('./late.ts')).name) } }`
    await writeFile(join(folder, 'lazy.ts'), late)
    const [suite] = await chosen(parseOptions([join(folder, 'lazy.ts')]), folder, loader)
    const outcome = await suite?.cases[0]?.run()
    expect(outcome?.status === 'failed' && outcome.error.message).toBe('late')
  })

  test('takes names and keeps their order', async () => {
    const suites = await chosen(parseOptions(['--store', 'two']), folder, loader)
    expect(suites.map(({ name }) => name)).toEqual(['two'])
  })

  test('lists the known names for one that is not known', async () => {
    await expect(chosen(parseOptions(['--store', 'three']), folder, loader)).rejects.toThrow('"three"; known: one, two')
    await expect(chosen(parseOptions(['--adapter', 'rest']), folder, loader)).rejects.toThrow('"rest"; known: none')
  })

  test('refuses a module that is not there, or exports no harness', async () => {
    await expect(chosen(parseOptions(['./absent.js']), folder, loader)).rejects.toBeInstanceOf(UsageError)
    await writeFile(join(folder, 'empty.mjs'), 'export const a = 1')
    await expect(chosen(parseOptions([join(folder, 'empty.mjs')]), folder, loader)).rejects.toThrow(
      'exports no harness',
    )
    await expect(chosen(none, tmpdir(), loader)).rejects.toBeInstanceOf(UsageError)
  })

  test('refuses an unknown option', () => {
    expect(() => parseOptions(['--stor', 'x'])).toThrow(UsageError)
  })
})

describe('the report', () => {
  const one = (change: Partial<Case>): Case => ({
    clause: 'RA-6.1',
    title: 'it holds',
    gap: undefined,
    otherwise: undefined,
    run: async () => ({ status: 'passed' }),
    ...change,
  })
  const failed: Outcome = { status: 'failed', error: new ConformanceError('a thing', 'another', { clause: 'RA-6.1' }) }
  const ended = (outcome: Outcome, change: Partial<Case> = {}): Ended => ({ case: one(change), outcome })

  test('shows number, end, title and what there is to say, without colour where there is none', () => {
    const plain = paintOf(false)
    expect(lineOf(one({}), { status: 'passed' }, plain)).toBe('RA-6.1   ok   it holds')
    expect(lineOf(one({}), failed, plain)).toContain(
      'FAIL it holds\n              [RA-6.1] expected a thing; seen: another',
    )
    expect(lineOf(one({}), { status: 'passed' }, paintOf(true))).toContain('\u001b[32mok')
  })

  test('counts a known gap as passed', () => {
    const gap: Outcome = { status: 'gap', reason: 'not yet', error: new Error('it fails') }
    const counts = countsOf([
      ended({ status: 'passed' }),
      ended(gap),
      ended(failed),
      ended({ status: 'skipped', reason: 'no' }),
    ])
    expect(counts).toEqual({ passed: 2, failed: 1, skipped: 1, gaps: 1 })
  })

  test('proves what is left when the capabilities of failed clauses are taken off', () => {
    expect(levelLine(transactional, [ended({ status: 'passed' })])).toBe(
      'level: declared transactional, proved transactional',
    )
    const log = { idempotency: 'natural' } as const
    expect(levelLine(transactional, [ended(failed, { otherwise: log })])).toContain('proved checked')
    expect(levelLine(checked, [ended(failed)])).toContain('proved none')
  })
})
