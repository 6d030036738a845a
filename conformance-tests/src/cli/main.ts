#!/usr/bin/env node
import type { Ended } from '../core/level.ts'
import type { Suite } from '../core/scenario.ts'
import { chosen } from './choose.ts'
import { openLoader } from './loader.ts'
import { parseOptions, UsageError, usage } from './options.ts'
import { countsOf, levelLine, lineOf, paintOf } from './report.ts'

const { stdout, stderr, env, argv } = process
const paint = paintOf(stdout.isTTY === true && (env['NO_COLOR'] ?? '') === '')

async function runSuite(suite: Suite): Promise<readonly Ended[]> {
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
  if (declared) stdout.write(`${levelLine(declared, ended)}\n`)
  return ended
}

async function main(): Promise<number> {
  const options = parseOptions(argv.slice(2))
  if (options.help) {
    stdout.write(`${usage}\n`)
    return 0
  }
  const ended: Ended[] = []
  for (const suite of await chosen(options, process.cwd(), openLoader())) ended.push(...(await runSuite(suite)))
  const { passed, failed, skipped } = countsOf(ended)
  stdout.write(`\n${passed} passed, ${failed} failed, ${skipped} skipped\n`)
  return failed === 0 ? 0 : 1
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
