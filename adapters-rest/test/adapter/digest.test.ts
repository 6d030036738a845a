import type { RowHead } from '@rowkeep/kernel'
import { afterEach, expect, test, vi } from 'vitest'
import { digestOf } from '../../src/postgres/kit.ts'
import { adapterWith, contextOf, failureOf, feed, json, page } from './support.ts'

const rows: readonly RowHead[] = [
  { collection: 'notes', id: 'a', revision: '7' },
  { collection: 'tasks', id: 'b', revision: '12' },
]

afterEach(() => {
  vi.unstubAllGlobals()
})

const sameFor = (answer: unknown): Promise<boolean> =>
  adapterWith().same(
    feed,
    rows,
    contextOf(() => json(answer)),
  )

test('one request asks for the digest, such that a server that does not know it answers a page of one row', async () => {
  const bodies: unknown[] = []
  const context = contextOf(async (request) => {
    expect([request.method, new URL(request.url).pathname]).toEqual(['POST', '/sync/pull'])
    bodies.push(await request.json())
    return json({ digest: await digestOf(rows) })
  })
  expect(await adapterWith().same(feed, rows, context)).toBe(true)
  expect(bodies).toEqual([{ feed, cursor: null, limit: 1, digest: true }])
})

test('another digest is a difference', async () => {
  expect(await sameFor({ digest: await digestOf(rows.slice(1)) })).toBe(false)
  expect(await sameFor({ digest: '' })).toBe(false)
})

test.each([page, { digest: null }, { digest: 7 }, {}, [], null])(
  'the answer %j tells no difference',
  async (answer) => {
    expect(await sameFor(answer)).toBe(true)
  },
)

test('a platform that does not hash asks nothing and tells no difference', async () => {
  const never = contextOf(() => {
    throw new Error('not asked')
  })
  for (const crypto of [undefined, {}]) {
    vi.stubGlobal('crypto', crypto)
    expect(await adapterWith().same(feed, rows, never)).toBe(true)
  }
})

test('a failure is told, and is no answer', async () => {
  const refused = contextOf(() => json({ error: { code: 'SYNC_FORBIDDEN' } }, { status: 403 }))
  expect((await failureOf(adapterWith().same(feed, rows, refused))).code).toBe('SYNC_FORBIDDEN')
})

test('rows are read before anything is waited for', async () => {
  let live = true
  const [first, second] = rows as [RowHead, RowHead]
  const lent = function* (): Generator<RowHead> {
    yield first
    if (live) yield second
  }
  const context = contextOf(async () => json({ digest: await digestOf(rows) }))
  const same = adapterWith().same(feed, lent(), context)
  live = false
  expect(await same).toBe(true)
})
