import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { endsWithParent } from '../child.ts'
import type { Installed } from '../judge.ts'
import { portOf, timeoutMs } from './served.ts'

/** A remoteStorage server in a process of its own, its documents in a folder that goes with it. */
export interface Armadietto {
  /** Origin. */
  readonly url: string
  /** Makes a user, and lets an app of theirs read and write everything: the token it gets (OAuth 2.0, implicit grant). */
  signUp(user: string): Promise<string>
  stop(): Promise<void>
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const port = portOf(server)
  server.close()
  await once(server, 'close')
  return port
}

async function untilItAnswers(url: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const answered = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) }).catch(() => undefined)
    await answered?.body?.cancel()
    if (answered) return
    if (child.exitCode !== null) throw new Error(`armadietto ended with exit ${child.exitCode}`)
    if (Date.now() > deadline) throw new Error('armadietto does not answer')
    await wait(50)
  }
}

const form = (url: string, fields: Readonly<Record<string, string>>): Promise<Response> => {
  const [body, signal] = [new URLSearchParams(fields), AbortSignal.timeout(timeoutMs)]
  return fetch(url, { method: 'POST', redirect: 'manual', body, signal })
}

/** By its own forms, as a person in a browser does it. */
async function signUp(url: string, username: string): Promise<string> {
  const password = 'correct horse'
  const made = await form(`${url}/signup`, { username, password, email: `${username}@example.com` })
  if (made.status !== 201) throw new Error(`armadietto answered ${made.status} to a signup`)
  const app = { client_id: 'https://app.example.com', redirect_uri: 'https://app.example.com/' }
  const granted = await form(`${url}/oauth`, { ...app, username, password, response_type: 'token', scope: '*:rw' })
  const token = new URLSearchParams(granted.headers.get('location')?.split('#')[1]).get('access_token')
  if (token === null) throw new Error(`armadietto answered ${granted.status} and no token to a grant`)
  return token
}

async function stop(child: ChildProcess, data: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  await rm(data, { recursive: true, force: true })
}

/** Starts it by its own command, on loopback. @throws Error if it does not answer in time */
export async function startArmadietto({ folder }: Installed): Promise<Armadietto> {
  const data = await mkdtemp(join(tmpdir(), 'rowkeep-armadietto-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const config = join(data, 'config.json')
  const logging = { log_dir: data, stdout: [], log_files: ['error'] }
  const http = { host: '127.0.0.1', port }
  await writeFile(config, JSON.stringify({ allow_signup: true, storage_path: join(data, 'users'), http, logging }))
  const child = fork(join(folder, 'node_modules/armadietto/bin/armadietto.js'), ['-c', config], {
    execArgv: endsWithParent,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  try {
    await untilItAnswers(url, child)
  } catch (error) {
    await stop(child, data)
    throw error
  }
  return { url, signUp: (user) => signUp(url, user), stop: () => stop(child, data) }
}
