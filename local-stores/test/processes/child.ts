import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const built = ['../../dist/file/index.js', '../../../kernel/dist/index.js'].map(
  (path) => new URL(path, import.meta.url),
)

/** Child processes run the built package. Fails, rather than skips, where there is none. */
export function mustBeBuilt(): void {
  const missing = built.filter((url) => !existsSync(url)).map((url) => fileURLToPath(url))
  if (missing.length > 0) throw new Error(`run "npx tsc -b local-stores" first: ${missing.join(', ')} is not there`)
}

/** A process that takes orders by line and answers each with a line. */
export interface Child {
  readonly pid: number
  /** Sends one order; the answer to it. */
  ask(order: string): Promise<string>
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>
  stop(): void
  /** Its exit code, once it has ended by itself. */
  exit(): Promise<number | null>
}

async function nextLine(lines: AsyncIterator<string>, process: ChildProcess): Promise<string> {
  const line = await lines.next()
  if (line.done) throw new Error(`process ${process.pid} ended without an answer`)
  return line.value
}

/** Starts `opener.mjs` on a namespace; it is ready for orders. Killed after the test at the latest. */
export async function startOpener(directory: string, namespace: string): Promise<Child> {
  mustBeBuilt()
  const script = fileURLToPath(new URL('opener.mjs', import.meta.url))
  const child = spawn(process.execPath, [script, directory, namespace], { stdio: ['pipe', 'pipe', 'inherit'] })
  const gone = once(child, 'exit')
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await gone
  }
  onTestFinished(kill)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  await nextLine(lines, child)
  return {
    pid: child.pid ?? 0,
    ask: (order) => {
      child.stdin.write(`${order}\n`)
      return nextLine(lines, child)
    },
    kill,
    stop: () => void child.kill('SIGSTOP'),
    exit: async () => {
      child.stdin.end()
      const [code] = await gone
      return code as number | null
    },
  }
}
