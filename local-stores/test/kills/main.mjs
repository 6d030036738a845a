// Kills a writing process at random moments and checks each time what is left:
//   node local-stores/test/kills/main.mjs <kills> [seed]
// Runs against the built package. Exits 1 if anything was lost, torn or doubled.
import { spawn } from 'node:child_process'
import { existsSync, watch } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { NAMESPACE } from './history.mjs'
import { judge } from './verdict.mjs'

const LONGEST_LIFE_MS = 400
/** A snapshot that was waited for and did not come in this time: kill anyway. */
const SNAPSHOT_PATIENCE_MS = 5000

/**
 * mulberry32: numbers in [0, 1) that a seed repeats.
 * @param {number} seed
 * @returns {() => number}
 */
function randomFrom(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/**
 * Resolves when the file of a snapshot appears, or patience ends.
 * @param {string} folder
 */
async function snapshotBegins(folder) {
  const patience = new AbortController()
  /** @type {Promise<void>} */
  const appears = new Promise((resolve) => {
    const watcher = watch(folder, (_, name) => {
      if (name !== 'journal.next') return
      watcher.close()
      resolve()
    })
    patience.signal.addEventListener('abort', () => watcher.close())
  })
  await Promise.race([appears, wait(SNAPSHOT_PATIENCE_MS)])
  patience.abort()
}

/**
 * Lets a writer run and kills it; the newest number it said, or `before` if it said none.
 * @param {string} directory
 * @param {number} before
 * @param {() => Promise<unknown>} moment
 */
async function runAndKill(directory, before, moment) {
  const script = fileURLToPath(new URL('writer.mjs', import.meta.url))
  const writer = spawn(process.execPath, [script, directory], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  const ended = new Promise((resolve) => writer.once('close', (_, signal) => resolve(signal)))
  const started = new Promise((resolve) => writer.stdout.once('data', resolve))
  writer.stdout.setEncoding('utf8').on('data', (text) => {
    // Only the last lines matter; a whole history would grow without end.
    said = (said + text).slice(-64)
  })
  await Promise.race([started, ended])
  await moment()
  writer.kill('SIGKILL')
  const signal = await ended
  if (signal !== 'SIGKILL') throw new Error('the writer ended before it was killed: see its message above')
  return Number(said.trimEnd().split('\n').at(-1)) || before
}

/**
 * @param {number} kills
 * @param {number} seed
 */
async function main(kills, seed) {
  console.log(`seed ${seed}`)
  const random = randomFrom(seed)
  const directory = await mkdtemp(join(tmpdir(), 'rowkeep-kills-'))
  const folder = join(directory, NAMESPACE)
  await mkdir(folder)
  const total = { lost: 0, torn: 0, doubled: 0, snapshots: 0 }
  let head = 0
  let acknowledged = 0
  for (let kill = 1; kill <= kills; kill += 1) {
    const inSnapshot = random() < 0.5
    const delay = Math.floor(random() * (inSnapshot ? 4 : LONGEST_LIFE_MS))
    const before = head
    const newest = await runAndKill(directory, before, async () => {
      if (inSnapshot) await snapshotBegins(folder)
      if (delay > 0) await wait(delay)
    })
    // Left behind only by a process that died between beginning a snapshot and giving it its name.
    total.snapshots += Number(existsSync(join(folder, 'journal.next')))
    const verdict = await judge(directory, newest)
    acknowledged += newest - before
    head = verdict.head
    for (const kind of /** @type {const} */ (['lost', 'torn', 'doubled'])) total[kind] += verdict[kind]
    if (verdict.lost + verdict.torn + verdict.doubled > 0) console.log(`kill ${kill}: ${JSON.stringify(verdict)}`)
    if (kill % 20 === 0) console.log(`${kill} kills, ${acknowledged} acknowledged commits`)
  }
  const { lost, torn, doubled, snapshots } = total
  console.log(
    `${kills} kills, ${snapshots} during a snapshot, ${acknowledged} acknowledged commits, ${lost} lost, ${torn} torn, ${doubled} doubled`,
  )
  if (lost + torn + doubled === 0) await rm(directory, { recursive: true })
  else console.log(`the data is kept in ${directory}`)
  process.exitCode = lost + torn + doubled > 0 ? 1 : 0
}

const [kills = 20, seed = Math.floor(Math.random() * 2 ** 31)] = process.argv.slice(2).map(Number)
await main(kills, seed)
