import { createSyncClient, platformEnv, record } from '@rowkeep/kernel'
import { withDigest } from '@rowkeep/kernel/feeds'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { restAdapter } from '../../src/index.ts'
import { type EmbeddedSql, pgliteSql } from '../../src/postgres/index.ts'
import { digestOf } from '../../src/postgres/kit.ts'
import { type RestDouble, restDouble } from '../../src/testing/index.ts'
import { handlerOver, post, pullBody, recorder } from './calls.ts'

interface Note {
  readonly id: string
  readonly title: string
}

let sql: EmbeddedSql
let schemas = 0

beforeAll(async () => {
  sql = await pgliteSql()
}, 60_000)
afterAll(() => sql.close())

interface Scene {
  readonly double: RestDouble
  readonly notes: {
    readAll(): Promise<readonly Note[]>
    update(id: string, change: Partial<Note>): Promise<unknown>
    delete(id: string): Promise<unknown>
  }
  readonly sync: () => Promise<unknown>
  /** Paths and bodies of the requests. */
  readonly sent: string[]
  /** What an administrator does, beside everything that would tell of it. */
  readonly administer: (statement: string) => Promise<unknown>
  readonly end: () => Promise<void>
}

/** A device that compares, its first listing behind it. */
async function device(mounted: (double: RestDouble) => RestDouble['fetch'] = (double) => double.fetch): Promise<Scene> {
  schemas += 1
  const schema = `digest_${schemas}`
  const double = restDouble({ sql, schema })
  for (const id of ['a', 'b', 'c']) await double.write('notes', { id, title: id })
  const sent: string[] = []
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init)
    sent.push(`${new URL(request.url).pathname} ${await request.clone().text()}`)
    return mounted(double)(request)
  }
  const client = createSyncClient({
    collections: { notes: record<Note>() },
    remote: withDigest(restAdapter({ url: `${double.origin}/sync`, token: () => 'token-of-ada' })),
    user: 'ada',
    sync: 'manual',
    env: { ...platformEnv, fetch },
  })
  await client.synchronize()
  sent.length = 0
  return {
    double,
    notes: client.collections.notes,
    sync: () => client.synchronize(),
    sent,
    administer: (statement) => sql.query(statement.replaceAll('rows', `${schema}.rows`)),
    end: async () => {
      await client.dispose()
      await double.close()
    },
  }
}

const idsOf = async ({ notes }: Scene): Promise<readonly string[]> => (await notes.readAll()).map(({ id }) => id)
const listings = ({ sent }: Scene): number => sent.filter((one) => /"cursor":null(?!.*"digest")/.test(one)).length

test('a row that was removed from the database, without a tombstone, leaves the device, and nothing is sent [F17]', async () => {
  const one = await device()
  await one.administer(`delete from rows where id = 'b'`)
  await one.sync()
  expect(await idsOf(one)).toEqual(['a', 'c'])
  expect(listings(one)).toBe(1)
  expect(one.sent.filter((sent) => sent.startsWith('/sync/push'))).toEqual([])
  expect((await one.double.rows('notes')).map(({ id }) => id)).toEqual(['a', 'c'])
  await one.end()
})

test('a version that the database was set back to comes to the device [F17]', async () => {
  const one = await device()
  await one.administer(`alter table rows disable trigger stamp`)
  await one.administer(`update rows set revision = 9, record = '{"id": "b", "title": "restored"}' where id = 'b'`)
  await one.sync()
  expect((await one.notes.readAll()).map(({ title }) => title)).toEqual(['a', 'restored', 'c'])
  await one.end()
})

test('where all is the same nothing is listed, own writes included', async () => {
  const one = await device()
  await one.notes.update('a', { title: 'mine' })
  await one.notes.delete('c')
  await one.sync()
  await one.sync()
  expect(one.sent.filter((sent) => sent.includes('"digest"'))).toHaveLength(1)
  expect(listings(one)).toBe(0)
  await one.end()
})

test('a server that does not know the question answers a page, and that is no difference', async () => {
  const old = (double: RestDouble) => async (request: Request) => {
    const { digest: _, ...body } = (await request.clone().json()) as { digest?: unknown }
    return double.fetch(new Request(request, { body: JSON.stringify(body) }))
  }
  const one = await device(old)
  await one.administer(`delete from rows where id = 'b'`)
  await one.sync()
  expect(await idsOf(one)).toEqual(['a', 'b', 'c'])
  expect([one.sent.filter((sent) => sent.includes('"digest"')).length, listings(one)]).toEqual([1, 0])
  await one.end()
})

test('the handler asks the storage for the digest of the caller, and says null for a storage that has none', async () => {
  const ask = post('/pull', { ...pullBody, digest: true })
  const asked: unknown[] = []
  const digest = async (...args: readonly unknown[]): Promise<string> => {
    asked.push(args)
    return 'd'
  }
  const storage = recorder()
  expect(await (await handlerOver({ ...storage, digest })(ask.clone())).json()).toEqual({ digest: 'd' })
  expect(asked).toEqual([['ada', pullBody.feed]])
  expect(await (await handlerOver(storage)(ask)).json()).toEqual({ digest: null })
  expect(storage.pulls).toEqual([])
})

test('without it, or where it is false, a pull is a pull', async () => {
  const storage = recorder()
  for (const more of [{}, { digest: false }]) await handlerOver(storage)(post('/pull', { ...pullBody, ...more }))
  expect(storage.pulls.map(({ request }) => request)).toEqual([pullBody, pullBody])
})

test.each([
  [400, 'SYNC_PROTOCOL', { ...pullBody, digest: 1 }],
  [400, 'SYNC_PROTOCOL', { ...pullBody, digest: null }],
  [400, 'SYNC_PROTOCOL', { digest: true, cursor: null, limit: 1 }],
  [404, 'SYNC_NOT_FOUND', { ...pullBody, digest: true, feed: { id: 'f', collections: ['secrets'] } }],
])('%i %s answers %j', async (status, code, body) => {
  const response = await handlerOver(recorder())(post('/pull', body))
  expect([response.status, await response.json()]).toMatchObject([status, { error: { code } }])
})

test('nobody is told the digest of somebody else', async () => {
  const double = restDouble({ sql, schema: 'digest_of_two' })
  await double.write('notes', { id: 'a', title: 'a' })
  const headers = { authorization: 'Bearer token-of-bob' }
  const ask = { ...pullBody, digest: true }
  expect((await double.fetch(post('/pull', ask, headers))).status).toBe(403)
  const his = await double.fetch(post('/pull', ask, { ...headers, 'rowkeep-user': 'bob' }))
  expect(await his.json()).toEqual({ digest: await digestOf([]) })
  await double.close()
})
