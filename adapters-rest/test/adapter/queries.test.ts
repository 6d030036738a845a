import { expect, test } from 'vitest'
import { adapterWith, contextOf, failureOf, json } from './support.ts'

const record = { kind: 'record', collection: 'notes', id: 'a', revision: '7', record: { id: 'a' } }
const asked = { collection: 'notes', limit: 1 } as const

test('a query and a count are one request each, and their answers are read as they are', async () => {
  const bodies: unknown[] = []
  const context = contextOf(async (request) => {
    expect([request.method, new URL(request.url).pathname]).toEqual(['POST', '/sync/query'])
    const body: unknown = await request.json()
    bodies.push(body)
    return json('limit' in Object(body) ? { rows: [record], after: 'p1' } : { count: 3 })
  })
  const { query, count } = adapterWith()
  const filter = { field: 'done', is: 'eq', value: true } as const
  const order = [{ field: 'n', descending: true }]
  expect(await query?.({ ...asked, filter, order, after: 'p0' }, context)).toEqual({ rows: [record], after: 'p1' })
  expect(await count?.({ collection: 'notes', filter }, context)).toBe(3)
  expect(bodies).toEqual([
    { ...asked, filter, order, after: 'p0' },
    { collection: 'notes', filter, count: true },
  ])
})

test('a row that cannot be read is set aside', async () => {
  const rows = [{ ...record, record: 'torn' }]
  const page = await adapterWith().query?.(
    asked,
    contextOf(() => json({ rows, after: null })),
  )
  expect(page?.rows).toMatchObject([{ kind: 'unreadable', id: 'a', error: { code: 'SYNC_PROTOCOL' } }])
})

test.each([
  null,
  [],
  {},
  { rows: {}, after: null },
  { rows: [] },
  { rows: [], after: '' },
  { rows: [], after: 7 },
  { rows: [null], after: null },
  { rows: [record, record], after: null },
  { rows: [{ ...record, collection: 'tasks' }], after: null },
  { rows: [{ ...record, kind: 'tombstone' }], after: null },
  { rows: [{ ...record, kind: 'eviction' }], after: null },
])('the answer %j to a query is none', async (answer) => {
  const { query } = adapterWith()
  const error = await failureOf(
    query?.(
      asked,
      contextOf(() => json(answer)),
    ) ?? Promise.resolve(),
  )
  expect(error.code).toBe('SYNC_PROTOCOL')
})

test.each([null, {}, { count: -1 }, { count: 0.5 }, { count: '1' }])(
  'the answer %j to a count is none',
  async (answer) => {
    const { count } = adapterWith()
    const error = await failureOf(
      count?.(
        asked,
        contextOf(() => json(answer)),
      ) ?? Promise.resolve(),
    )
    expect(error.code).toBe('SYNC_PROTOCOL')
  },
)

test('what the server cannot answer as a device does is unsupported', async () => {
  const refusal = { error: { code: 'SYNC_UNSUPPORTED', message: 'no' } }
  const { query } = adapterWith()
  const error = await failureOf(
    query?.(
      asked,
      contextOf(() => Response.json(refusal, { status: 422 })),
    ) ?? Promise.resolve(),
  )
  expect(error.code).toBe('SYNC_UNSUPPORTED')
})
