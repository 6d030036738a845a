import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Pool } from 'pg'

const root = '/usr/lib/postgresql'

/** The folder of the newest installed server's binaries, as Debian lays them out. */
const binaries: string | undefined = (existsSync(root) ? readdirSync(root) : [])
  .sort((a, b) => Number(b) - Number(a))
  .map((version) => join(root, version, 'bin'))
  .find((bin) => existsSync(join(bin, 'postgres')))

const isRoot = process.getuid?.() === 0

const idOf = (flag: '-u' | '-g'): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))

function whyNot(): string | undefined {
  if (binaries === undefined) return `no postgres under ${root}`
  try {
    if (isRoot) idOf('-u')
    return undefined
  } catch {
    return 'running as root, and there is no user postgres to start it as'
  }
}

/** Why no real server can be started here; `undefined`: one can. */
export const unavailable: string | undefined = whyNot()

/** A server of its own for one test file: a throw-away cluster in a temporary folder, reached by a socket in it. */
export interface RealPostgres {
  readonly pool: Pool
  stop(): Promise<void>
}

async function untilItAnswers(pool: Pool, isOver: () => boolean): Promise<void> {
  for (;;) {
    try {
      await pool.query('select 1')
      return
    } catch (error) {
      if (isOver()) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

/** Starts one; call only where {@link unavailable} is undefined. */
export async function startPostgres(): Promise<RealPostgres> {
  const bin = binaries ?? ''
  const directory = mkdtempSync(join(tmpdir(), 'rowkeep-pg-'))
  // PostgreSQL refuses to run as root.
  const as = isRoot ? { uid: idOf('-u'), gid: idOf('-g') } : {}
  if (as.uid !== undefined && as.gid !== undefined) chownSync(directory, as.uid, as.gid)
  const data = join(directory, 'data')
  const make = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync']
  execFileSync(join(bin, 'initdb'), make, { ...as, cwd: directory, stdio: 'pipe' })
  const options = ['fsync=off', 'listen_addresses=', `unix_socket_directories=${directory}`, 'deadlock_timeout=100ms']
  const args = ['-D', data, ...options.flatMap((option) => ['-c', option])]
  const server = spawn(join(bin, 'postgres'), args, { ...as, cwd: directory, stdio: 'ignore' })
  const pool = new Pool({ host: directory, user: 'postgres', database: 'postgres', max: 30 })
  pool.on('error', () => undefined)
  await untilItAnswers(pool, () => server.exitCode !== null)
  return {
    pool,
    async stop() {
      await pool.end()
      server.kill('SIGINT')
      if (server.exitCode === null) await once(server, 'exit')
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
