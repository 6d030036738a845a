import { createSyncClient, type LiveEvent, type RemoteAdapter, record, type SyncClient } from '@rowkeep/kernel'
import type { Fields } from '@rowkeep/kernel/adapters'
import { unreadable } from '@rowkeep/kernel/inbox'
import fc from 'fast-check'
import { Timestamp } from 'firebase/firestore/lite'
import { expect, it, onTestFinished } from 'vitest'
import { storedFieldsOf } from '../src/codec.ts'
import { sizeOfDocument } from '../src/size.ts'
import { type Bench, bench, contextOf, marks, notes, plant } from './bench.ts'
import { deviceOf } from './devices.ts'
import { eventually } from './eventually.ts'

interface Note {
  readonly id: string
  readonly title?: string
  readonly due?: string | null
  readonly serial?: string | null
  readonly price?: string | null
  readonly scan?: string | null
}
const collections = { notes: record<Note>() }
const fields: Fields = { due: 'date', serial: 'bigint', price: 'decimal', scan: 'bytes' }
const options = { collections: { notes: { fields } } }

const client = (remote: RemoteAdapter): SyncClient<typeof collections> => {
  const made = createSyncClient({ collections, remote, user: 'ada', sync: 'manual' })
  onTestFinished(() => made.dispose())
  return made
}
/** The bench ends its own device. */
const own = (remote: object): SyncClient<typeof collections> =>
  client({ ...(remote as RemoteAdapter), close: async () => undefined } as RemoteAdapter)
const another = ({ served }: Bench): SyncClient<typeof collections> =>
  client(deviceOf({ origin: served.origin, token: 'token-of-ada', user: 'ada', options }))

const digits = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 25 }).map((all) => all.join(''))
const days = fc.date({ min: new Date('0001-01-02'), max: new Date('9999-12-30'), noInvalidDate: true })
/** To the microsecond, which Firestore keeps. */
const moments = fc
  .tuple(days, fc.constantFrom('', '1', '02', '003'))
  .map(([date, micros]) => date.toISOString().replace('Z', `${micros}Z`))
const values = fc.record(
  {
    due: fc.option(moments),
    serial: fc.option(fc.bigInt().map(String)),
    price: fc.option(fc.tuple(fc.bigInt(), digits).map(([whole, rest]) => `${whole}.${rest}5`)),
    scan: fc.option(fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes).toString('base64'))),
  },
  { requiredKeys: [] },
)

it('dates, big numbers, decimals and bytes come to another device as they were written', async () => {
  const at = await bench(options)
  const [one, two] = [own(at.ada), another(at)]
  let count = 0
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(values, values), { minLength: 1, maxLength: 10 }), async (rows) => {
      const ids = rows.map(() => `r${count++}`)
      const mine = one.collections.notes
      await mine.createMany(rows.map(([first], index) => ({ id: ids[index] as string, ...first })))
      await one.synchronize()
      for (const [index, [, second]] of rows.entries()) await mine.update(ids[index] as string, second)
      await one.synchronize()
      await two.synchronize()
      const wanted = rows.map(([first, second], index) => ({ id: ids[index], ...first, ...second }))
      expect(await Promise.all(ids.map((id) => two.collections.notes.read(id)))).toEqual(wanted)
      expect(one.status.getSnapshot()).toMatchObject({ pending: 0, writes: { quarantined: 0, parked: 0 } })
    }),
    { numRuns: 4 },
  )
})

it('the document has a Timestamp and Bytes, and numbers as text', async () => {
  const at = await bench(options)
  const one = own(at.ada)
  const note: Note = {
    id: 'a',
    due: '2026-01-31T09:30:00.120Z',
    serial: '9007199254740993',
    price: '12.5',
    scan: 'Af8=',
  }
  await one.collections.notes.create(note)
  await one.synchronize()
  const commit = at.served.calls.find(({ verb }) => verb === 'commit')?.body as {
    writes: { update: { fields: object } }[]
  }
  expect(commit.writes[0]?.update.fields).toMatchObject({
    due: { timestampValue: '2026-01-31T09:30:00.120000000Z' },
    serial: { stringValue: '9007199254740993' },
    price: { stringValue: '12.5' },
    scan: { bytesValue: 'Af8=' },
  })
})

it('what other programs stored comes as text where no digit is lost, else the row is unreadable', async () => {
  const at = await bench(options)
  const one = own(at.ada)
  await at.double.write('notes', { id: 'a', due: '2026-01-31T10:30:00+01:00', serial: 7, price: '12.50' })
  await at.double.write('notes', { id: 'b', serial: 2 ** 60 })
  await at.double.write('notes', { id: 'c', price: 12.5 })
  plant(at.server, 'd', {
    ...marks(1, at.server.now()),
    id: { stringValue: 'd' },
    due: { timestampValue: '2026-01-31T09:30:00.123456Z' },
    scan: { bytesValue: 'Af8=' },
  })
  await one.synchronize()
  expect(await one.collections.notes.readAll()).toEqual([
    { id: 'a', due: '2026-01-31T09:30:00.000Z', serial: '7', price: '12.5' },
    { id: 'd', due: '2026-01-31T09:30:00.123456Z', scan: 'Af8=' },
  ])
  expect(unreadable(one).getSnapshot()).toMatchObject([
    { id: 'b', reason: { message: expect.stringContaining('serial must be bigint as text') } },
    { id: 'c', reason: { message: expect.stringContaining('price must be decimal as text') } },
  ])
})

it('a listener tells the same texts', async () => {
  const at = await bench(options)
  const rows: unknown[] = []
  let up = false
  const listen = (event: LiveEvent): void => {
    up ||= event.kind === 'up'
    if (event.kind === 'data') rows.push(...event.changes)
  }
  at.ada.subscribe(notes, listen, contextOf())
  await eventually(() => up).toBe(true)
  await at.double.write('notes', { id: 'a', serial: 7, price: '12.50' })
  await at.double.write('notes', { id: 'b', serial: 0.5 })
  await eventually(() => rows).toMatchObject([
    { kind: 'record', id: 'a', record: { serial: '7', price: '12.5' } },
    { kind: 'unreadable', id: 'b' },
  ])
})

it('a condition is tested on the texts, in their order', async () => {
  const at = await bench(options)
  const [one, two] = [own(at.ada), another(at)]
  await one.collections.notes.create({ id: 'a', serial: '10', due: '2026-01-31T09:30:00.000Z', scan: 'Af8=' })
  await one.synchronize()
  await two.synchronize()
  const where = { serial: { lt: '9' }, due: { gte: '2026-01-31' }, scan: 'Af8=' }
  await two.collections.notes.update('a', { title: 'x' }, { where })
  await two.synchronize()
  expect(two.status.getSnapshot()?.writes).toMatchObject({ applied: 1, quarantined: 0 })
})

it.each<[Partial<Note>, string]>([
  [{ due: '2026-01-31T09:30:00Z' }, 'notes.due must be "2026-01-31T09:30:00.000Z"'],
  [{ due: '2026-01-31T09:30:00.1234567Z' }, 'notes.due has too many digits'],
  [{ serial: '1.5' }, 'notes.serial must be bigint'],
  [{ price: '1.50' }, 'notes.price must be "1.5"'],
  [{ scan: 'AR==' }, 'notes.scan must be bytes'],
])('%j is refused at the call', async (wrong, why) => {
  const { ada } = await bench(options)
  await expect(own(ada).collections.notes.create({ id: 'a', ...wrong })).rejects.toThrow(why)
})

it('a field that an older version of the app left without a codec does not hold up the others', async () => {
  const at = await bench(options)
  const one = own(at.ada)
  expect(storedFieldsOf({ due: 'tomorrow', scan: 'no' }, fields)).toEqual({ due: 'tomorrow', scan: 'no' })
  await one.collections.notes.create({ id: 'a', due: null })
  await one.synchronize()
  expect(one.status.getSnapshot()?.writes).toMatchObject({ applied: 1 })
})

it('timestamps count 8 bytes and bytes as many as they are', () => {
  const bare = sizeOfDocument('a/b', {})
  const scan = Buffer.alloc(1000).toString('base64')
  expect(sizeOfDocument('a/b', { due: Timestamp.fromMillis(0) }) - bare).toBe(3 + 1 + 8)
  expect(sizeOfDocument('a/b', storedFieldsOf({ scan }, fields)) - bare).toBe(4 + 1 + 1000)
})
