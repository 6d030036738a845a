import {
  createSyncClient,
  isSyncError,
  platformEnv,
  type RemoteAdapter,
  record,
  type SyncClient,
} from '@rowkeep/kernel'
import type { Fields } from '@rowkeep/kernel/adapters'
import { unreadable } from '@rowkeep/kernel/inbox'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { restAdapter } from '../src/index.ts'
import { changesSince, ifMatch, plainRoutes } from '../src/routes/index.ts'
import { plainDouble, restDouble } from '../src/testing/index.ts'

interface Note {
  readonly id: string
  readonly title?: string
  readonly at?: string | null
  readonly n?: string | null
  readonly price?: string | null
  readonly data?: string | null
}
const collections = { notes: record<Note>() }
const fields: Fields = { at: 'date', n: 'bigint', price: 'decimal', data: 'bytes' }

const plainRemote = (origin: string): RemoteAdapter => {
  const session = (): { user: string; token: string } => ({ user: 'ada', token: 'token-of-ada' })
  const notes = { path: '/notes', fields }
  const routes = plainRoutes({
    collections: { notes },
    session,
    feed: changesSince({ deleted: 'deleted' }),
    writes: ifMatch(),
  })
  return restAdapter({ url: origin, routes })
}
const kitRemote = (origin: string): RemoteAdapter =>
  restAdapter({ url: `${origin}/sync`, token: () => 'token-of-ada', collections: { notes: { fields } } })

interface Served {
  readonly origin: string
  fetch(request: Request): Promise<Response>
  write(collection: 'notes', row: Note): Promise<void>
  readonly close?: () => Promise<void>
}
type Wire = readonly [name: string, make: () => Served, remote: (origin: string) => RemoteAdapter]

const onTheWire: Wire = ['the sync wire', () => restDouble() as unknown as Served, kitRemote]
const wires: readonly Wire[] = [onTheWire, ['plain routes', () => plainDouble() as unknown as Served, plainRemote]]

function world([, make, remote]: Wire) {
  const double = make()
  const env = {
    ...platformEnv,
    fetch: async (input: RequestInfo | URL, init?: RequestInit) => double.fetch(new Request(input, init)),
  }
  const device = (): SyncClient<typeof collections> => {
    const client = createSyncClient({ collections, remote: remote(double.origin), user: 'ada', env, sync: 'manual' })
    onTestFinished(() => client.dispose())
    return client
  }
  onTestFinished(() => double.close?.())
  return { double, device }
}

const digits = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 25 }).map((all) => all.join(''))
const values = fc.record(
  {
    at: fc.option(
      fc
        .date({ min: new Date('0001-01-02'), max: new Date('9999-12-30'), noInvalidDate: true })
        .map((date) => date.toISOString()),
    ),
    n: fc.option(fc.bigInt().map(String)),
    price: fc.option(fc.tuple(fc.bigInt(), digits).map(([whole, rest]) => `${whole}.${rest}5`)),
    data: fc.option(fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes).toString('base64'))),
  },
  { requiredKeys: [] },
)

describe.each(wires)('over %s', (...wire) => {
  test('dates, big numbers, decimals and bytes come to another device as they were written', async () => {
    const { device } = world(wire)
    const [one, two] = [device(), device()]
    let count = 0
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(values, values), { minLength: 1, maxLength: 20 }), async (rows) => {
        const ids = rows.map(() => `r${count++}`)
        await one.collections.notes.createMany(rows.map(([first], index) => ({ id: ids[index] as string, ...first })))
        await one.synchronize()
        for (const [index, [, second]] of rows.entries())
          await one.collections.notes.update(ids[index] as string, second)
        await one.synchronize()
        await two.synchronize()
        const wanted = rows.map(([first, second], index) => ({ id: ids[index], ...first, ...second }))
        expect(await Promise.all(ids.map((id) => two.collections.notes.read(id)))).toEqual(wanted)
        expect(one.status.getSnapshot()).toMatchObject({ pending: 0, writes: { quarantined: 0, parked: 0 } })
      }),
      { numRuns: 5 },
    )
  })

  test('what is no such value is refused at the call, and a row that has none is unreadable', async () => {
    const { double, device } = world(wire)
    const client = device()
    const { notes } = client.collections
    await expect(notes.create({ id: 'a', n: '1.5' })).rejects.toSatisfy((error) =>
      isSyncError(error, 'SYNC_INPUT_INVALID'),
    )
    await double.write('notes', { id: 'b', at: 'tomorrow' })
    await double.write('notes', { id: 'c', at: '2026-01-31T09:30:00Z', n: null })
    await client.synchronize()
    expect(await notes.readAll()).toEqual([{ id: 'c', at: '2026-01-31T09:30:00Z', n: null }])
    expect(unreadable(client).getSnapshot()).toMatchObject([
      { id: 'b', reason: { message: expect.stringContaining('at must be date as text') } },
    ])
  })
})

test('a condition compares the texts on the server as it does on the device', async () => {
  const { device } = world(onTheWire)
  const [one, two] = [device(), device()]
  await one.collections.notes.create({ id: 'a', n: '10', price: '9' })
  await one.synchronize()
  await two.synchronize()
  // As text '10' comes before '9'.
  await two.collections.notes.update('a', { title: 'x' }, { where: { n: { lt: '9' } } })
  await two.synchronize()
  expect(two.status.getSnapshot()?.writes).toMatchObject({ applied: 1, quarantined: 0 })
})

test.each([
  [
    { collections: { notes: { fields: { at: 'datetime' } } } },
    /collections\.notes\.fields\.at must be one of date, bigint/,
  ],
  [{ collections: { notes: { field: {} } } }, /collections\.notes has no "field", only fields/],
  [{ collections: [] }, /collections must be an object/],
  [
    { collections: { notes: { fields } }, routes: plainRoutes({ collections: { notes: { path: '/n' } } }) },
    /with routes collections are those of plainRoutes/,
  ],
  [
    { routes: plainRoutes({ collections: { notes: { path: '/n', fields: { at: 1 as never } } } }) },
    /notes\.fields\.at must be one of/,
  ],
])('refuses the options %j', (options, why) => {
  expect(() => restAdapter({ url: 'https://x.test', ...(options as object) })).toThrow(why)
})
