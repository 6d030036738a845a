import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Ended } from '../core/level.ts'
import type { Suite } from '../core/scenario.ts'
import { clauseTable, levelTable, type Summary, withLevels, withTable } from './clause-table.ts'

/** Brings the clause table of a suite into its README, or compares it; the result is what is wrong with it. */
export function readme(
  { name, module }: Suite,
  ended: readonly Ended[],
  level: string | undefined,
  how: 'write' | 'check',
): string | undefined {
  const file = join(dirname(module ?? ''), '..', 'README.md')
  if (module === undefined || !existsSync(file)) return `${name} has no README`
  const text = readFileSync(file, 'utf8')
  const wanted = withTable(text, name, clauseTable(ended, level))
  if (wanted === undefined) return `${file} has no <!-- clauses ${name} --> ... <!-- /clauses -->`
  return settled(file, text, wanted, how)
}

/** The same with the levels of all suites and the README of a folder, where that has the markers for it. */
export function readmeLevels(
  folder: string,
  summaries: readonly Summary[],
  how: 'write' | 'check',
): string | undefined {
  const file = join(folder, 'README.md')
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const wanted = withLevels(text, levelTable(summaries))
  return wanted === undefined ? undefined : settled(file, text, wanted, how)
}

function settled(file: string, text: string, wanted: string, how: 'write' | 'check'): string | undefined {
  if (how === 'check' && wanted !== text) return `${file} is out of date; run with --tables write`
  if (how === 'write') writeFileSync(file, wanted)
  return undefined
}
