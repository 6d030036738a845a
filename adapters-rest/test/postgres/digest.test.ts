import type { Feed, Filter, RowHead } from '@rowkeep/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type PostgresStorage, postgresStorage, type Sql } from '../../src/postgres/index.ts'
import { digestOf } from '../../src/postgres/kit.ts'
import { freshSchema, onEachDatabase, onRealPostgres } from './databases.ts'

const feed: Feed = { id: 'f', collections: ['notes', 'tasks'] }

async function headsOf(storage: PostgresStorage, { collections }: Feed = feed): Promise<readonly RowHead[]> {
  const listed = await Promise.all(collections.map((name) => storage.rows('ada', name)))
  return listed.flat()
}

// Around every border where bytes and UTF-16 code units have another order.
const texts = [
  'a',
  'A',
  'b',
  '\n',
  '\u0001',
  '~',
  '\u00e9',
  '\u07ff',
  '\u0800',
  '\ud7ff',
  '\ue000',
  '\uffff',
  '\u{10000}',
  '\u{10ffff}',
]
const anId = fc.string({ unit: fc.constantFrom(...texts), minLength: 1, maxLength: 4 })

onEachDatabase((sql: Sql) => {
  const fresh = (): PostgresStorage => postgresStorage({ sql, schema: freshSchema() })

  describe('the digest of a feed', () => {
    it('is what a device computes from its rows, in whatever order it has them', async () => {
      const storage = fresh()
      const device = fc.uniqueArray(fc.tuple(fc.constantFrom('notes', 'tasks'), anId), {
        maxLength: 12,
        selector: String,
      })
      await fc.assert(
        fc.asyncProperty(device, async (keys) => {
          for (const [collection, id] of keys) await storage.write('ada', collection, id, { id })
          const heads = await headsOf(storage)
          const digest = await storage.digest('ada', feed)
          expect(await digestOf(heads)).toBe(digest)
          expect(await digestOf(heads.toReversed())).toBe(digest)
        }),
        { numRuns: 20 },
      )
    })

    it('is another one for a row too few, too many, or in another version', async () => {
      const storage = fresh()
      const seen = new Set([await storage.digest('ada', feed)])
      const steps = [
        () => storage.write('ada', 'notes', 'a', { id: 'a' }),
        () => storage.write('ada', 'notes', 'b', { id: 'b' }),
        () => storage.write('ada', 'notes', 'a', { id: 'a' }),
        () => storage.write('ada', 'tasks', 'c', { id: 'c' }),
        () => storage.remove('ada', 'notes', 'b'),
      ]
      for (const step of steps) {
        await step()
        const digest = await storage.digest('ada', feed)
        expect(digest).toMatch(/^[\w+/]{43}=$/)
        expect(digest).toBe(await digestOf(await headsOf(storage)))
        seen.add(digest)
      }
      expect(seen.size).toBe(steps.length + 1)
    })

    it('tells a border between id and revision from a border between rows', async () => {
      const head = (id: string, revision: string): RowHead => ({ collection: 'notes', id, revision })
      const digests = [
        [head('a', '11'), head('b', '1')],
        [head('a1', '1'), head('b', '1')],
        [head('a', '1'), head('1b', '1')],
        [head('a\n1\nnotes\nb', '1')],
      ].map(digestOf)
      expect(new Set(await Promise.all(digests)).size).toBe(4)
    })

    it('leaves out what others have, what was given away, other collections, and what the filters leave out', async () => {
      const storage = fresh()
      const filters = { notes: { field: 'done', is: 'eq', value: false } satisfies Filter }
      await storage.write('ada', 'notes', 'mine', { id: 'mine', done: false })
      const digest = await digestOf(await headsOf(storage))
      await storage.write('bob', 'notes', 'his', { id: 'his', done: false })
      await storage.write('ada', 'notes', 'given', { id: 'given', done: false })
      await storage.move('notes', 'given', 'bob')
      await storage.write('ada', 'notes', 'done', { id: 'done', done: true })
      await storage.write('ada', 'tasks', 'task', { id: 'task' })
      expect(await storage.digest('ada', { id: 'f', collections: ['notes'], filters })).toBe(digest)
    })

    it('is not told for a filter that SQL would not test as a device does', async () => {
      const filters = { notes: { field: 'a', is: 'matches', value: '.' } satisfies Filter }
      expect(await fresh().digest('ada', { ...feed, filters })).toBeNull()
    })
  })
})

/** A transaction that has its place in the order and stays open until the result is called. */
async function openTransaction(sql: Sql, schema: string): Promise<() => Promise<void>> {
  await sql.query(`create table ${schema}.over (at int)`)
  const ended = sql.query(`do $$ begin
    perform pg_current_xact_id();
    while not exists (select from ${schema}.over) loop perform pg_sleep(0.01); end loop;
  end $$`)
  const begun = `select 1 from pg_stat_activity where backend_xid is not null and query like '%from ${schema}.over)%'
    and pid <> pg_backend_pid()`
  await expect.poll(async () => (await sql.query(begun)).rows.length, { timeout: 20_000 }).toBe(1)
  return async () => {
    await sql.query(`insert into ${schema}.over values (1)`)
    await ended
  }
}

onRealPostgres((sql) => {
  it('is not told while a pull does not show a change yet, because a transaction is open that began before it', async () => {
    const schema = freshSchema()
    const storage = postgresStorage({ sql, schema })
    const digests = async (): Promise<unknown> => [await storage.digest('ada', feed), await storage.digest('bob', feed)]
    const computed = async (): Promise<unknown> => [await digestOf(await headsOf(storage)), await digestOf([])]
    for (const id of ['a', 'b']) await storage.write('ada', 'notes', id, { id })
    for (const change of [
      () => storage.write('ada', 'notes', 'a', { id: 'a' }),
      () => storage.remove('ada', 'notes', 'a'),
      () => storage.move('notes', 'b', 'eve'),
    ]) {
      const end = await openTransaction(sql, schema)
      expect(await digests()).toEqual(await computed())
      await change()
      expect(await digests()).toEqual([null, await digestOf([])])
      await end()
      expect(await digests()).toEqual(await computed())
      await sql.query(`drop table ${schema}.over`)
    }
  })
})
