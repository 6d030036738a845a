import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { remoteScenarios } from '../src/remotes/suite.ts'
import { storeScenarios } from '../src/stores/suite.ts'

const text = await readFile(new URL('../../kernel/CONTRACT.md', import.meta.url), 'utf8')
const lines = text.split('\n').flatMap((line) => /^- \*\*((?:LS|RA)-\d+\.\d+)\*\* (.+)$/.exec(line)?.slice(1, 3) ?? [])
const clauses = lines.flatMap((clause, n) =>
  n % 2 === 0 ? [{ clause, untested: lines[n + 1]?.includes('(not tested: ') }] : [],
)
const scenarios = [...storeScenarios, ...remoteScenarios].map(({ clause }) => clause as string)

test('CONTRACT.md numbers each clause once', () => {
  const numbers = clauses.map(({ clause }) => clause)
  expect(numbers.length).toBeGreaterThan(100)
  expect(new Set(numbers).size).toBe(numbers.length)
})

test('each clause of CONTRACT.md has its scenario, and each scenario its clause, in the same order', () => {
  expect(scenarios).toEqual(clauses.filter(({ untested }) => !untested).map(({ clause }) => clause))
})
