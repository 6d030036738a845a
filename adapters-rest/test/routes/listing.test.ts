import type { PullPage, RemoteAdapter } from '@rowkeep/kernel'
import { describe, expect, test } from 'vitest'
import { restAdapter } from '../../src/index.ts'
import { listing, plainRoutes } from '../../src/routes/index.ts'
import { contextOf, failureOf } from '../adapter/support.ts'
import { answer, brief, plain, pullOf, script, status, token, url } from './support.ts'

const rows = (...ids: string[]): readonly object[] => ids.map((id) => ({ id, version: 1 }))
const whole = plain({ feed: listing() })
const readOnly = restAdapter({
  url,
  routes: plainRoutes({ collections: { notes: { path: '/notes' } }, session: () => ({ user: 'ada', token }) }),
})

async function page(adapter: RemoteAdapter, reply: () => Response, cursor: string | null = null, limit = 10) {
  const { network, sent } = script(reply)
  const got: PullPage = await adapter.pull(pullOf(cursor, limit), contextOf(network))
  if (got.kind === 'expired') throw new Error('expired')
  return { ...got, ids: got.changes.map(({ id }) => id), asked: sent.map(brief) }
}

describe('a list that comes whole', () => {
  test('is one request, and begins at nothing again', async () => {
    const got = await page(whole, answer(rows('b', 'a')))
    expect(got).toMatchObject({ kind: 'snapshot', ids: ['a', 'b'], more: false, cursor: null, asked: ['GET /notes'] })
  })

  test('is sent again each time where rows are written: its ETag may come back when such a row is gone', async () => {
    const before = await page(whole, answer([], 200, { etag: '"none"' }))
    const after = await page(whole, answer([], 200, { etag: '"none"' }), before.cursor)
    expect(after).toMatchObject({ kind: 'snapshot', ids: [], more: false, asked: ['GET /notes'] })
  })

  test('is not sent again while its ETag holds where nothing is written', async () => {
    const first = await page(readOnly, answer(rows('a'), 200, { etag: 'W/"41"' }))
    const second = await page(readOnly, status(304), first.cursor)
    expect(second.asked).toEqual(['GET /notes if-none-match: W/"41"'])
    expect(second).toMatchObject({ kind: 'delta', changes: [], more: false, cursor: first.cursor })
    const third = await page(readOnly, answer(rows('b'), 200, { etag: '"42"' }), second.cursor)
    expect(third).toMatchObject({ kind: 'snapshot', ids: ['b'] })
    expect((await page(readOnly, status(304), third.cursor)).asked).toEqual(['GET /notes if-none-match: "42"'])
  })

  test('is cut in the order of its keys where it is longer than a page, and no change moves a row past the cut [F09]', async () => {
    const first = await page(readOnly, answer(rows('d', 'a', 'c', 'b'), 200, { etag: '"1"' }), null, 2)
    expect(first).toMatchObject({ ids: ['a', 'b'], more: true, kind: 'snapshot' })
    const second = await page(readOnly, answer(rows('e', 'd', 'c', 'aa'), 200, { etag: '"2"' }), first.cursor, 2)
    expect(second).toMatchObject({ ids: ['c', 'd'], more: true, asked: ['GET /notes'] })
    const third = await page(readOnly, answer(rows('e', 'd', 'c'), 200, { etag: '"3"' }), second.cursor, 2)
    expect(third).toMatchObject({ ids: ['e'], more: false })
    // "aa" came while the run was on: under the tag of its first page it is found, under that of its last it never would be.
    expect((await page(readOnly, status(304), third.cursor)).asked).toEqual(['GET /notes if-none-match: "1"'])
  })

  test('is found at the path that was named', async () => {
    const nested = plain({ feed: listing({ items: 'data.rows' }) })
    expect((await page(nested, answer({ data: { rows: rows('a') } }))).ids).toEqual(['a'])
    const bare = await failureOf(nested.pull(pullOf(), contextOf(answer(rows('a')))))
    expect(bare.message).toMatch(/data\.rows of the answer is no list/)
  })

  test('lists no row that is marked as deleted', async () => {
    const marked = plain({ feed: listing({ deleted: 'gone' }) })
    const got = await page(marked, answer([...rows('a'), { id: 'b', version: 2, gone: true }]))
    expect(got.ids).toEqual(['a'])
  })

  test('sets a row aside that cannot be read, and goes on', async () => {
    const got = await page(whole, answer([{ id: 'a' }, ...rows('b')]))
    expect(got.changes).toMatchObject([{ kind: 'unreadable', id: 'a', error: { code: 'SYNC_PROTOCOL' } }, { id: 'b' }])
  })
})

describe('a list in pages', () => {
  const byToken = plain({
    feed: listing({ items: 'rows', pages: { afterParam: 'after', limitParam: 'n', next: 'next' } }),
  })
  const byKey = plain({ feed: listing({ pages: { afterParam: 'after' } }) })

  test('goes on while there is a token for the next', async () => {
    const first = await page(byToken, answer({ rows: rows('a'), next: 'x y' }))
    expect(first).toMatchObject({ kind: 'snapshot', more: true, asked: ['GET /notes?n=10'] })
    const second = await page(byToken, answer({ rows: rows('b') }), first.cursor)
    expect(second).toMatchObject({ more: false, cursor: null, asked: ['GET /notes?after=x+y&n=10'] })
  })

  test('goes on from the last key until a page is empty', async () => {
    const first = await page(byKey, answer(rows('a', 'b')))
    expect(first).toMatchObject({ more: true, asked: ['GET /notes'] })
    const second = await page(byKey, answer([]), first.cursor)
    expect(second).toMatchObject({ more: false, cursor: null, asked: ['GET /notes?after=b'] })
  })

  test.each([400, 404, 410, 422])('begins anew where the server has forgotten its token (%i)', async (refusal) => {
    const first = await page(byKey, answer(rows('a')))
    const next = await byKey.pull(pullOf(first.cursor), contextOf(status(refusal)))
    expect(next.kind).toBe('expired')
    expect((await failureOf(byKey.pull(pullOf(), contextOf(status(refusal))))).code).toBe('SYNC_PROTOCOL')
  })

  test('never ends by a row that is only marked as deleted', async () => {
    const marked = plain({ feed: listing({ deleted: 'gone', pages: { afterParam: 'after' } }) })
    const first = await page(marked, answer([{ id: 'a', version: 1, gone: true }]))
    expect(first).toMatchObject({ ids: [], more: true })
  })

  test('has no more rows a page than were asked for', async () => {
    const pull = byKey.pull(pullOf(null, 1), contextOf(answer(rows('a', 'b'))))
    expect((await failureOf(pull)).code).toBe('SYNC_PROTOCOL')
  })
})
