import { randomUUID } from 'node:crypto'
import { postgresStorage } from '../../../dist/postgres/index.js'
import { startPostgres } from '../real-postgres.mjs'
import { follower } from './follower.mjs'
import { randomFrom } from './random.mjs'
import { killConnections, slowWriter, writer } from './writers.mjs'

const owners = ['ada', 'bob']
const writers = 8
const slowWriters = 3
const schema = 'acceptance'

/**
 * How the followers' rows differ from the server's.
 * @param {import('./follower.mjs').Follower} follower
 * @param {readonly import('@rowkeep/kernel').RemoteRow[]} truth
 */
function compare({ rows, wentBack }, truth) {
  const standing = new Map(truth.map((row) => [row.id, row]))
  let [missing, stale, extra] = [0, 0, 0]
  for (const [id, row] of standing) {
    const held = rows.get(id)
    if (held?.kind !== 'record') missing += 1
    else if (held.revision !== row.revision || JSON.stringify(held.record) !== JSON.stringify(row.record)) stale += 1
  }
  for (const [id, { kind }] of rows) if (kind === 'record' && !standing.has(id)) extra += 1
  return { missing, stale, extra, wentBack }
}

/**
 * How often the effects that were acknowledged are there.
 * @param {ReadonlyMap<string, number>} wanted by id of the counter
 * @param {ReadonlyMap<string, import('@rowkeep/kernel').RemoteRow>} rows
 */
function effects(wanted, rows) {
  let [lost, doubled] = [0, 0]
  for (const [id, count] of wanted) {
    const row = rows.get(id)
    const n = row?.kind === 'record' ? Number(row.record.n) : 0
    lost += Math.max(0, count - n)
    doubled += Math.max(0, n - count)
  }
  return { lost, doubled }
}

/** @param {readonly Record<string, number>[]} parts */
const summed = (parts) =>
  parts.reduce((sum, part) => {
    for (const [name, count] of Object.entries(part)) sum[name] = (sum[name] ?? 0) + count
    return sum
  }, {})

/**
 * Lets the writers make that many commits between them while followers read, and compares what everybody has in the end.
 * @param {{ commits: number, seed: number }} how
 * @returns {Promise<{ faults: number, lines: readonly string[] }>}
 */
export async function judgePostgres({ commits, seed }) {
  const server = await startPostgres()
  const began = performance.now()
  try {
    const storage = postgresStorage({ sql: server.pool, schema })
    const tally = { commits: 0, resends: 0, twice: 0, unanswered: 0, killed: 0, slow: 0 }
    const work = { storage, sql: server.pool, schema, tally, commits, wanted: new Map(), uuid: randomUUID }
    for (const owner of owners) await storage.write(owner, 'notes', `${owner}-shared`, { n: 0 })
    let done = false
    const isOver = () => done
    const followers = owners.flatMap((owner) => [50, 7].map((limit) => follower(storage, owner, limit)))
    const reading = [...followers.map((one) => one.follow(isOver)), killConnections(work, randomFrom(seed), isOver)]
    const slow = Array.from({ length: slowWriters }, (_, number) => slowWriter(work, number, owners, isOver))
    const writing = Array.from({ length: writers }, (_, number) =>
      writer(work, number, owners[number % owners.length] ?? 'ada', randomFrom(seed + number + 1)),
    )
    // Each failure is kept until everybody has ended: a server that is stopped under them would only hide it.
    const others = Promise.allSettled([...slow, ...reading])
    const wrote = await Promise.allSettled(writing)
    done = true
    for (const end of [...wrote, ...(await others)]) if (end.status === 'rejected') throw end.reason
    for (const one of followers) await one.run()
    const truths = new Map()
    for (const owner of owners) truths.set(owner, await storage.rows(owner, 'notes'))
    const all = new Map([...truths.values()].flat().map((row) => [row.id, row]))
    const found = {
      ...summed(followers.map((one) => compare(one, truths.get(one.owner)))),
      ...effects(work.wanted, all),
    }
    const [{ server_version: version }] = (await server.pool.query('show server_version')).rows
    const seconds = Math.round((performance.now() - began) / 1000)
    const shown = (counts) =>
      Object.entries(counts)
        .map(([name, count]) => `${name} ${count}`)
        .join(', ')
    return {
      faults: Object.values(found).reduce((sum, count) => sum + count, 0),
      lines: [
        `PostgreSQL ${version}, seed ${seed}: ${writers} writers of ${owners.length} users, ${slowWriters} slow ones, ${followers.length} followers, ${all.size} rows, ${seconds} s`,
        `done:  ${shown(tally)}`,
        `found: ${shown(found)}`,
      ],
    }
  } finally {
    await server.stop()
  }
}
