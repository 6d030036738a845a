#!/usr/bin/env node
import { sketchesOf, UsageError, usage } from './arguments.ts'
import { setupOf } from './setup.ts'

const { argv, stdout, stderr } = process

try {
  const sketches = sketchesOf(argv.slice(2))
  stdout.write(sketches === undefined ? `${usage}\n` : setupOf(sketches))
} catch (thrown) {
  if (!(thrown instanceof UsageError)) throw thrown
  stderr.write(`${thrown.message}\n\n${usage}\n`)
  process.exitCode = 2
}
