import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Ended } from '../core/level.ts'
import type { Suite } from '../core/scenario.ts'
import { clauseTable, withTable } from './clause-table.ts'

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
  if (how === 'write') writeFileSync(file, wanted)
  else if (wanted !== text) return `${file}: the clauses of ${name} are out of date; run with --tables write`
  return undefined
}
