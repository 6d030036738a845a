import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Pool } from 'pg'

const root = '/usr/lib/postgresql'

/** The folder of the newest installed server's binaries, as Debian lays them out. */
const binaries = (existsSync(root) ? readdirSync(root) : [])
  .sort((a, b) => Number(b) - Number(a))
  .map((version) => join(root, version, 'bin'))
  .find((bin) => existsSync(join(bin, 'postgres')))

const isRoot = process.getuid?.() === 0

/** @param {'-u' | '-g'} flag */
const idOf = (flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))

/** @returns {string | undefined} */
function whyNot() {
  if (binaries === undefined) return `no postgres under ${root}: apt-get install postgresql-15`
  try {
    if (isRoot) idOf('-u')
    return undefined
  } catch {
    return 'running as root, and there is no user postgres to start it as'
  }
}

export const unavailable = whyNot()

/**
 * @param {Pool} pool
 * @param {() => boolean} isOver
 */
async function untilItAnswers(pool, isOver) {
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

export async function startPostgres() {
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
  // It must not outlive this process, however that ends: nobody would know of it.
  const abandon = () => {
    server.kill('SIGQUIT')
    rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  }
  process.once('exit', abandon)
  await untilItAnswers(pool, () => server.exitCode !== null)
  return {
    pool,
    async stop() {
      await pool.end()
      server.kill('SIGINT')
      if (server.exitCode === null) await once(server, 'exit')
      rmSync(directory, { recursive: true, force: true })
      process.off('exit', abandon)
    },
  }
}
