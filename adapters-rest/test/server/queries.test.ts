import { expect, test } from 'vitest'
import { syncHandler } from '../../src/server/index.ts'
import { restDouble } from '../../src/testing/index.ts'

const headers = { 'content-type': 'application/json', authorization: 'Bearer token-of-ada', 'rowkeep-user': 'ada' }
const post = (body: unknown): Request =>
  new Request('https://rest.test/sync/query', { method: 'POST', headers, body: JSON.stringify(body) })

test('a query is answered for the caller, whole and counted', async () => {
  const double = restDouble()
  await double.write('notes', { id: 'a', title: 'x' })
  const answer = await (await double.fetch(post({ collection: 'notes', limit: 5 }))).json()
  expect(answer).toMatchObject({ rows: [{ kind: 'record', id: 'a', record: { id: 'a', title: 'x' } }], after: null })
  expect(await (await double.fetch(post({ collection: 'notes', count: true }))).json()).toEqual({ count: 1 })
  await double.close()
})

test.each<[number, string, unknown]>([
  [400, 'SYNC_PROTOCOL', []],
  [400, 'SYNC_PROTOCOL', { collection: 'notes' }],
  [400, 'SYNC_PROTOCOL', { collection: 'notes', limit: 0 }],
  [400, 'SYNC_PROTOCOL', { collection: 'notes', limit: 1.5 }],
  [400, 'SYNC_PROTOCOL', { collection: 'notes', count: 1 }],
  [400, 'SYNC_PROTOCOL', { collection: 'notes', limit: 1, order: [{ field: 'n' }] }],
  [400, 'SYNC_PROTOCOL', { collection: 'notes', limit: 1, order: [{ field: 1, descending: true }] }],
  [400, 'SYNC_PROTOCOL', { collection: 'notes', limit: 1, order: Array(33).fill({ field: 'n', descending: true }) }],
  [400, 'SYNC_PROTOCOL', { collection: 'notes', limit: 1, after: 7 }],
  [400, 'SYNC_PROTOCOL', { collection: 'notes', limit: 1, after: 'elsewhere' }],
  [400, 'SYNC_PROTOCOL', { collection: 'notes', limit: 1, filter: {} }],
  [404, 'SYNC_NOT_FOUND', { collection: 'nothing', limit: 1 }],
  [422, 'SYNC_UNSUPPORTED', { collection: 'notes', limit: 1, filter: { field: 'a', is: 'endsWith', value: 'x' } }],
  [
    422,
    'SYNC_UNSUPPORTED',
    { collection: 'notes', count: true, filter: { field: 'a', is: 'eq', value: 'x', ignoreCase: true } },
  ],
])('%i %s answers %j', async (status, code, body) => {
  const double = restDouble()
  const response = await double.fetch(post(body))
  expect([response.status, ((await response.json()) as { error: { code: string } }).error.code]).toEqual([status, code])
  await double.close()
})

test('a storage without queries answers none', async () => {
  const never = (): never => {
    throw new Error('not asked')
  }
  const handler = syncHandler({
    storage: { pull: never, push: never },
    authenticate: () => 'ada',
    collections: ['notes'],
  })
  const response = await handler(post({ collection: 'notes', limit: 1 }))
  expect([response.status, await response.json()]).toMatchObject([422, { error: { code: 'SYNC_UNSUPPORTED' } }])
})
