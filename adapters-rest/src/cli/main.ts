#!/usr/bin/env node
import { isSyncError } from '@rowkeep/kernel'
import { outputOf, UsageError, usage } from './commands.ts'

try {
  process.stdout.write(`${outputOf(process.argv.slice(2))}\n`)
} catch (error) {
  if (!(error instanceof UsageError) && !isSyncError(error)) throw error
  process.stderr.write(`${error.message}\n\n${usage}\n`)
  process.exitCode = 2
}
