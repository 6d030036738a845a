#!/usr/bin/env node
import type { Ended } from '../core/level.ts'
import type { Suite } from '../core/scenario.ts'
import { chosen } from './choose.ts'
import { openLoader } from './loader.ts'
import { type Options, parseOptions, UsageError, usage } from './options.ts'
import { readme } from './readme.ts'
import { countsOf, levelLine, lineOf, paintOf } from './report.ts'

const { stdout, stderr, env, argv } = process
const paint = paintOf(stdout.isTTY === true && (env['NO_COLOR'] ?? '') === '')

interface Ran {
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
  const { passed, failed, skipped, gaps } = countsOf(ended)
  stdout.write(`\n${suite.name}: ${passed} passed (${gaps} known gaps), ${failed} failed, ${skipped} skipped\n`)
  const level = declared && levelLine(declared, ended)
  if (level) stdout.write(`${level}\n`)
  const stale = tables && readme(suite, ended, level, tables)
  if (stale) stdout.write(`${stale}\n`)
  return { ended, stale: stale !== undefined }
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
  return failed === 0 && !runs.some(({ stale }) => stale) ? 0 : 1
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
