import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { endsWithParent } from '../child.ts'

const script = fileURLToPath(new URL('../../../../adapters-rest/test/postgres/acceptance/main.mjs', import.meta.url))
// It takes half a minute on two cores.
const timeoutMs = 240_000

/** How a run of the script ended. */
export interface End {
  readonly code: number | null
  /** All it printed. */
  readonly lines: readonly string[]
}

/** Runs it to its end, bounded in time; it stops the server it started, also where it is told to end. */
export async function runAcceptance(commits: number): Promise<End> {
  const child = fork(script, [String(commits)], { silent: true, execArgv: endsWithParent })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
  }
  const timer = setTimeout(() => {
    text += `told to end after ${timeoutMs / 1000} s\n`
    child.kill('SIGTERM')
  }, timeoutMs)
  const [code] = (await once(child, 'close')) as [number | null]
  clearTimeout(timer)
  return { code, lines: text.split('\n').filter((line) => line !== '') }
}
