import { randomUUID } from 'node:crypto'
import { link, open, readdir, rename, rm } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { SyncError } from '@rowkeep/kernel'
import { errnoOf } from './failures.ts'

/*
 * Each opener listens on a Unix socket of its own in the namespace's folder: `lock-<pid>-<random>`. The operating system
 * closes it with the process, however that ends, so a socket that takes connections has a living owner and one that refuses
 * them is left over. No pid is compared: pids are reused, and in containers they mean nothing to each other. The steps:
 *
 *   1. listen, under a temporary name; only then take the name, so that a name never stands for a socket not yet listening
 *   2. look at every other name. A living holder: give up. A living contender: the lower name goes on, the other gives up
 *   3. nobody else is alive: take the name `<own>.held` too, and remove what the dead left
 *
 * Of two openers at least one comes to step 2 after both names stand, so never do both see nobody. Names are random, so
 * removing a dead one cannot hit a new one. Nothing here is from Env: a seeded random would repeat, and a virtual clock
 * cannot wait for another process.
 */

/** A namespace held by this process. */
export interface Lock {
  release(): Promise<void>
}

const HELD = '.held'
const PENDING = '.new'
const OWN = /^lock-(\d+)-[0-9a-f]{12}$/
/** The longest path a socket may have, the closing NUL left out: 107 on Linux, 103 on macOS and the BSDs. */
const MOST_PATH_BYTES = process.platform === 'linux' ? 107 : 103
const LONGEST_NAME = 'lock-4194304-0123456789ab.held'

/** A path of the folder that is short enough for sockets. */
interface SocketFolder {
  readonly path: string
  close(): Promise<void>
}

async function socketFolder(folder: string): Promise<SocketFolder> {
  if (process.platform === 'win32') {
    throw new SyncError('SYNC_STORE_UNAVAILABLE', { message: 'the file store does not run on Windows yet' })
  }
  if (Buffer.byteLength(join(folder, LONGEST_NAME)) <= MOST_PATH_BYTES) return { path: folder, close: async () => {} }
  if (process.platform !== 'linux') {
    const message = `the path ${folder} is too long for the lock: choose a shorter directory`
    throw new SyncError('SYNC_STORE_UNAVAILABLE', { message })
  }
  const handle = await open(folder)
  return { path: `/proc/self/fd/${handle.fd}`, close: () => handle.close() }
}

/** `exclusive`: in a cluster the primary process would otherwise listen for its workers, and all would hold the lock. */
function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((caller) => caller.destroy())
    server.once('error', reject)
    server.listen({ path, exclusive: true }, () => {
      server.unref()
      resolve(server)
    })
  })
}

const stopListening = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()))

/** Whether a process listens there. Only a refusal, or no such name, means no: a full backlog is a sign of life. */
function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path)
    const settle = (alive: boolean): void => {
      probe.destroy()
      resolve(alive)
    }
    probe.once('connect', () => settle(true))
    probe.once('error', (thrown) => settle(!['ECONNREFUSED', 'ENOENT'].includes(errnoOf(thrown) ?? '')))
  })
}

const pidOf = (name: string): number => Number(OWN.exec(name)?.[1] ?? 0)

/** What stands in the way of an opener. */
interface Others {
  /** Names whose owner is gone. */
  readonly dead: readonly string[]
  readonly contenders: readonly string[]
  readonly holder: string | undefined
}

async function lookAround(folder: SocketFolder, own: string): Promise<Others> {
  const names = await readdir(folder.path)
  const others = names.filter((name) => OWN.test(name) && name !== own)
  const alive = await Promise.all(others.map((name) => isAlive(join(folder.path, name))))
  const living = others.filter((_, index) => alive[index])
  return {
    dead: others.filter((_, index) => !alive[index]),
    contenders: living,
    holder: living.find((name) => names.includes(`${name}${HELD}`)),
  }
}

function locked(folder: string, by: string): SyncError {
  const pid = pidOf(by)
  const whose =
    pid === process.pid ? 'another client of this process: share that one, or dispose() it' : `process ${pid}`
  return new SyncError('SYNC_STORE_LOCKED', { message: `${folder} is held by ${whose}`, details: { pid, folder } })
}

const PATIENCE = { looks: 100, everyMs: 10 }

/** Looks until nobody else is alive; returns what the dead left. @throws SyncError `SYNC_STORE_LOCKED` */
async function standAlone(folder: SocketFolder, own: string, shown: string): Promise<readonly string[]> {
  for (let look = 1; ; look += 1) {
    const { dead, contenders, holder } = await lookAround(folder, own)
    if (contenders.length === 0) return dead
    const first = [...contenders].sort()[0] ?? own
    if (holder !== undefined || first < own || look === PATIENCE.looks) throw locked(shown, holder ?? first)
    await wait(PATIENCE.everyMs)
  }
}

async function removeLeftOver(folder: SocketFolder, dead: readonly string[]): Promise<void> {
  const names = await readdir(folder.path)
  const pending = names.filter((name) => name.endsWith(PENDING) && OWN.test(name.slice(0, -PENDING.length)))
  const orphans = names.filter((name) => name.endsWith(HELD) && !names.includes(name.slice(0, -HELD.length)))
  const alive = await Promise.all(pending.map((name) => isAlive(join(folder.path, name))))
  const gone = [...dead.flatMap((name) => [name, `${name}${HELD}`]), ...pending.filter((_, index) => !alive[index])]
  await Promise.all([...gone, ...orphans].map((name) => rm(join(folder.path, name), { force: true })))
}

/**
 * Makes this process the only holder of a folder that exists, at once also after the last holder was killed. Across
 * containers too, as long as they share a kernel; not across machines that share a network disk.
 * @throws SyncError `SYNC_STORE_LOCKED` with the holder's `pid` in its details
 */
export async function lockFolder(path: string): Promise<Lock> {
  const folder = await socketFolder(path)
  const own = `lock-${process.pid}-${randomUUID().slice(-12)}`
  const at = (suffix: string): string => join(folder.path, `${own}${suffix}`)
  let server: Server | undefined
  const release = async (): Promise<void> => {
    await Promise.all(['', HELD, PENDING].map((suffix) => rm(at(suffix), { force: true })))
    if (server) await stopListening(server)
    await folder.close()
  }
  try {
    server = await listen(at(PENDING))
    await rename(at(PENDING), at(''))
    const dead = await standAlone(folder, own, path)
    await link(at(''), at(HELD))
    await removeLeftOver(folder, dead)
  } catch (thrown) {
    await release()
    throw thrown
  }
  return { release }
}
