import { setTimeout as wait } from 'node:timers/promises'
import { isSyncError } from '@rowkeep/kernel'

/**
 * What the writers share.
 * @typedef {object} Work
 * @property {import('../../../dist/postgres/index.js').PostgresStorage} storage
 * @property {import('pg').Pool} sql
 * @property {string} schema
 * @property {{ commits: number, resends: number, twice: number, unanswered: number, killed: number, slow: number }} tally
 * @property {number} commits how many are to be made
 * @property {Map<string, number>} wanted by id of a counter, what was acknowledged
 * @property {() => string} uuid
 */

/** @param {readonly PromiseSettledResult<unknown>[]} answers */
function unansweredOf(answers) {
  const errors = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []))
  for (const error of errors) if (!isSyncError(error, 'SYNC_OUTCOME_UNKNOWN')) throw error
  return errors.length
}

/**
 * Sends until an answer is kept. Some answers are thrown away, some requests are on their way twice at once, some
 * connections die under them: what was sent is then sent again, under the same ids.
 * @param {Work} work
 * @param {string} owner
 * @param {import('@rowkeep/kernel').PushRequest} request
 * @param {() => number} random
 */
async function sendUntilAnswered({ storage, tally }, owner, request, random) {
  for (let resend = false; ; resend = true) {
    const again = { ...request, operations: request.operations.map((one) => ({ ...one, resend })) }
    const copies = random() < 0.1 ? 2 : 1
    tally.resends += Number(resend)
    tally.twice += copies - 1
    const answers = await Promise.allSettled(Array.from({ length: copies }, () => storage.push(owner, again)))
    tally.unanswered += unansweredOf(answers)
    const isLost = random() < 0.2
    if (answers[0]?.status === 'fulfilled' && !isLost) return answers[0].value
  }
}

/** @param {Work} work @param {object} fields */
const operation = ({ uuid }, fields) => ({
  opId: uuid(),
  kind: 'update',
  collection: 'notes',
  expected: null,
  change: {},
  record: null,
  resend: false,
  ...fields,
})

/** @param {Work} work @param {string} id @param {number} by */
const counted = ({ wanted }, id, by) => wanted.set(id, (wanted.get(id) ?? 0) + by)

/**
 * One of the devices: creates a row, adds to a counter of its own and to one of all, changes and now and then deletes the row
 * before, in one request each time, every third of them atomic.
 * @param {Work} work
 * @param {number} number
 * @param {string} owner
 * @param {() => number} random
 */
export async function writer(work, number, owner, random) {
  const { tally, commits } = work
  const own = `own-${number}`
  await work.storage.write(owner, 'notes', own, { n: 0 })
  let before
  for (let round = 0; tally.commits < commits; round += 1) {
    tally.commits += 1
    const id = `w${number}-${round}`
    const by = 1 + Math.floor(random() * 5)
    const operations = [
      operation(work, { kind: 'create', id, change: { set: { title: id } } }),
      operation(work, { id: own, change: { increment: { n: by } } }),
      operation(work, { id: `${owner}-shared`, change: { increment: { n: 1 } } }),
    ]
    if (before !== undefined) {
      const change = random() < 0.2 ? { kind: 'delete' } : { change: { set: { seen: round } } }
      operations.push(operation(work, { id: before.id, expected: before.revision, ...change }))
    }
    const verdicts = await sendUntilAnswered(work, owner, { operations, atomic: round % 3 === 0 }, random)
    const wrong = verdicts.find(({ kind }) => kind !== 'applied')
    if (wrong !== undefined) throw new Error(`writer ${number}, round ${round}: ${JSON.stringify(wrong)}`)
    counted(work, own, by)
    counted(work, `${owner}-shared`, 1)
    before = verdicts[0].row
  }
}

/**
 * The app's own server: each statement takes an early place in the order and commits late.
 * @param {Work} work
 * @param {number} number
 * @param {readonly string[]} owners
 * @param {() => boolean} isOver
 */
export async function slowWriter(work, number, owners, isOver) {
  const { sql, schema, tally } = work
  for (let round = 0; !isOver(); round += 1) {
    const owner = owners[(number + round) % owners.length]
    const id = `slow-${owner}-${round % 3}`
    await sql.query(
      `with written as (
         insert into ${schema}.rows as r (owner, collection, id, record) values ($1, 'notes', $2, '{"n": 1}')
         on conflict (collection, id) do update set record = jsonb_set(r.record, '{n}', to_jsonb((r.record->>'n')::int + 1))
         returning 1)
       select pg_sleep($3) from written`,
      [owner, id, 0.05 * (1 + ((number + round) % 4))],
    )
    counted(work, id, 1)
    tally.slow += 1
  }
}

/**
 * Ends the connection under a push now and then, so that nobody knows whether it took effect.
 * @param {Work} work
 * @param {() => number} random
 * @param {() => boolean} isOver
 */
export async function killConnections({ sql, schema, tally }, random, isOver) {
  const pushing = `select pg_terminate_backend(pid) from pg_stat_activity
    where state = 'active' and query like 'select ${schema}.push%' order by random() limit 1`
  while (!isOver()) {
    await wait(20 + random() * 80)
    tally.killed += (await sql.query(pushing)).rows.length
  }
}
