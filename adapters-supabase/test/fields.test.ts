import { createSyncClient, type Json, type RemoteAdapter, record, type SyncClient } from '@rowkeep/kernel'
import type { Fields } from '@rowkeep/kernel/adapters'
import { matches } from '@rowkeep/kernel/adapters'
import { unreadable } from '@rowkeep/kernel/inbox'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { plainTables, supabaseAdapter } from '../src/index.ts'
import { syncKit } from '../src/kit/index.ts'
import { exactly } from '../src/plain/filters.ts'
import { type SupabaseDouble, supabaseDouble, supabaseKitDouble } from '../src/testing/index.ts'
import { bench } from './support.ts'

interface Note {
  readonly id: string
  readonly title?: string | null
  readonly due?: string | null
  readonly serial?: string | null
  readonly price?: string | null
  readonly scan?: string | null
}
const collections = { notes: record<Note>() }
const fields: Fields = { due: 'date', serial: 'bigint', price: 'decimal', scan: 'bytes' }
const columns = { due: 'timestamptz', serial: 'bigint', price: 'numeric', scan: 'bytea' } as const
const hidden = ['user_id', 'done', 'n', 'tags']

const client = (remote: RemoteAdapter): SyncClient<typeof collections> => {
  const made = createSyncClient({ collections, remote, user: 'ada', sync: 'manual' })
  onTestFinished(() => made.dispose())
  return made
}

function plainWorld(maxRows = 1000) {
  const double = supabaseDouble({ columns, maxRows })
  onTestFinished(() => double.close())
  const given = { notes: { fields } }
  const options = { version: 'version', deleted: 'deleted', hidden, collections: given, sweepMs: 0 }
  const over = bench(double)
  const device = () => client(supabaseAdapter(over.client, { profile: plainTables(options) }))
  return { double, device, ...over }
}

async function kitWorld() {
  const double = await supabaseKitDouble()
  onTestFinished(() => double.close())
  const profile = () => syncKit({ name: double.name, collections: { notes: { fields } } })
  return {
    device: () => client(supabaseAdapter(bench(double as unknown as SupabaseDouble).client, { profile: profile() })),
  }
}

const digits = (most: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: most }).map((all) => all.join(''))
/** To the microsecond, which PostgreSQL keeps. */
const moments = fc
  .tuple(
    fc.date({ min: new Date('0001-01-02'), max: new Date('9999-12-30'), noInvalidDate: true }),
    fc.constantFrom('', '1', '02', '003'),
  )
  .map(([date, micros]) => date.toISOString().replace('Z', `${micros}Z`))
const values = fc.record({
  due: fc.option(moments),
  serial: fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String)),
  price: fc.option(fc.tuple(fc.bigInt(), digits(25)).map(([whole, rest]) => `${whole}.${rest}5`)),
  scan: fc.option(fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes).toString('base64'))),
})

describe.each([
  ['plain tables', async () => plainWorld()],
  ['the sync kit', kitWorld],
])('with %s', (_, world) => {
  it('dates, big numbers, decimals and bytes come to another device as they were written', async () => {
    const { device } = await world()
    const [one, two] = [device(), device()]
    let count = 0
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(values, values), { minLength: 1, maxLength: 10 }), async (rows) => {
        const ids = rows.map(() => `r${count++}`)
        const { notes } = one.collections
        await notes.createMany(rows.map(([first], index) => ({ id: ids[index] as string, title: 'x', ...first })))
        await one.synchronize()
        for (const [index, [, second]] of rows.entries()) await notes.update(ids[index] as string, second)
        await one.synchronize()
        await two.synchronize()
        const wanted = rows.map(([, second], index) => ({ id: ids[index], title: 'x', ...second }))
        expect(await Promise.all(ids.map((id) => two.collections.notes.read(id)))).toEqual(wanted)
        expect(one.status.getSnapshot()).toMatchObject({ pending: 0, writes: { quarantined: 0, parked: 0 } })
      }),
      { numRuns: 5 },
    )
  })

  it('what is no such value is refused at the call', async () => {
    const { notes } = (await world()).device().collections
    await expect(notes.create({ id: 'a', serial: '1.5' })).rejects.toMatchObject({ code: 'SYNC_INPUT_INVALID' })
    await expect(notes.create({ id: 'a', scan: 'AR==' })).rejects.toMatchObject({ code: 'SYNC_INPUT_INVALID' })
  })
})

it('the tables have the types of PostgreSQL, and the numbers come as text [F116]', async () => {
  const { double, device, sent } = plainWorld()
  const one = device()
  await one.collections.notes.create({
    id: 'a',
    title: 'x',
    due: '2026-01-31T09:30:00.120Z',
    serial: '-9007199254740993',
    price: '12.5',
    scan: 'Af8=',
  })
  // The third run is the first that sweeps.
  for (const _ of [1, 2, 3]) await one.synchronize()
  expect(await double.rows('notes')).toMatchObject([
    { due: '2026-01-31T09:30:00.12+00:00', serial: '-9007199254740993', price: '12.5', scan: '\\x01ff' },
  ])
  const selects = sent.flatMap(({ params }) => params.get('select') ?? []).filter((text) => text !== 'updated_at')
  expect(new Set(selects)).toEqual(
    new Set([
      '*,_rowkeep0:serial::text,_rowkeep1:price::text',
      'id,updated_at,version,_rowkeep0:serial::text,_rowkeep1:price::text',
    ]),
  )
})

it('what other programs wrote comes in the one text of each value', async () => {
  const { double, device } = plainWorld()
  const one = device()
  await double.write('notes', { id: 'a', due: '2026-01-31 10:30:00+01', serial: 7, price: '12.50', scan: '\\x01FF' })
  await one.synchronize()
  expect(await one.collections.notes.read('a')).toEqual({
    id: 'a',
    title: null,
    ...{ due: '2026-01-31T09:30:00.000Z', serial: '7', price: '12.5', scan: 'Af8=' },
  })
})

it('a moment that is none here is unreadable, and the rest of its page is taken', async () => {
  const { double, device } = plainWorld()
  const one = device()
  await double.write('notes', { id: 'a', due: 'infinity' })
  await double.write('notes', { id: 'b', serial: 1 })
  await one.synchronize()
  expect((await one.collections.notes.readAll()).map(({ id }) => id)).toEqual(['b'])
  expect(unreadable(one).getSnapshot()).toMatchObject([
    { id: 'a', reason: { message: expect.stringContaining('due must be date') } },
  ])
})

it.each<[string, string]>([
  ['2026-01-31T09:30:00Z', 'must be "2026-01-31T09:30:00.000Z"'],
  ['2026-01-31T09:30:00.1234567Z', 'has too many digits'],
])('a date that the database would give back otherwise is refused at the call: %s', async (due, why) => {
  const { notes } = plainWorld().device().collections
  await expect(notes.create({ id: 'a', due })).rejects.toThrow(why)
})

const conditions: readonly object[] = [
  { price: '12.5' },
  { serial: { in: ['1', '9007199254740993'] } },
  { serial: { ne: '9007199254740992' } },
  { scan: 'Af8=', due: '2026-01-31T09:30:00.000Z' },
  { price: { ne: null } },
  // As text on the device: equal numbers, other text.
  { price: { ne: '12.50' } },
  { NOT: { price: '12.50' } },
  { due: { ne: 'tomorrow' } },
]
it.each(conditions)('the condition %j means in the database what it means on the device', async (where) => {
  const { device } = plainWorld()
  const one = device()
  const { notes } = one.collections
  await notes.create({
    id: 'a',
    due: '2026-01-31T09:30:00.000Z',
    serial: '9007199254740993',
    price: '12.5',
    scan: 'Af8=',
  })
  await one.synchronize()
  await notes.update('a', { title: 'x' }, { where })
  await one.synchronize()
  expect(one.status.getSnapshot()?.writes).toMatchObject({ quarantined: 0, applied: 2 })
})

it('a condition that no longer holds is told from one that does', async () => {
  const { device, double } = plainWorld()
  const one = device()
  const { notes } = one.collections
  await notes.create({ id: 'a', serial: '9007199254740993', price: '1' })
  await one.synchronize()
  await notes.update('a', { title: 'x' }, { where: { serial: '9007199254740993', price: '1' } })
  const [row] = await double.rows('notes')
  await double.write('notes', { ...row, id: 'a', serial: '9007199254740992' })
  await one.synchronize()
  expect(one.status.getSnapshot()?.writes).toMatchObject({ quarantined: 1 })
})

it('an order is not left to the database, which has another one', async () => {
  const { notes } = plainWorld().device().collections
  await notes.create({ id: 'a', serial: '10' })
  await expect(notes.update('a', { title: 'x' }, { where: { serial: { lt: '9' } } })).rejects.toMatchObject({
    code: 'SYNC_UNSUPPORTED',
  })
  expect(matches({ field: 'serial', is: 'lt', value: '9' }, { id: 'a', serial: '10' })).toBe(true)
  expect(exactly({ field: 'serial', is: 'lt', value: '9' })).toBeUndefined()
})

it.each<[object, readonly string[]]>([
  [{ serial: '9007199254740993' }, ['a']],
  [{ scan: 'Af8=' }, ['b']],
  [{ price: { in: ['0.1', '12.50'] } }, ['c']],
  [{ serial: { ne: '9007199254740993' } }, ['b', 'c']],
  [{ serial: { lt: '9' } }, ['c']],
])('a scope of %j takes the rows that the device would', async (scope, ids) => {
  const { double } = plainWorld(2)
  await double.write('notes', { id: 'a', serial: '9007199254740993', price: '12.5' })
  await double.write('notes', { id: 'b', scan: '\\x01ff' })
  await double.write('notes', { id: 'c', serial: '10', price: '0.10' })
  const profile = plainTables({
    version: 'version',
    deleted: 'deleted',
    hidden,
    collections: { notes: { fields } },
    sweepMs: 0,
  })
  const one = createSyncClient({
    ...{ collections, user: 'ada', sync: 'manual' as const },
    remote: supabaseAdapter(bench(double).client, { profile }),
    scope: { notes: () => scope as Record<string, Json> },
  })
  onTestFinished(() => one.dispose())
  for (const _ of ['listing', 'sweep']) {
    await one.synchronize()
    expect((await one.collections.notes.readAll()).map(({ id }) => id).sort()).toEqual(ids)
  }
})

it.each<[() => unknown, string]>([
  [
    () => plainTables({ collections: { notes: { fields: { due: 'datetime' as never } } } }),
    'plainTables: collections.notes.fields.due must be one of',
  ],
  [
    () => plainTables({ collections: { notes: { feilds: {} } as never } }),
    'plainTables: collections.notes has no "feilds", only table, fields',
  ],
  [() => plainTables({ collections: { notes: null as never } }), 'plainTables: collections.notes must be an object'],
  [() => plainTables({ collections: { notes: { table: 'a b' } } }), 'collections.notes.table must be a name'],
  [
    () => syncKit({ collections: { notes: { fields: [] as never } } }),
    'syncKit: collections.notes.fields must be like',
  ],
  [() => syncKit({ collections: { notes: { table: 'x' } as never } }), 'syncKit: collections.notes has no "table"'],
])('refuses options by name: %s', (make, why) => {
  expect(make).toThrow(why)
})
