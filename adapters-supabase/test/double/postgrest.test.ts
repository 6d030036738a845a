import { describe, expect, it } from 'vitest'
import { supabaseDouble } from '../../src/testing/index.ts'

const double = supabaseDouble()
await double.write('notes', { id: 'a', title: 'Alpha', done: false, n: 1, tags: ['x'] })
await double.write('notes', { id: 'b', title: '"q"b', n: 2 })

type Init = { readonly method?: string; readonly body?: string; readonly prefer?: string; readonly user?: string }

async function ask(query: string, { method = 'GET', body, prefer = '', user = 'ada' }: Init = {}, server = double) {
  const headers = { apikey: server.key, authorization: `Bearer token-of-${user}`, prefer }
  const url = `${server.origin}/rest/v1/${query.startsWith('/') ? query.slice(1) : `notes?${query}`}`
  const response = await server.fetch(new Request(url, { method, headers, ...(body === undefined ? {} : { body }) }))
  const text = await response.text()
  return { status: response.status, range: response.headers.get('content-range'), body: text && JSON.parse(text) }
}

const ids = ({ body }: { body: unknown }): string[] => (body as { id: string }[]).map(({ id }) => id)
const codes = ({ status, body }: { status: number; body: unknown }) => [status, (body as { code: string }).code]

describe('a write says in Content-Range', () => {
  const fresh = supabaseDouble()
  const whole = 'return=representation'
  it.each([
    ['of an insert nothing', 'POST', '', '{"id":"x"}', whole, 201, '*/*'],
    ['of an update the rows', 'PATCH', 'id=eq.x', '{"n":1}', whole, 200, '0-0/*'],
    ['of an update without an answer too', 'PATCH', 'id=eq.x', '{"n":1}', '', 204, '0-0/*'],
    ['of an update of nothing none', 'PATCH', 'id=eq.y', '{"n":1}', whole, 200, '*/*'],
    ['how many, where that is asked', 'PATCH', 'id=eq.x', '{"n":1}', `${whole},count=exact`, 200, '0-0/1'],
    ['of a delete nothing', 'DELETE', 'id=eq.x', undefined, whole, 200, '*/*'],
  ])('%s', async (_, method, query, body, prefer, status, range) => {
    const answer = await ask(query, { method, ...(body === undefined ? {} : { body }), prefer }, fresh)
    expect([answer.status, answer.range]).toEqual([status, range])
  })
})

describe('the words of a query', () => {
  it.each([
    ['blanks around the parts of a group', 'or=( id.eq.a, id.eq.b)&order=id', ['a', 'b']],
    ['a quote in the middle of a value', 'or=(title.eq."q"b,id.eq.a)&order=id', ['a', 'b']],
    ['whatever follows a group', 'or=(id.eq.a))', ['a']],
    ['a limit that is no number', 'limit=many&order=id', ['a', 'b']],
    ['a day alone', 'updated_at=gt.2000-01-01&order=id', ['a', 'b']],
    ['the end of time', 'updated_at=lt.infinity&order=id', ['a', 'b']],
    ['the beginning of time', 'updated_at=lt.-infinity&order=id', []],
    ['is, in capitals', 'done=is.FALSE', ['a']],
    ['the beginning of a truth', 'done=eq.fal', ['a']],
  ])('may have %s', async (_, query, expected) => {
    expect(ids(await ask(query))).toEqual(expected)
  })

  it.each([
    ['a place behind the last row, where rows are counted', 'offset=3', 416, 'PGRST103', 'count=exact'],
    ['a negative limit', 'limit=-1', 416, 'PGRST103', ''],
    ['a list of columns with an end missing', 'select=id,', 400, 'PGRST100', ''],
    ['a word for a moment', 'updated_at=gt.soon', 400, '22007', ''],
    ['a day that no calendar has', 'updated_at=gt.2026-02-30', 400, '22008', ''],
    ['a number that is too large', 'version=eq.99999999999999999999', 400, '22003', ''],
    ['a number that is too large for any', 'n=eq.1e999', 400, '22003', ''],
    ['half of two truths', 'done=eq.o', 400, '22P02', ''],
    ['a list in braces', 'tags=eq.{x}', 501, 'double', ''],
  ])('may not have %s', async (_, query, status, code, prefer) => {
    expect(codes(await ask(query, { prefer }))).toEqual([status, code])
  })
})

describe('the body of an insert', () => {
  const insert = (body: string, prefer = 'return=representation', user = 'ada') =>
    ask('', { method: 'POST', body, prefer, user })

  it.each(['[]', 'null', '5', '"text"'])('%s is of no rows', async (body) => {
    expect(await insert(body)).toMatchObject({ status: 201, body: [] })
  })

  it('has rows only', async () => {
    for (const body of ['[1]', '[{"id":"x"},null]', '[[]]'])
      expect(codes(await insert(body))).toEqual([400, 'PGRST102'])
  })

  it.each([
    ['{"id":"n1","n":"NaN"}', { n: 'NaN' }],
    ['{"id":"n2","n":"-Infinity"}', { n: '-Infinity' }],
    ['{"id":"n3","done":"tr"}', { done: true }],
    ['{"id":"n4","tags":[["a"],["b"]]}', { tags: [['a'], ['b']] }],
    ['{"id":"n5","tags":[[],[]]}', { tags: [] }],
  ])('%s is cast as PostgreSQL does', async (body, row) => {
    expect(await insert(body)).toMatchObject({ status: 201, body: [row] })
  })

  it.each([
    ['{"id":"x","n":"1e999"}', '22003'],
    ['{"id":"x","title":{"a":"\\u0000"}}', '22P05'],
    ['{"id":"x","updated_at":"soon"}', '22007'],
    ['{"id":"x","tags":[["a"],"b"]}', '22P02'],
    ['{"id":"x","tags":[["a"],["b","c"]]}', '22P02'],
  ])('%s is refused', async (body, code) => {
    expect(codes(await insert(body))).toEqual([400, code])
  })

  it('that is merged is 200 only where all of it was there', async () => {
    const prefer = 'resolution=merge-duplicates,return=representation'
    expect((await insert('{"id":"a","n":1}', prefer)).status).toBe(200)
    expect((await insert('[{"id":"a","n":1},{"id":"m1","n":1}]', prefer)).status).toBe(201)
    expect((await insert('{"id":"a","n":1}', 'resolution=merge-duplicates')).status).toBe(200)
  })

  it('meets a row of somebody else: refused where it would be merged, left out where duplicates are', async () => {
    const merge = await insert('{"id":"a","n":9}', 'resolution=merge-duplicates,return=representation', 'bob')
    expect(codes(merge)).toEqual([403, '42501'])
    const leave = await insert('{"id":"a","n":9}', 'resolution=ignore-duplicates,return=representation', 'bob')
    expect(leave).toMatchObject({ status: 201, body: [] })
  })
})

describe('the method', () => {
  it('HEAD has no body, whatever the answer', async () => {
    expect(await ask('/nothing', { method: 'HEAD' })).toMatchObject({ status: 404, body: '' })
  })

  it('PUT is one that this double does not know', async () => {
    expect(codes(await ask('id=eq.a', { method: 'PUT', body: '{"id":"a"}' }))).toEqual([501, 'double'])
  })
})

describe('a request of several rows is one statement', () => {
  const whole = 'return=representation'
  const seeded = async () => {
    const server = supabaseDouble()
    for (const id of ['a', 'b']) await server.write('notes', { id, title: id })
    return server
  }
  const titles = async (server: Awaited<ReturnType<typeof seeded>>) =>
    (await server.rows('notes')).map(({ id, title }) => `${id} ${title}`)

  it.each([
    ['one of which is there', '[{"id":"x"},{"id":"a"}]', whole, 409, '23505'],
    ['two of which are the same', '[{"id":"x"},{"id":"x"}]', whole, 409, '23505'],
    ['the same twice, merged', '[{"id":"x"},{"id":"x"}]', `resolution=merge-duplicates,${whole}`, 500, '21000'],
    ['one of which has no id', '[{"id":"x"},{"id":null}]', whole, 400, '23502'],
    ['one of which is forbidden', '[{"id":"a"},{"id":"f"}]', `resolution=merge-duplicates,${whole}`, 403, '42501'],
  ])('an insert of rows %s writes none', async (_, body, prefer, status, code) => {
    const server = await seeded()
    await server.forbid('notes', 'f')
    expect(codes(await ask('', { method: 'POST', body, prefer }, server))).toEqual([status, code])
    expect(await titles(server)).toEqual(['a a', 'b b'])
  })

  it('of the same row twice, duplicates left out, it writes the first', async () => {
    const server = await seeded()
    const body = '[{"id":"x","n":1},{"id":"x","n":2}]'
    const answer = await ask('', { method: 'POST', body, prefer: `resolution=ignore-duplicates,${whole}` }, server)
    expect(answer.body).toMatchObject([{ id: 'x', n: 1 }])
  })

  it.each([
    ['PATCH', '{"title":"x"}'],
    ['DELETE', undefined],
  ])('%s with a row among them that is forbidden changes none', async (method, body) => {
    const server = await seeded()
    await server.forbid('notes', 'b')
    const answer = await ask('id=in.(a,b)', { method, ...(body === undefined ? {} : { body }) }, server)
    expect(codes(answer)).toEqual([403, '42501'])
    expect(await titles(server)).toEqual(['a a', 'b b'])
  })
})
