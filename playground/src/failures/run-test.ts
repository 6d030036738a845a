import { spawn } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'

interface Reported {
  readonly fullName: string
  readonly title: string
  readonly status: 'passed' | 'failed' | 'skipped' | 'pending' | 'todo' | 'disabled'
  readonly failureMessages: readonly string[]
}

interface Report {
  readonly testResults: readonly { readonly message: string; readonly assertionResults: readonly Reported[] }[]
}

/** How the tests of a name ended. */
export interface Ended {
  readonly kind: 'green' | 'red' | 'broken' | 'skipped'
  /** The first line of why. */
  readonly why: string
}

/** Failures that say that the test could not be run to its end, not that it found something. */
const broken =
  /^(?:SyntaxError|ReferenceError|TypeError)|Test timed out|Hook timed out|Transform failed|Failed to (?:load|parse)|STACK_TRACE_ERROR/

/** What a report says about the tests of a title, or a part of one. */
export function endOf({ testResults }: Report, title: string): Ended {
  const pattern = new RegExp(patternOf(title))
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults)
  const all = tests.filter(({ title: one }) => pattern.test(one))
  const named = all.filter(({ status }) => status === 'passed' || status === 'failed')
  const failed = named.filter(({ status }) => status === 'failed')
  // A file whose set-up failed skips its tests, too, and says why.
  if (named.length === 0 && all.length > 0 && testResults.every(({ message }) => !message))
    return { kind: 'skipped', why: 'it is skipped on this machine' }
  if (named.length === 0) return { kind: 'broken', why: firstLine(testResults.map(({ message }) => message)) }
  if (failed.length === 0) return { kind: 'green', why: '' }
  const asserted = failed.find(({ failureMessages }) => !failureMessages.some((message) => broken.test(message)))
  return asserted
    ? { kind: 'red', why: firstLine(asserted.failureMessages) }
    : { kind: 'broken', why: firstLine(failed.flatMap(({ failureMessages }) => failureMessages)) }
}

const firstLine = (texts: readonly string[]): string => texts.join('\n').trim().split('\n')[0] || 'no such test ran'

/** Longer than the tests of any file take, however busy the machine. */
const patienceMs = 180_000

/** Runs the tests of one file whose names match, in a copy of the project, and gives vitest's own report. */
export async function runTests(path: string, files: readonly string[], pattern: string): Promise<Report> {
  const output = join(path, 'report.json')
  await rm(output, { force: true })
  const args = [
    'run',
    ...files,
    '-t',
    pattern,
    '--reporter=json',
    `--outputFile=${output}`,
    '--typecheck.enabled=false',
  ]
  const child = spawn(process.execPath, [join(path, 'node_modules/vitest/vitest.mjs'), ...args], {
    cwd: path,
    stdio: 'ignore',
    env: { ...process.env, CI: 'true' },
  })
  const late = setTimeout(() => child.kill('SIGKILL'), patienceMs * files.length)
  await new Promise((resolve) => child.once('close', resolve))
  clearTimeout(late)
  const text = await readFile(output, 'utf8').catch(() => '{"testResults":[]}')
  return JSON.parse(text) as Report
}

/** What a table of cases fills in: `%s` and its like, and `$field`. */
const placeholder = /%[sdifjoO#$]|\$\w+(?:\.\w+)*/

/** A pattern of the titles that a title in the source can become. */
export const patternOf = (title: string): string =>
  title
    .split(placeholder)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'))
    .join('.*')
