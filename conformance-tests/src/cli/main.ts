#!/usr/bin/env node
import type { Ended } from '../core/level.ts'
import type { Suite } from '../core/scenario.ts'
import { chosen } from './choose.ts'
import type { Summary } from './clause-table.ts'
import { openLoader } from './loader.ts'
import { type Options, parseOptions, UsageError, usage } from './options.ts'
import { readme, readmeLevels } from './readme.ts'
import { countsOf, levelLine, levelsOf, lineOf, paintOf } from './report.ts'

const { stdout, stderr, env, argv } = process
const paint = paintOf(stdout.isTTY === true && (env['NO_COLOR'] ?? '') === '')

interface Ran {
  readonly summary: Summary
  readonly ended: readonly Ended[]
  /** A README does not say what this run found. */
  readonly stale: boolean
}

async function runSuite(suite: Suite, tables: Options['tables']): Promise<Ran> {
  stdout.write(`\n${suite.kind === 'remote' ? 'adapter' : 'store'} ${suite.name}\n\n`)
  const ended: Ended[] = []
  for (const one of suite.cases) {
    if (stdout.isTTY) stdout.write(`${one.clause} ...\r`)
    const outcome = await one.run()
    stdout.write(`${lineOf(one, outcome, paint)}\n`)
    ended.push({ case: one, outcome })
  }
  // Where the harness does not even start, its clauses have said so.
  const declared = await suite.declared().catch(() => undefined)
  const counts = countsOf(ended)
  const { passed, failed, skipped, gaps } = counts
  stdout.write(`\n${suite.name}: ${passed} passed (${gaps} known gaps), ${failed} failed, ${skipped} skipped\n`)
  const level = declared && levelLine(declared, ended)
  if (level) stdout.write(`${level}\n`)
  const stale = tables && readme(suite, ended, level, tables)
  if (stale) stdout.write(`${stale}\n`)
  const levels = declared && levelsOf(declared, ended)
  return { summary: { name: suite.name, levels, counts }, ended, stale: stale !== undefined }
}

// Only a run of everything can say how everything stands.
function allLevels({ tables, files, adapters, stores }: Options, runs: readonly Ran[]): string | undefined {
  const isAll = files.length + adapters.length + stores.length === 0
  const summaries = runs.map(({ summary }) => summary)
  return tables && isAll ? readmeLevels(process.cwd(), summaries, tables) : undefined
}

async function main(): Promise<number> {
  const options = parseOptions(argv.slice(2))
  if (options.help) {
    stdout.write(`${usage}\n`)
    return 0
  }
  const runs: Ran[] = []
  for (const suite of await chosen(options, process.cwd(), openLoader()))
    runs.push(await runSuite(suite, options.tables))
  const ended = runs.flatMap((one) => one.ended)
  const { passed, failed, skipped } = countsOf(ended)
  stdout.write(`\n${passed} passed, ${failed} failed, ${skipped} skipped\n`)
  const stale = allLevels(options, runs)
  if (stale) stdout.write(`${stale}\n`)
  return failed === 0 && !stale && !runs.some((one) => one.stale) ? 0 : 1
}

main().then(
  // A backend may keep timers or handles of its own; the table is complete, so the process need not wait for them.
  (code) => process.exit(code),
  (error: unknown) => {
    if (error instanceof UsageError) stderr.write(`${error.message}\n\n${usage}\n`)
    else stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    process.exit(2)
  },
)
