import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { chosen } from '../src/cli/choose.ts'
import { chapters, clauseTable, levelTable, withTable } from '../src/cli/clause-table.ts'
import { openLoader } from '../src/cli/loader.ts'
import { parseOptions, UsageError } from '../src/cli/options.ts'
import { readme, readmeLevels } from '../src/cli/readme.ts'
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

  test('finds the harnesses of the package it is called in', async () => {
    const own = await chosen(parseOptions(['--store', 'one']), join(folder, 'things'), loader)
    expect(own.map(({ name }) => name)).toEqual(['one'])
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

describe('the clause table of a README', () => {
  const one = (clause: Case['clause'], outcome: Outcome): Ended => ({
    case: { clause, title: '', gap: undefined, otherwise: undefined, run: async () => outcome },
    outcome,
  })
  const passed: Outcome = { status: 'passed' }
  const skipped: Outcome = { status: 'skipped', reason: 'no a | b' }

  test('has a row for each chapter, with the numbers that hold and the reasons of the others', () => {
    const gap: Outcome = { status: 'gap', reason: 'hidden', error: new Error('seen') }
    const ended = [
      ...[1, 2, 3, 5].map((n) => one(`RA-1.${n}`, passed)),
      one('RA-7.1', skipped),
      one('RA-7.2', skipped),
      one('RA-7.3', gap),
    ]
    expect(clauseTable(ended, 'level: declared checked').split('\n').slice(2)).toEqual([
      '| RA-1 Capabilities | 1-3, 5 |  |',
      '| RA-7 Atomic requests |  | 1-2: no a \\| b; 3: known gap: hidden |',
      '',
      'Level: declared checked.',
    ])
  })

  test('takes the place of the one between its markers, and of no other', () => {
    const text = 'a\n<!-- clauses x -->\nold\n<!-- /clauses -->\n<!-- clauses y -->\n<!-- /clauses -->\n'
    const wanted = 'a\n<!-- clauses x -->\n\nnew\n\n<!-- /clauses -->\n<!-- clauses y -->\n<!-- /clauses -->\n'
    expect(withTable(text, 'x', 'new')).toBe(wanted)
    expect(withTable(wanted, 'x', 'new')).toBe(wanted)
    expect(withTable(text, 'z', 'new')).toBeUndefined()
  })

  test('is checked against the run, and written', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rowkeep-cli-'))
    try {
      const suite = { name: 'x', kind: 'remote', cases: [], declared: async () => undefined } as const
      const module = join(folder, 'test', 'conformance.ts')
      const ended = [one('RA-1.1', passed)]
      expect(readme({ ...suite, module }, ended, undefined, 'check')).toMatch(/no README/)
      await writeFile(join(folder, 'README.md'), 'nothing')
      expect(readme({ ...suite, module }, ended, undefined, 'check')).toMatch(/<!-- clauses x -->/)
      await writeFile(join(folder, 'README.md'), '<!-- clauses x -->\n<!-- /clauses -->')
      expect(readme({ ...suite, module }, ended, undefined, 'check')).toMatch(/out of date/)
      expect(readme({ ...suite, module }, ended, undefined, 'write')).toBeUndefined()
      expect(readme({ ...suite, module }, ended, undefined, 'check')).toBeUndefined()
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test('of all suites goes into the README that has a place for it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rowkeep-cli-'))
    try {
      const counts = { passed: 5, failed: 0, skipped: 1, gaps: 2 }
      const summaries = [{ name: 'x', levels: { declared: 'checked', proved: 'none' }, counts }]
      expect(levelTable(summaries).split('\n').at(-1)).toBe('| `x` | checked | none | 3 | 0 | 2 | 1 |')
      expect(readmeLevels(folder, summaries, 'check')).toBeUndefined()
      await writeFile(join(folder, 'README.md'), '<!-- levels -->\n<!-- /levels -->')
      expect(readmeLevels(folder, summaries, 'check')).toMatch(/out of date/)
      expect(readmeLevels(folder, summaries, 'write')).toBeUndefined()
      expect(readmeLevels(folder, summaries, 'check')).toBeUndefined()
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test('names the chapters as CONTRACT.md does', () => {
    const text = readFileSync(new URL('../../kernel/CONTRACT.md', import.meta.url), 'utf8')
    const headings = [...text.matchAll(/^## ((?:LS|RA)-\d+) (.+)$/gm)].map(([, chapter, title]) => [chapter, title])
    expect(Object.entries(chapters)).toEqual(headings)
  })
})
