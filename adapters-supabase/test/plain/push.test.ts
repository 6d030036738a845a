import { describe, expect, it } from 'vitest'
import { plainTables, supabaseAdapter } from '../../src/index.ts'
import { supabaseDouble } from '../../src/testing/index.ts'
import { bench, call, operation, over, page, revisionOf, verdict } from '../support.ts'

const profile = () => plainTables({ version: 'version', deleted: 'deleted', hidden: ['user_id'] })
const bare = () => plainTables({ hidden: ['user_id'] })
const creates = (id: string, title = 'mine') => ({
  kind: 'create' as const,
  id,
  change: { set: { id, title } },
  record: { id, title },
})

describe('a create', () => {
  it('of an id that somebody else has is rejected without a word of the row', async () => {
    const double = supabaseDouble()
    await supabaseAdapter(bench(double, 'bob').client, { profile: profile() }).push(
      { operations: [operation(creates('n1', 'of bob'))], atomic: false },
      call({ user: 'bob' }),
    )
    const answer = await verdict(over(double, { profile: profile() }).adapter, creates('n1'))
    expect(answer).toMatchObject({ kind: 'rejected', error: { code: 'SYNC_ID_TAKEN' } })
    expect(JSON.stringify(answer)).not.toContain('of bob')
  })

  it('that breaks another constraint is rejected as bad data', async () => {
    const { adapter, instead } = over(supabaseDouble(), { profile: profile() })
    const message = 'duplicate key value violates unique constraint "notes_title_key"'
    instead.push(() => Response.json({ code: '23505', message, details: null, hint: null }, { status: 409 }))
    expect(await verdict(adapter, creates('n1'))).toMatchObject({
      kind: 'rejected',
      error: { code: 'SYNC_REJECTED', details: { sqlstate: '23505' } },
    })
  })

  it('over a tombstone leaves nothing of the first life', async () => {
    const double = supabaseDouble()
    const { adapter } = over(double, { profile: profile() })
    await double.write('notes', { id: 'n1', title: 'first', n: 7, tags: ['a'] })
    await double.remove('notes', 'n1')
    expect(await verdict(adapter, creates('n1'))).toMatchObject({
      kind: 'applied',
      row: { record: { title: 'mine', n: null } },
    })
    expect(await double.rows('notes')).toMatchObject([{ id: 'n1', title: 'mine', n: null, tags: null }])
  })

  it('of a row with a column of the server is refused before it is sent', async () => {
    const { adapter, sent } = over(supabaseDouble(), { profile: profile() })
    const change = { set: { id: 'n1', user_id: 'bob' } }
    expect(await verdict(adapter, { change })).toMatchObject({ kind: 'rejected', error: { code: 'SYNC_REJECTED' } })
    expect(sent).toEqual([])
  })

  it('of a field without a column is rejected', async () => {
    const { adapter } = over(supabaseDouble(), { profile: profile() })
    const answer = await verdict(adapter, { change: { set: { id: 'n1', colour: 'red' } } })
    expect(answer).toMatchObject({ kind: 'rejected', error: { code: 'SYNC_REJECTED', details: { code: 'PGRST204' } } })
  })

  it('in a table that is not there waits until it is', async () => {
    const { adapter } = over(supabaseDouble(), { profile: profile() })
    const answer = await verdict(adapter, { ...creates('n1'), collection: 'nowhere' })
    expect(answer).toMatchObject({ kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_CONFIG_INVALID' } })
  })
})

describe('an update', () => {
  it('names row, revision and mark in one request, and writes no other column [F37]', async () => {
    const double = supabaseDouble()
    const { adapter, sent } = over(double, { profile: profile() })
    await double.write('notes', { id: 'a,b"c', title: 'x' })
    const condition = { field: 'done', is: 'eq', value: null } as const
    const change = { set: { title: 'y' }, unset: ['n'] }
    const answer = await verdict(adapter, { kind: 'update', id: 'a,b"c', expected: '1', change, condition })
    expect(answer).toMatchObject({ kind: 'applied', row: { revision: '2', record: { title: 'y' } } })
    const [patch] = sent.filter(({ method }) => method === 'PATCH')
    expect(Object.fromEntries(patch?.params ?? [])).toEqual({
      id: 'eq.a,b"c',
      version: 'eq.1',
      deleted: 'not.is.true',
      or: '(done.is.null)',
      select: '*',
    })
    expect(patch?.body).toEqual({ title: 'y', n: null })
  })

  it('by a stamp sends the stamp as it was read', async () => {
    const double = supabaseDouble({ marked: false })
    const { adapter } = over(double, { profile: bare() })
    await double.write('notes', { id: 'n1', title: 'x' })
    const expected = await revisionOf(adapter, 'n1')
    expect(expected).toHaveLength(32)
    const change = { set: { title: 'y' } }
    expect(await verdict(adapter, { kind: 'update', expected, change })).toMatchObject({ kind: 'applied' })
    expect(await verdict(adapter, { kind: 'update', expected, change })).toMatchObject({
      kind: 'conflict',
      row: { record: { title: 'y' } },
    })
  })

  it('of a row that this user cannot see is rejected as not visible [F32]', async () => {
    const double = supabaseDouble()
    const { adapter } = over(double, { profile: profile() })
    await double.write('notes', { id: 'n1', title: 'x' })
    await double.evict('notes', 'n1')
    const answer = await verdict(adapter, { kind: 'update', expected: '1', change: { set: { title: 'y' } } })
    expect(answer).toMatchObject({ kind: 'rejected', error: { code: 'SYNC_NOT_VISIBLE' } })
  })

  it('of a row that policies let be read only is forbidden, not taken for a conflict [F32]', async () => {
    const double = supabaseDouble()
    const { adapter, instead } = over(double, { profile: profile() })
    await double.write('notes', { id: 'n1', title: 'x' })
    // What PostgREST answers where a policy for updates hides the row.
    instead.push(() => Response.json([]))
    const answer = await verdict(adapter, { kind: 'update', expected: '1', change: { set: { title: 'y' } } })
    expect(answer).toMatchObject({ kind: 'rejected', error: { code: 'SYNC_FORBIDDEN' } })
  })

  it('of such a row is forbidden although its condition holds', async () => {
    const double = supabaseDouble()
    const { adapter, instead } = over(double, { profile: profile() })
    await double.write('notes', { id: 'n1', title: 'x' })
    instead.push(() => Response.json([]))
    const condition = { field: 'title', is: 'eq', value: 'x' } as const
    const answer = await verdict(adapter, { kind: 'update', expected: '1', change: { set: { n: 1 } }, condition })
    expect(answer).toMatchObject({ kind: 'rejected', error: { code: 'SYNC_FORBIDDEN' } })
  })

  it('that a trigger refuses is forbidden', async () => {
    const double = supabaseDouble()
    const { adapter } = over(double, { profile: profile() })
    await double.write('notes', { id: 'n1', title: 'x' })
    await double.forbid('notes', 'n1')
    const answer = await verdict(adapter, { kind: 'update', expected: '1', change: { set: { title: 'y' } } })
    expect(answer).toMatchObject({
      kind: 'rejected',
      error: { code: 'SYNC_FORBIDDEN', details: { sqlstate: '42501' } },
    })
  })

  it.each([
    ['an increment', { change: { increment: { n: 1 } } }],
    ['an append', { change: { append: { tags: ['a'] } } }],
    ['a condition that has no exact words', { change: {}, condition: { field: 'n', is: 'gt', value: 1 } as const }],
  ])('with %s is not supported', async (_, change) => {
    const { adapter, sent } = over(supabaseDouble(), { profile: profile() })
    const answer = await verdict(adapter, { kind: 'update', ...change })
    expect(answer).toMatchObject({ kind: 'rejected', error: { code: 'SYNC_UNSUPPORTED' } })
    expect(sent).toEqual([])
  })

  it('under a condition that nothing meets fails by its condition', async () => {
    const double = supabaseDouble()
    const { adapter } = over(double, { profile: profile() })
    await double.write('notes', { id: 'n1', title: 'x' })
    const condition = { field: 'title', is: 'in', value: [] } as const
    const answer = await verdict(adapter, { kind: 'update', expected: '1', change: { set: { title: 'y' } }, condition })
    expect(answer).toMatchObject({ kind: 'rejected', error: { code: 'SYNC_CONDITION_FAILED' } })
  })
})

describe('a table without its trigger', () => {
  it('is found out by the first write, and refused from then on', async () => {
    const double = supabaseDouble({ moves: false })
    const { adapter, sent } = over(double, { profile: profile() })
    await double.write('notes', { id: 'n1', title: 'x' })
    const first = await verdict(adapter, { kind: 'update', expected: '1', change: { set: { title: 'y' } } })
    expect(first).toMatchObject({ kind: 'applied' })
    const before = sent.length
    const second = await verdict(adapter, { kind: 'update', expected: '1', change: { set: { title: 'z' } } })
    expect(second).toMatchObject({ kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_CONFIG_INVALID' } })
    await expect(page(adapter, null)).rejects.toMatchObject({
      code: 'SYNC_CONFIG_INVALID',
      message: expect.stringContaining('adapters-supabase plain notes --deleted=deleted --version=version'),
    })
    expect(sent).toHaveLength(before)
    expect(await double.rows('notes')).toMatchObject([{ title: 'y' }])
  })
})

describe('a table that is not there', () => {
  it('is named with its collection, the option for another and the command', async () => {
    const collections = { notes: { table: 'memos' } }
    const { adapter } = over(supabaseDouble(), { profile: plainTables({ collections, updatedAt: 'changed' }) })
    const message = expect.stringMatching(
      /collection "notes" .* table "memos" .*option collections.*plain memos --updated-at=changed/,
    )
    await expect(page(adapter, null)).rejects.toMatchObject({ code: 'SYNC_CONFIG_INVALID', message })
    const answer = await verdict(adapter, creates('n1'))
    expect(answer).toMatchObject({
      kind: 'retry',
      outcome: 'unapplied',
      error: { code: 'SYNC_CONFIG_INVALID', message },
    })
  })
})

describe('a delete', () => {
  it('marks the row where there is a mark, and removes it where there is none', async () => {
    const [kept, gone] = [supabaseDouble(), supabaseDouble({ marked: false })]
    for (const double of [kept, gone]) await double.write('notes', { id: 'n1', title: 'x' })
    const marked = over(kept, { profile: profile() })
    expect(await verdict(marked.adapter, { kind: 'delete', expected: '1' })).toMatchObject({
      kind: 'applied',
      row: { kind: 'tombstone', revision: '2' },
    })
    const removed = over(gone, { profile: bare() })
    const expected = await revisionOf(removed.adapter, 'n1')
    expect(await verdict(removed.adapter, { kind: 'delete', expected })).toEqual({ kind: 'applied' })
    expect(removed.sent.map(({ method }) => method)).toContain('DELETE')
    for (const double of [kept, gone]) expect(await double.rows('notes')).toEqual([])
  })

  it('of what is gone already is done where rows are deleted for good', async () => {
    const { adapter } = over(supabaseDouble({ marked: false }), { profile: bare() })
    const expected = '2026-01-01T00:00:00.000000+00:00'
    expect(await verdict(adapter, { kind: 'delete', expected })).toEqual({ kind: 'applied' })
  })
})

it('an atomic request over several rows is not supported', async () => {
  const { adapter } = over(supabaseDouble(), { profile: profile() })
  const operations = [operation(creates('n1')), operation(creates('n2'))]
  const verdicts = await adapter.push({ operations, atomic: true }, call())
  expect(verdicts).toMatchObject([{ error: { code: 'SYNC_UNSUPPORTED' } }, { error: { code: 'SYNC_UNSUPPORTED' } }])
})

describe('text that PostgreSQL cannot hold', () => {
  it.each([
    ['in a value', { set: { title: 'a\0b' } }],
    ['half of a character', { set: { title: 'a\ud800' } }],
    ['within a list', { set: { tags: ['x', '\udc00'] } }],
    ['in the name of a field', { set: { 'a\0b': 1 } }],
  ])(
    '%s is refused before anything is sent: PostgREST would refuse the whole request, in words that promise a later success',
    async (_, change) => {
      const { adapter, sent } = over(supabaseDouble(), { profile: profile() })
      const answer = await verdict(adapter, { kind: 'create', id: 'n1', change, record: { id: 'n1' } })
      expect(answer).toMatchObject({ kind: 'rejected', error: { code: 'SYNC_REJECTED' } })
      expect(sent).toEqual([])
    },
  )

  it('in a condition is refused too', async () => {
    const { adapter, sent } = over(supabaseDouble(), { profile: profile() })
    const condition = { field: 'title', is: 'eq', value: 'a\ud800' } as const
    const answer = await verdict(adapter, { kind: 'update', id: 'n1', change: { set: { n: 1 } }, condition })
    expect([answer.kind, sent.length]).toEqual(['rejected', 0])
  })

  it('is no text that is whole', async () => {
    const { adapter } = over(supabaseDouble(), { profile: profile() })
    expect(await verdict(adapter, creates('n1', '\\u0000 \\ud800 \u{1F680}'))).toMatchObject({ kind: 'applied' })
  })
})
