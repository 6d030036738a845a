import { describe, expect, it, test } from 'vitest'
import { failuresOf, read } from '../src/failures/catalogue.ts'
import { brokenPlants, strayClauses, strayTags, unplanted, unproved } from '../src/failures/complaints.ts'
import { failureMap } from '../src/failures/map.ts'
import { failuresPage } from '../src/failures/page.ts'
import { testOf } from '../src/failures/plants.ts'
import { endOf, patternOf } from '../src/failures/run-test.ts'
import { titlesIn } from '../src/failures/titles.ts'

const map = await failureMap()

describe('the map of failures', () => {
  it('has each once, with a title, what happened, where to read of it, what it breaks and what keeps it out', () => {
    const all = failuresOf(map.catalogue)
    expect(all.length).toBe(96)
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length)
    for (const one of all) {
      expect(one.id).toMatch(/^F\d{2,3}$/)
      for (const text of [one.title, one.happened, one.here]) expect(text).toMatch(/^.{8,}$/)
      expect(one.sources.length).toBeGreaterThan(0)
      expect(Object.keys(map.catalogue.promises)).toEqual(expect.arrayContaining([...one.breaks]))
      if (one.never !== undefined) expect(one.never).toMatch(/^.{40,}\.$/)
    }
  })

  it('has a test, a clause or a reason for each', () => {
    expect(unproved(map)).toEqual([])
  })

  it('has a mistake that was seen red for each', () => {
    expect(unplanted(map)).toEqual([])
  })

  it('names only tests, clauses and defects that are there', async () => {
    expect(strayTags(map)).toEqual([])
    expect(await strayClauses(map)).toEqual([])
  })

  it('has mistakes that can be planted: each text stands once in its file, and its test is tagged', async () => {
    expect(await brokenPlants(map)).toEqual([])
  })

  it('is the page that `npm run failures` makes', async () => {
    expect(await read('docs/failures.md')).toBe(failuresPage(map))
  })
})

test('a tag is the end of a title, however it is quoted', () => {
  const text = [
    "test('one effect <F20>', f)",
    'it.each(table)(`%s leads to "one" effect <F20 F26>`, f)',
    `  "a tab's write <F51>",`,
    "it('is no tag <F20> here', f)",
    "it('escapes its \\'quotes\\' <F01>', f)",
  ]
    .join('\n')
    // Written so that these are no tags themselves.
    .replaceAll('<', '[')
    .replaceAll('>', ']')
  expect(titlesIn('a.test.ts', text)).toEqual([
    { file: 'a.test.ts', title: 'one effect', ids: ['F20'] },
    { file: 'a.test.ts', title: '%s leads to "one" effect', ids: ['F20', 'F26'] },
    { file: 'a.test.ts', title: "a tab's write", ids: ['F51'] },
    { file: 'a.test.ts', title: "escapes its 'quotes'", ids: ['F01'] },
  ])
})

describe('the end of a test with a mistake planted', () => {
  const ran = (status: 'passed' | 'failed' | 'skipped', ...failureMessages: string[]) => ({
    testResults: [{ message: '', assertionResults: [{ fullName: 'x a b', title: 'a b', status, failureMessages }] }],
  })

  it('is red where the test failed by what it asserts', () => {
    expect(endOf(ran('failed', 'AssertionError: expected 2 to be 1\n    at x'), 'a')).toEqual({
      kind: 'red',
      why: 'AssertionError: expected 2 to be 1',
    })
  })

  it('is green where it passed', () => {
    expect(endOf(ran('passed'), 'a').kind).toBe('green')
  })

  it('is nothing where the machine has not what it needs', () => {
    expect(endOf(ran('skipped'), 'a').kind).toBe('skipped')
  })

  it.each([
    ['its set-up failed', { testResults: ran('skipped').testResults.map((one) => ({ ...one, message: 'no' })) }],
    ['it timed out', ran('failed', 'Error: Test timed out in 30000ms.')],
    ['the source is no program', ran('failed', 'ReferenceError: x is not defined')],
    ['the file could not be loaded', { testResults: [{ message: 'Error: Transform failed', assertionResults: [] }] }],
  ])('counts for nothing where %s', (_, report) => {
    expect(endOf(report, 'a').kind).toBe('broken')
  })
})

test('a pattern matches what a title becomes, and nothing else', () => {
  const { title } = testOf({ id: 'F20', file: 'a', find: 'a', replace: 'b', test: 'a.test.ts > of (%s) > $x.y two?' })
  expect(title).toBe('of (%s) > $x.y two?')
  expect(new RegExp(patternOf(title)).test('of (one) > 1 two?')).toBe(true)
  expect(new RegExp(patternOf(title)).test('of one > 1 two')).toBe(false)
})
