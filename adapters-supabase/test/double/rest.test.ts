import { describe, expect, it } from 'vitest'
import { supabaseDouble } from '../../src/testing/index.ts'
import { bench } from '../support.ts'

const double = supabaseDouble({ maxRows: 5 })
const { client } = bench(double)
await double.write('notes', { id: 'a', title: 'Alpha', done: false, n: 1, tags: ['x'] })
await double.write('notes', { id: 'b', title: 'beta', done: true, n: 2 })
await double.write('notes', { id: 'C', title: 'Gamma', n: 10 })

const ids = (data: unknown): string[] => (data as { id: string }[]).map(({ id }) => id)

describe('reads', () => {
  it('come in the order of the collation, nulls where they belong', async () => {
    expect(ids((await client.from('notes').select().order('id')).data)).toEqual(['a', 'b', 'C'])
    expect(ids((await client.from('notes').select().order('done')).data)).toEqual(['a', 'b', 'C'])
    const descending = client.from('notes').select().order('done', { ascending: false }).order('id')
    expect(ids((await descending).data)).toEqual(['C', 'b', 'a'])
  })

  it('give the columns asked for, stamps without zeros at the end', async () => {
    const { data } = await client.from('notes').select('id,updated_at,tags').eq('id', 'a')
    expect(data).toEqual([
      { id: 'a', tags: ['x'], updated_at: expect.stringMatching(/^\d{4}-.*T[^Z]*[^0]\+00:00$|:\d\d\+00:00$/) },
    ])
  })

  it('count what there is, and cap a page in silence', async () => {
    const many = supabaseDouble({ maxRows: 2 })
    for (const id of ['1', '2', '3']) await many.write('notes', { id })
    const { data, count, status } = await bench(many).client.from('notes').select('id', { count: 'exact' }).limit(100)
    expect([data?.length, count, status]).toEqual([2, 3, 206])
  })

  it('know that null equals nothing, nor differs from anything', async () => {
    expect(ids((await client.from('notes').select().neq('done', true)).data)).toEqual(['a'])
    expect(ids((await client.from('notes').select().not('done', 'is', true)).data).sort()).toEqual(['C', 'a'])
    expect(ids((await client.from('notes').select().in('done', [true, false])).data).sort()).toEqual(['a', 'b'])
  })

  it('compare numbers as numbers, and text as the collation does', async () => {
    expect(ids((await client.from('notes').select().gt('n', 9)).data)).toEqual(['C'])
    expect(ids((await client.from('notes').select().gt('id', 'b')).data)).toEqual(['C'])
    expect(ids((await client.from('notes').select().like('title', '%m_a')).data)).toEqual(['C'])
  })

  it.each([
    ['an unknown table', 'nothing', '', 404, 'PGRST205'],
    ['an unknown column', 'notes', 'colour=eq.red', 400, '42703'],
    ['an unknown column of an order', 'notes', 'order=colour', 400, '42703'],
    ['an unknown operator', 'notes', 'id=like2.a', 400, 'PGRST100'],
    ['a list without its end', 'notes', 'or=(id.eq.a', 400, 'PGRST100'],
    ['an empty group', 'notes', 'and=()', 400, 'PGRST100'],
    ['a value its column cannot hold', 'notes', 'n=eq.many', 400, '22P02'],
    ['a moment that is none', 'notes', 'updated_at=gt.soon', 400, '22007'],
    ['is true of what is no boolean', 'notes', 'title=is.true', 400, '42804'],
  ])('refuse %s', async (_, table, query, status, code) => {
    const url = `${double.origin}/rest/v1/${table}?${query}`
    const headers = { apikey: double.key, authorization: 'Bearer token-of-ada' }
    const response = await double.fetch(new Request(url, { headers }))
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([status, code])
  })

  it('of one row that is not one row are refused', async () => {
    const { error, status } = await client.from('notes').select().single()
    expect([status, error?.code]).toEqual([406, 'PGRST116'])
  })
})

describe('writes', () => {
  const fresh = () => bench(supabaseDouble()).client.from('notes')

  it('put defaults, owner, version and stamp by themselves, whatever the body says', async () => {
    const { data, status } = await fresh().insert({ id: 'n', version: 99, updated_at: '2000-01-01' }).select().single()
    expect(status).toBe(201)
    expect(data).toMatchObject({ id: 'n', user_id: 'ada', version: 1, deleted: false, title: null })
    expect(data.updated_at > '2001').toBe(true)
  })

  it.each([
    ['another owner', { id: 'n', user_id: 'bob' }, 403, '42501'],
    ['no id', { title: 'x' }, 400, '23502'],
    ['an unknown column', { id: 'n', colour: 'red' }, 400, 'PGRST204'],
    ['text for a number', { id: 'n', n: 'many' }, 400, '22P02'],
    ['text for a list', { id: 'n', tags: 'x' }, 400, '22P02'],
    ['NUL', { id: 'n', title: 'a\0b' }, 400, '22P05'],
    ['half a character', { id: 'n', title: 'a\ud800' }, 400, 'PGRST102'],
  ])('with %s are refused', async (_, row, status, code) => {
    const answer = await fresh().insert(row as object)
    expect([answer.status, answer.error?.code]).toEqual([status, code])
  })

  it('of an id that is taken are refused, or merged where that is asked for', async () => {
    const table = bench(supabaseDouble()).client
    await table.from('notes').insert({ id: 'n', title: 'x', n: 1 })
    const again = await table.from('notes').insert({ id: 'n' })
    expect([again.status, again.error?.code]).toEqual([409, '23505'])
    const merged = await table.from('notes').upsert({ id: 'n', title: 'y' }).select()
    expect(merged.data).toMatchObject([{ title: 'y', n: 1, version: 2 }])
  })

  it('of somebody else hit no row', async () => {
    const server = supabaseDouble()
    await server.write('notes', { id: 'n', title: 'x' })
    const bob = bench(server, 'bob').client.from('notes')
    expect((await bob.update({ title: 'y' }).eq('id', 'n').select()).data).toEqual([])
    expect((await bob.delete().eq('id', 'n').select()).data).toEqual([])
    expect(await server.rows('notes')).toMatchObject([{ title: 'x' }])
  })

  it('of nothing are no statement', async () => {
    const server = supabaseDouble()
    await server.write('notes', { id: 'n' })
    const { data } = await bench(server).client.from('notes').update({}).eq('id', 'n').select()
    expect(data).toEqual([])
  })
})

describe('the gateway', () => {
  const ask = (headers: Record<string, string>, path = 'rest/v1/notes') =>
    double.fetch(new Request(`${double.origin}/${path}`, { headers }))

  it('wants the key, and a token that is one', async () => {
    expect((await ask({})).status).toBe(401)
    expect((await ask({ apikey: 'other' })).status).toBe(401)
    const forged = await ask({ apikey: double.key, authorization: 'Bearer token-of-eve' })
    expect([forged.status, await forged.json()]).toMatchObject([401, { code: 'PGRST301' }])
  })

  it('shows who is not signed in no row, and lets him write none', async () => {
    const anonymous = await ask({ apikey: double.key, authorization: `Bearer ${double.key}` })
    expect([anonymous.status, await anonymous.json()]).toEqual([200, []])
    const body = JSON.stringify({ id: 'n' })
    const request = new Request(`${double.origin}/rest/v1/notes`, {
      method: 'POST',
      body,
      headers: { apikey: double.key },
    })
    const refused = await double.fetch(request)
    expect([refused.status, await refused.json()]).toMatchObject([401, { code: '42501' }])
  })

  it('does not care at which origin it is served', async () => {
    const request = new Request('http://127.0.0.1:1234/rest/v1/notes?select=id', {
      headers: { apikey: double.key, authorization: 'Bearer token-of-ada' },
    })
    expect((await double.fetch(request)).status).toBe(200)
  })
})
