import { expect, it } from 'vitest'
import { type PostgresStorage, postgresStorage, type Sql } from '../../src/postgres/index.ts'
import { freshSchema, onRealPostgres } from './databases.ts'
import { create, operation, pushOne } from './operations.ts'
import { Replica } from './replica.ts'

const owners = ['ada', 'bob'] as const
const pushers = 8
const rounds = 40

/** A transaction of the app's own server, open until `release`: it takes an early place in the order and commits late. */
async function slowWrite(sql: Sql, schema: string, owner: string, id: string, seconds: number): Promise<void> {
  // One statement is one transaction: what is written first is seen by nobody until the sleep is over.
  await sql.query(
    `with written as (
       insert into ${schema}.rows as r (owner, collection, id, record) values ($1, 'notes', $2, '{"n": 1}')
       on conflict (collection, id) do update set record = jsonb_set(r.record, '{n}', to_jsonb((r.record->>'n')::int + 1))
       returning 1)
     select pg_sleep($3) from written`,
    [owner, id, seconds],
  )
}

async function pusher(storage: PostgresStorage, number: number): Promise<void> {
  const owner = owners[number % owners.length] ?? 'ada'
  for (let round = 0; round < rounds; round += 1) {
    const fresh = create(`p${number}-${round}`, { n: 0 })
    const add = operation({ id: `${owner}-counter`, change: { increment: { n: 1 } } })
    const request = { operations: [fresh, add], atomic: round % 3 === 0 }
    // Every request twice at once, as after an answer that got lost.
    const [one, two] = await Promise.all([storage.push(owner, request), storage.push(owner, request)])
    expect([one, two].flat().map(({ kind }) => kind)).toEqual(['applied', 'applied', 'applied', 'applied'])
  }
}

async function slowWriter(sql: Sql, schema: string, number: number): Promise<void> {
  for (let round = 0; round < 10; round += 1) {
    const owner = owners[(number + round) % owners.length] ?? 'ada'
    await slowWrite(sql, schema, owner, `slow-${owner}-${round % 3}`, 0.05 * (1 + ((number + round) % 4)))
  }
}

/** Waits until a slow write has taken its place in the order. */
async function untilAsleep(sql: Sql): Promise<void> {
  const asleep = `select from pg_stat_activity where backend_xid is not null and wait_event = 'PgSleep'`
  while ((await sql.query(asleep)).rows.length === 0);
}

onRealPostgres((sql) => {
  it('loses no change and doubles no effect under concurrent writers, late commits and a polling reader', async () => {
    const schema = freshSchema()
    const storage = postgresStorage({ sql, schema })
    for (const owner of owners) await storage.write(owner, 'notes', `${owner}-counter`, { n: 0 })
    const replicas = owners.map((owner) => new Replica(storage, owner))

    const writing = Promise.all([
      ...Array.from({ length: pushers }, (_, number) => pusher(storage, number)),
      ...[0, 1, 2].map((number) => slowWriter(sql, schema, number)),
    ])
    let done = false
    const reading = replicas.map((replica) => replica.follow(() => done))
    await writing.finally(() => {
      done = true
    })
    await Promise.all(reading)

    for (const replica of replicas) {
      await replica.run()
      expect(replica.rows()).toEqual(await storage.rows(replica.owner, 'notes'))
      expect(replica.recordOf(`${replica.owner}-counter`)).toEqual({ n: (rounds * pushers) / owners.length })
      expect(replica.wentBack).toEqual([])
    }
    const slow = await sql.query(`select sum((record->>'n')::int)::int as n from ${schema}.rows where id like 'slow-%'`)
    expect(slow.rows).toEqual([{ n: 30 }])
  }, 60_000)

  it('gives an id that two users create together to one of them', async () => {
    const storage = postgresStorage({ sql, schema: freshSchema() })
    await storage.ready()
    for (let round = 0; round < 50; round += 1) {
      const pushes = owners.map((owner) => pushOne(storage, owner, create(`same-${round}`)))
      const verdicts = await Promise.all(pushes)
      const brief = verdicts.map((verdict) => ('error' in verdict ? verdict.error.code : verdict.kind))
      expect(brief.sort()).toEqual(['SYNC_ID_TAKEN', 'applied'])
    }
  })

  it('does not pass a transaction that is still open, nor one that commits in the middle of a run [F02 F03 F14]', async () => {
    const schema = freshSchema()
    const storage = postgresStorage({ sql, schema })
    await storage.write('ada', 'notes', 'before', {})
    const late = slowWrite(sql, schema, 'ada', 'late', 0.3)
    await untilAsleep(sql)
    for (const id of ['early-1', 'early-2', 'early-3']) await storage.write('ada', 'notes', id, {})
    const replica = new Replica(storage, 'ada')
    let pages = 0
    await replica.run({
      limit: 1,
      between: async () => {
        pages += 1
        if (pages === 2) await late
      },
    })
    expect(replica.rows().map(({ id }) => id)).toEqual(['before'])
    await late
    await replica.run()
    expect(replica.rows().map(({ id }) => id)).toEqual(['before', 'early-1', 'early-2', 'early-3', 'late'])
  })
})
