import { pgliteSql } from '@rowkeep/adapters-rest/postgres'
import { createSyncClient, record } from '@rowkeep/kernel'
import { quarantine } from '@rowkeep/kernel/inbox'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { supabaseAdapter } from '../../src/index.ts'
import { kitStatements, syncKit } from '../../src/kit/index.ts'
import { sharedDatabase } from '../../src/testing/database.ts'
import { type SupabaseKitDouble, supabaseDouble, supabaseKitDouble } from '../../src/testing/index.ts'
import { bench, call, notes, operation, over, page } from '../support.ts'

const ownerSql = sharedDatabase.owner
let double: SupabaseKitDouble
beforeAll(async () => {
  double = await supabaseKitDouble()
})
afterAll(() => double.close())

const kit = () => syncKit({ name: double.name })
const ask = { collections: ['notes'], filters: {}, at: null, limit: 10 }

/** Calls a function of the kit as anybody with a token can. */
const rpc = (fn: 'pull' | 'push', parameters: object, user = 'ada') =>
  bench(double, user).client.rpc(`${double.name}_${fn}`, parameters)

describe('the functions of the kit', () => {
  it('are not for who is not signed in', async () => {
    const { client } = bench(double, 'ada', { accessToken: async () => null })
    const { error, status } = await client.rpc(`${double.name}_pull`, { p_user: 'ada', p_ask: ask })
    expect([status, error?.code]).toEqual([401, '42501'])
  })

  it('serve a user under no other name', async () => {
    const { error } = await rpc('pull', { p_user: 'bob', p_ask: ask })
    expect(error?.code).toBe('RK004')
    const pushed = await rpc('push', { p_user: 'bob', p_operations: [operation({ id: 'x1' })], p_atomic: false })
    expect(pushed.error?.code).toBe('RK004')
  })

  it('tell the adapter of a mismatch that it could not see', async () => {
    const { client } = bench(double)
    const session = () => ({ user: 'ada', token: 'token-of-bob' })
    const adapter = supabaseAdapter(client, { profile: kit(), session })
    await expect(page(adapter, null)).rejects.toMatchObject({ code: 'SYNC_USER_MISMATCH' })
    const verdicts = await adapter.push({ operations: [operation({ id: 'x1' })], atomic: false }, call())
    expect(verdicts).toMatchObject([{ kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_USER_MISMATCH' } }])
  })

  it('give no page of more than their most, whoever asks', async () => {
    const { data, error } = await rpc('pull', { p_user: 'ada', p_ask: { ...ask, limit: 1e9 } })
    expect(error).toBeNull()
    expect(data).toMatchObject({ kind: 'page' })
    for (let n = 0; n < 3; n += 1) await double.write('tasks', { id: `t${n}` })
    const least = await rpc('pull', { p_user: 'ada', p_ask: { ...ask, collections: ['tasks'], limit: -5 } })
    expect(least.data.changes).toHaveLength(1)
  })

  it.each([
    ['no list', {}],
    ['too many', Array.from({ length: 201 }, () => operation({}))],
    ['an unknown kind', [{ ...operation({}), kind: 'replace' }]],
    ['a change that is no object', [{ ...operation({}), change: [] }]],
    ['a set that is no object', [operation({ change: { set: [] as never } })]],
    ['something that is no operation', [5]],
  ])('take %s for no operations', async (_, p_operations) => {
    const { error, status } = await rpc('push', { p_user: 'ada', p_operations, p_atomic: false })
    expect([status, error?.code]).toEqual([400, '22023'])
  })

  it('can be set up again over what is there', async () => {
    await double.write('notes', { id: 'kept' })
    for (const statement of kitStatements(double.name)) await ownerSql.query(statement)
    expect((await double.rows('notes')).map(({ id }) => id)).toContain('kept')
  })

  it('are the only way to the tables', async () => {
    const { rows } = await ownerSql.query(
      `select has_schema_privilege('authenticated', '${double.name}', 'usage') as schema,
        has_function_privilege('anon', 'public.${double.name}_pull(text, jsonb)', 'execute') as anonymous,
        bool_and(relrowsecurity) as secured from pg_class where relnamespace = '${double.name}'::regnamespace and relkind = 'r'`,
    )
    expect(rows).toEqual([{ schema: false, anonymous: false, secured: true }])
  })
})

describe('an answer that is none of the kit', () => {
  const head = { epoch: 'e', now: 1, safe: '5', from: '5', kind: 'page', more: false, last: null }
  const fine = { kind: 'record', collection: 'notes', id: 'n1', revision: '1', record: {} }
  it.each([
    ['no object', []],
    ['no head', { ...head, changes: [], epoch: undefined }],
    ['no list of changes', { ...head, changes: null }],
    ['more without a place', { ...head, changes: [], more: true }],
    ['a row of another collection', { ...head, changes: [{ ...fine, collection: 'tasks' }] }],
    ['a row without a revision', { ...head, changes: [{ ...fine, revision: null }] }],
    ['a row of an unknown kind', { ...head, changes: [{ ...fine, kind: 'listed' }] }],
  ])('fails a pull: %s', async (_, body) => {
    const { adapter, instead } = over(double, { profile: kit() })
    instead.push(() => Response.json(body))
    await expect(page(adapter, null)).rejects.toMatchObject({ code: 'SYNC_PROTOCOL' })
  })

  it('sets aside a record that is too deep, and goes on', async () => {
    const deep = JSON.parse(`${'{"a":'.repeat(120)}1${'}'.repeat(120)}`) as object
    const { adapter, instead } = over(double, { profile: kit() })
    instead.push(() => Response.json({ ...head, changes: [{ ...fine, id: 'n0', record: deep }, fine] }))
    const { changes } = await page(adapter, null)
    expect(changes.map(({ kind }) => kind)).toEqual(['unreadable', 'record'])
  })

  it.each([
    ['too few verdicts', []],
    ['an unknown kind', [{ kind: 'done' }]],
    ['the row of another record', [{ kind: 'applied', row: { ...fine, id: 'n2' } }]],
    ['a rejection without an error', [{ kind: 'rejected' }]],
    ['a retry without an outcome', [{ kind: 'retry', error: { code: 'SYNC_NETWORK' } }]],
  ])('leaves the outcome of a push unknown: %s', async (_, body) => {
    const { adapter, instead } = over(double, { profile: kit() })
    instead.push(() => Response.json(body))
    const pushed = adapter.push({ operations: [operation({})], atomic: false }, call())
    await expect(pushed).rejects.toMatchObject({ code: 'SYNC_PROTOCOL' })
  })
})

describe('a project without the kit', () => {
  it.each([
    ['rowkeep', /npx @rowkeep\/adapters-supabase kit prints/],
    ['mine', /npx @rowkeep\/adapters-supabase kit --name=mine prints/],
  ])('is told apart, and the command named: %s', async (name, message) => {
    const { adapter } = over(supabaseDouble(), { profile: syncKit({ name }) })
    const failure = { code: 'SYNC_CONFIG_INVALID', message: expect.stringMatching(message) }
    await expect(page(adapter, null)).rejects.toMatchObject(failure)
    const [first] = await adapter.push({ operations: [operation({ id: 'n1' })], atomic: false }, call())
    expect(first).toMatchObject({ kind: 'retry', outcome: 'unapplied', error: failure })
  })
})

describe('a row of a verdict that cannot be kept', () => {
  const head = { collection: 'notes', id: 'n1' }
  it.each([
    ['no record', { ...head, kind: 'record', revision: '2' }],
    ['no revision', { ...head, kind: 'tombstone' }],
    ['an unknown kind', { ...head, kind: 'row', revision: '2', record: {} }],
  ])('is left out, the verdict stands: %s', async (_, row) => {
    const { adapter, instead } = over(double, { profile: kit() })
    instead.push(() => Response.json([{ kind: 'applied', row }]))
    expect(await adapter.push({ operations: [operation({})], atomic: false }, call())).toEqual([{ kind: 'applied' }])
  })
})

describe('a request that is refused as a whole', () => {
  const refusals = [
    ['by the database', () => Response.json({ code: '22P05', message: 'no such character' }, { status: 400 })],
    ['by a gateway', () => new Response('too large', { status: 413 })],
  ] as const

  it.each(refusals)('is sent in smaller ones, until the guilty operation stands alone: %s', async (_, refusal) => {
    const { client, instead } = bench(double)
    const isGuilty = async (request: Request) => (await request.clone().text()).includes('guilty')
    const guard = async (request: Request) => ((await isGuilty(request)) ? refusal() : double.fetch(request))
    for (let n = 0; n < 100; n += 1) instead.push(guard)
    const app = createSyncClient({
      collections: { notes: record<{ id: string; title: string }>() },
      remote: supabaseAdapter(client, { profile: kit() }),
      user: 'ada',
      sync: 'manual',
    })
    const titles = ['first', 'guilty', 'third', 'fourth', 'fifth']
    for (const title of titles) await app.collections.notes.create({ id: `whole ${title}`, title })
    await app.synchronize()
    expect(app.status.getSnapshot()?.writes).toMatchObject({ accepted: 5, applied: 4, quarantined: 1 })
    expect(quarantine(app).getSnapshot()).toMatchObject([{ recordId: 'whole guilty' }])
    await quarantine(app).discard(quarantine(app).getSnapshot()?.[0]?.id ?? '')
    for (const title of titles.filter((one) => one !== 'guilty')) await double.remove('notes', `whole ${title}`)
    await app.dispose()
  })

  it.each(refusals)('and holds a group ends for all of it: %s', async (_, refusal) => {
    const { adapter, instead } = over(double, { profile: kit() })
    instead.push(refusal)
    const operations = [operation({ id: 'g1' }), operation({ id: 'g2' })]
    const verdicts = await adapter.push({ operations, atomic: true }, call())
    expect(verdicts.map(({ kind }) => kind)).toEqual(['rejected', 'rejected'])
  })
})

describe('a record that is too large', () => {
  const large = operation({ id: 'large', record: { id: 'large', text: 'x'.repeat(2000) } })
  const small = (id: string) => operation({ id, change: { set: { id } }, record: { id } })
  const tight = () => syncKit({ name: double.name, limits: { recordBytes: 1000 } })

  it('is rejected on its own; its neighbours apply', async () => {
    const { adapter } = over(double, { profile: tight() })
    const operations = [small('s1'), large, small('s2')]
    const verdicts = await adapter.push({ operations, atomic: false }, call())
    expect(verdicts.map(({ kind }) => kind)).toEqual(['applied', 'rejected', 'applied'])
    expect(verdicts[2]).toMatchObject({ row: { id: 's2' } })
  })

  it('stops an atomic request, and is named', async () => {
    const { adapter, sent } = over(double, { profile: tight() })
    const verdicts = await adapter.push({ operations: [small('s3'), large], atomic: true }, call())
    expect(verdicts).toMatchObject([
      { kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_GROUP_ABORTED' } },
      { kind: 'rejected', error: { code: 'SYNC_TOO_LARGE' } },
    ])
    expect(sent).toEqual([])
  })
})

it('a cursor that another remote made is expired', async () => {
  const { adapter } = over(double, { profile: kit() })
  const answer = await adapter.pull({ feed: notes, cursor: 'x', limit: 5 }, call())
  expect(answer.kind).toBe('expired')
})

it('a double in a database of its own is there again when that is opened once more', async () => {
  const sql = await pgliteSql()
  const first = await supabaseKitDouble({ sql })
  await first.write('notes', { id: 'kept' })
  await first.close()
  const second = await supabaseKitDouble({ sql })
  expect(second.name).toBe('rowkeep')
  const { adapter } = over(second, { profile: syncKit() })
  expect((await page(adapter, null)).changes).toMatchObject([{ id: 'kept' }])
  await sql.close()
})

describe('an operation with half of a character', () => {
  const three = () =>
    ['whole', 'half \ud800', 'whole too'].map((title, n) =>
      operation({ id: `half-${n}`, change: { set: { title } }, record: { id: `half-${n}`, title } }),
    )

  it('is refused by itself, because PostgREST would refuse its neighbours with it', async () => {
    const { adapter } = over(double, { profile: kit() })
    const verdicts = await adapter.push({ operations: three(), atomic: false }, call())
    expect(verdicts).toMatchObject([
      { kind: 'applied' },
      { kind: 'rejected', error: { code: 'SYNC_REJECTED' } },
      { kind: 'applied' },
    ])
  })

  it('ends an atomic group', async () => {
    const { adapter, sent } = over(double, { profile: kit() })
    const verdicts = await adapter.push({ operations: three(), atomic: true }, call())
    expect(verdicts.map((one) => ('error' in one ? one.error.code : one.kind))).toEqual([
      'SYNC_GROUP_ABORTED',
      'SYNC_REJECTED',
      'SYNC_GROUP_ABORTED',
    ])
    expect(sent).toEqual([])
  })
})
