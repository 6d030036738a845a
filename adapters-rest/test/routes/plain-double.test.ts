import { modelServer } from '@rowkeep/kernel/testing'
import { describe, expect, test } from 'vitest'
import { type PlainDouble, plainDouble } from '../../src/testing/index.ts'

interface Ask {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly token?: string
  /** Where it is served. */
  readonly origin?: string
}

async function ask(
  double: PlainDouble,
  path: string,
  { method = 'GET', headers = {}, body, token = 'token-of-ada', origin = double.origin }: Ask = {},
) {
  const response = await double.fetch(
    new Request(origin + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    }),
  )
  const text = await response.text()
  return {
    status: response.status,
    etag: response.headers.get('etag'),
    body: text === '' ? null : (JSON.parse(text) as unknown),
  }
}

const put = (body: unknown, headers: Readonly<Record<string, string>>, more: Ask = {}): Ask => ({
  method: 'PUT',
  body,
  headers,
  ...more,
})
const one = { id: 'a', title: 'one' }
const fresh = { 'if-none-match': '*' }

describe('a strict server', () => {
  test('creates once, writes over the version that is named, and forgets nothing', async () => {
    const double = plainDouble()
    expect(await ask(double, '/notes/a', put(one, fresh))).toMatchObject({
      status: 201,
      etag: '"1"',
      body: { ...one, version: 1 },
    })
    expect((await ask(double, '/notes/a', put(one, fresh))).status).toBe(412)
    expect(await ask(double, '/notes/a', put({ ...one, n: 1 }, { 'if-match': '"1"' }))).toMatchObject({
      status: 200,
      etag: '"2"',
    })
    expect((await ask(double, '/notes/a', put(one, { 'if-match': '"1"' }))).status).toBe(412)
    expect((await ask(double, '/notes/a', put(one, { 'if-match': '"9", "2"' }))).status).toBe(200)
    expect((await ask(double, '/notes/a', { method: 'DELETE', headers: { 'if-match': '"2"' } })).status).toBe(412)
    expect((await ask(double, '/notes/a', { method: 'DELETE', headers: { 'if-match': '*' } })).status).toBe(204)
    expect(await ask(double, '/notes/a')).toMatchObject({ status: 410, body: { id: 'a', deleted: true, version: 4 } })
    expect((await ask(double, '/notes/a', put(one, { 'if-match': '*' }))).status).toBe(412)
    expect(await ask(double, '/notes/a', put(one, fresh))).toMatchObject({ status: 201, etag: '"5"' })
    expect(await double.rows('notes')).toEqual([one])
  })

  test('takes no write without a precondition', async () => {
    expect((await ask(plainDouble(), '/notes/a', put(one, {}))).status).toBe(428)
    expect((await ask(plainDouble(), '/notes/a', { method: 'DELETE' })).status).toBe(428)
  })

  test.each([
    [put(one, { ...fresh, 'content-type': 'text/plain' }), 415],
    [put('{', fresh), 400],
    [put([], fresh), 422],
    [put({ id: 'b' }, fresh), 422],
    [put({ title: 'no id' }, fresh), 422],
    [put({ ...one, version: 9 }, fresh), 422],
    [put({ ...one, deleted: true }, fresh), 422],
    [put({ ...one, text: 'x'.repeat(1_000_000) }, fresh), 413],
    [{ method: 'PATCH', body: one, headers: { 'if-match': '*' } }, 405],
    [{ token: 'token-of-nobody' }, 401],
    [{}, 404],
  ])('refuses %#', async (asked, status) => {
    const double = plainDouble()
    expect((await ask(double, '/notes/a', asked)).status).toBe(status)
    expect(await double.rows('notes')).toEqual([])
  })

  test.each([
    ['/notes?limit=0', 400],
    ['/notes?limit=1001', 400],
    ['/notes?updated_since=yesterday', 400],
    ['/notes?after=nonsense', 400],
    ['/notes?offset=10', 400],
    ['/secrets', 404],
    ['/notes/a/b', 404],
    ['/notes/%ff', 404],
  ])('answers %s with %i', async (path, status) => {
    expect((await ask(plainDouble(), path)).status).toBe(status)
  })

  test('keeps users apart, and does not show that an id is taken', async () => {
    const double = plainDouble()
    await double.write('notes', one)
    const bob = { token: 'token-of-bob' }
    expect(await ask(double, '/notes', bob)).toMatchObject({ body: { items: [] } })
    expect((await ask(double, '/notes/a', bob)).status).toBe(404)
    expect((await ask(double, '/notes/a', put(one, fresh, bob))).status).toBe(412)
    expect((await ask(double, '/notes/a', put(one, { 'if-match': '*' }, bob))).status).toBe(404)
    expect((await ask(double, '/notes/a', { method: 'DELETE', headers: { 'if-match': '*' }, ...bob })).status).toBe(404)
    expect(await double.rows('notes')).toEqual([one])
  })

  test('forbids what it was told to', async () => {
    const double = plainDouble()
    await double.forbid('notes', 'a')
    expect((await ask(double, '/notes/a', put(one, fresh))).status).toBe(403)
  })

  test('has tags that no If-Match can use where they are weak', async () => {
    const double = plainDouble({ versions: 'weak' })
    expect(await ask(double, '/notes/a', put(one, fresh))).toMatchObject({ status: 201, etag: 'W/"1"' })
    expect((await ask(double, '/notes/a', put(one, { 'if-match': 'W/"1"' }))).status).toBe(412)
    expect((await ask(double, '/notes/a', { headers: { 'if-none-match': '"1"' } })).status).toBe(304)
  })

  test('may answer with the tag alone', async () => {
    const double = plainDouble({ bodies: false })
    expect(await ask(double, '/notes/a', put(one, fresh))).toEqual({ status: 201, etag: '"1"', body: null })
    expect(await ask(double, '/notes/a', put(one, { 'if-match': '"1"' }))).toEqual({
      status: 204,
      etag: '"2"',
      body: null,
    })
  })
})

test('a server without versions takes every write and looks at no precondition', async () => {
  const double = plainDouble({ versions: 'none', deletions: 'forgotten', feed: 'list' })
  expect(await ask(double, '/notes/a', put(one, { 'if-match': '"9"' }))).toEqual({ status: 201, etag: null, body: one })
  expect((await ask(double, '/notes/a', put(one, {}))).status).toBe(200)
  expect((await ask(double, '/notes/a', put(one, {}, { token: 'token-of-bob' }))).status).toBe(403)
  expect((await ask(double, '/notes/a', { method: 'DELETE' })).status).toBe(204)
  expect((await ask(double, '/notes/a', { method: 'DELETE' })).status).toBe(404)
  expect((await ask(double, '/notes/a')).status).toBe(404)
})

test('a server that forgets what was deleted never gives a tag twice, however soon the id is used again', async () => {
  const env = { now: () => 1_000_000 }
  const double = plainDouble({ deletions: 'forgotten', server: modelServer({ env }) })
  const { etag } = await ask(double, '/notes/a', put(one, fresh))
  const old = { 'if-match': etag ?? '' }
  expect((await ask(double, '/notes/a', { method: 'DELETE', headers: old })).status).toBe(204)
  const again = await ask(double, '/notes/a', put(one, fresh))
  expect(again.status).toBe(201)
  expect(again.etag).not.toBe(etag)
  expect((await ask(double, '/notes/a', put(one, old))).status).toBe(412)
})

test('a server that is read only refuses every write', async () => {
  const double = plainDouble({ writable: false })
  expect((await ask(double, '/notes/a', put(one, fresh))).status).toBe(405)
})

test('a whole list is not sent again while it stands, whichever of its rows changes', async () => {
  const double = plainDouble({ feed: 'list' })
  await double.write('notes', one)
  const first = await ask(double, '/notes')
  const known = { headers: { 'if-none-match': first.etag ?? '' } }
  expect(await ask(double, '/notes', known)).toEqual({ status: 304, etag: first.etag, body: null })
  await double.write('notes', one)
  expect((await ask(double, '/notes', known)).status).toBe(200)
  expect((await ask(double, '/notes?limit=1')).status).toBe(400)
})

test('a list of changes goes on by time and id, deleted rows in it only where a time is asked for', async () => {
  let now = 1_000_000
  const double = plainDouble({ server: modelServer({ env: { now: () => now } }) })
  for (const id of ['c', 'a', 'b']) await double.write('notes', { id })
  now += 1000
  await double.remove('notes', 'b')
  type List = { readonly items: readonly { readonly id: string }[]; readonly next: string | null }
  const ids = async (query: string): Promise<[string, string | null]> => {
    const { items, next } = (await ask(double, `/notes?${query}`)).body as List
    return [items.map(({ id }) => id).join(''), next]
  }
  const [first, next] = await ids('limit=1')
  expect(first).toBe('a')
  expect(await ids(`limit=9&after=${encodeURIComponent(next ?? '')}`)).toEqual(['c', null])
  expect(await ids(`updated_since=${new Date(1_000_001).toISOString()}`)).toEqual(['b', null])
  expect(await ids(`updated_since=${new Date(1_000_000).toISOString()}`)).toEqual(['acb', null])
})

test('it answers wherever it is served, and goes on with the rows it is given', async () => {
  const rows = [{ table: 'notes', id: 'a', owner: 'ada', fields: one, version: 7, at: 10 }]
  const double = plainDouble({ server: modelServer({ rows }) })
  const there = { origin: 'http://127.0.0.1:4000' }
  expect(await ask(double, '/notes/a', there)).toMatchObject({ status: 200, etag: '"7"' })
  expect(await ask(double, '/notes/a', put(one, { 'if-match': '"7"' }, there))).toMatchObject({
    status: 200,
    etag: '"8"',
  })
})
