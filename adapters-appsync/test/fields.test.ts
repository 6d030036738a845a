import { createSyncClient, record, type SyncClient } from '@rowkeep/kernel'
import { unreadable } from '@rowkeep/kernel/inbox'
import fc from 'fast-check'
import { expect, it, onTestFinished } from 'vitest'
import type { ModelOptions } from '../src/index.ts'
import { scene } from './support/scene.ts'

interface Note {
  readonly id: string
  readonly title?: string | null
  readonly due?: string | null
  readonly serial?: string | null
  readonly price?: string | null
  readonly scan?: string | null
}
const collections = { notes: record<Note>() }
const models: Readonly<Record<string, ModelOptions>> = {
  notes: {
    model: 'Note',
    fields: ['id', 'title', 'due', 'serial', 'price', 'scan'],
    codecs: { due: 'date', serial: 'bigint', price: 'decimal', scan: 'bytes' },
    owner: 'owner',
  },
}

function world() {
  const made = scene()
  onTestFinished(() => made.close())
  const device = (): SyncClient<typeof collections> => {
    const client = createSyncClient({ collections, remote: made.device({ models }), user: 'ada', sync: 'manual' })
    onTestFinished(() => client.dispose())
    return client
  }
  return { ...made, device }
}

const digits = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 25 }).map((all) => all.join(''))
const values = fc.record({
  due: fc.option(
    fc
      .date({ min: new Date('0001-01-02'), max: new Date('9999-12-30'), noInvalidDate: true })
      .map((date) => date.toISOString()),
  ),
  serial: fc.option(fc.bigInt().map(String)),
  price: fc.option(fc.tuple(fc.bigInt(), digits).map(([whole, rest]) => `${whole}.${rest}5`)),
  scan: fc.option(fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes).toString('base64'))),
})

it('dates, big numbers, decimals and bytes come to another device as they were written', async () => {
  const { device } = world()
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

it('what is no such value is refused at the call, and a row that has none is unreadable', async () => {
  const { double, device } = world()
  const client = device()
  const { notes } = client.collections
  await expect(notes.create({ id: 'a', serial: '1.5' })).rejects.toMatchObject({ code: 'SYNC_INPUT_INVALID' })
  await double.write('notes', { id: 'b', serial: 'many' })
  await double.write('notes', { id: 'c', serial: '7' })
  // As Amplify for Swift writes it.
  await double.write('notes', { id: 'd', due: '2026-01-31T09:30:00.000000000Z' })
  await client.synchronize()
  expect((await notes.readAll()).map(({ id, serial, due }) => [id, serial, due])).toEqual([
    ['c', '7', null],
    ['d', null, '2026-01-31T09:30:00.000000000Z'],
  ])
  expect(unreadable(client).getSnapshot()).toMatchObject([{ id: 'b', reason: { code: 'SYNC_PROTOCOL' } }])
})

it('DynamoDB compares the texts in a condition as the device does', async () => {
  const { device } = world()
  const [one, two] = [device(), device()]
  await one.collections.notes.create({ id: 'a', serial: '10', due: '2026-01-31T09:30:00.000Z' })
  await one.synchronize()
  await two.synchronize()
  // As text '10' comes before '9'.
  await two.collections.notes.update(
    'a',
    { title: 'x' },
    { where: { serial: { lt: '9' }, due: { gte: '2026-01-31' } } },
  )
  await two.synchronize()
  expect(two.status.getSnapshot()?.writes).toMatchObject({ applied: 1, quarantined: 0 })
})
