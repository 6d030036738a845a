import assert from 'node:assert/strict'
import type { Json, RemoteChange } from '@rowkeep/kernel'
import type { Findings } from '../../judge.ts'
import type { Client, Data } from '../clients/client.ts'
import { within } from '../within.ts'
import { type Device, notes } from './device.ts'

/** Our own fields, as the README asks an admin to write them. */
const marked = ({ values }: Client, revision: number, fields: Data, isDeleted = false): Data => ({
  ...fields,
  _rev: revision,
  _changedAt: values.now(),
  _deleted: isDeleted,
})

async function pulled(device: Device, id: string): Promise<RemoteChange | undefined> {
  return (await device.pull()).get(id)
}

const head = { collection: 'notes' }

async function created(device: Device, admin: Client): Promise<void> {
  const record = { id: 'down-1', title: 'of an admin', n: 0.5, tags: ['a', { b: null }] }
  await admin.write((to) => to.set(`${notes}/down-1`, marked(admin, 1, record)))
  const wanted = { ...head, kind: 'record', id: 'down-1', revision: '1', record }
  assert.deepEqual(await pulled(device, 'down-1'), wanted)
}

async function updated(device: Device, admin: Client): Promise<void> {
  const path = `${notes}/down-2`
  await admin.write((to) => to.set(path, marked(admin, 1, { id: 'down-2', title: 'one', gone: 1 })))
  await device.pull()
  const change = { title: 'two', gone: admin.values.gone() }
  await admin.write((to) => to.update(path, marked(admin, 2, change)))
  const wanted = { ...head, kind: 'record', id: 'down-2', revision: '2', record: { id: 'down-2', title: 'two' } }
  assert.deepEqual(await pulled(device, 'down-2'), wanted)
}

async function deleted(device: Device, admin: Client): Promise<void> {
  const path = `${notes}/down-3`
  await admin.write((to) => to.set(path, marked(admin, 1, { id: 'down-3' })))
  await device.pull()
  await admin.write((to) => to.set(path, marked(admin, 2, {}, true)))
  assert.deepEqual(await pulled(device, 'down-3'), { ...head, kind: 'tombstone', id: 'down-3', revision: '2' })
}

async function unmarked(device: Device, admin: Client): Promise<void> {
  await admin.write((to) => {
    to.set(`${notes}/down-4`, { title: 'nothing of ours' })
    to.set(`${notes}/down-5`, { _changedAt: admin.values.now(), _deleted: false })
  })
  const changes = await device.pull()
  assert.equal(changes.get('down-4'), undefined, 'it has no stamp')
  assert.equal(changes.get('down-5')?.kind, 'unreadable', 'it has no revision')
}

async function foreign(device: Device, admin: Client): Promise<void> {
  const { values } = admin
  const fields = {
    time: values.time(1_700_000_000, 123_456_000),
    bytes: values.bytes('AP/+'),
    point: values.point(-12.5, 179.5),
    reference: values.reference('other/doc'),
  }
  await admin.write((to) => to.set(`${notes}/down-6`, marked(admin, 1, fields)))
  const change = await pulled(device, 'down-6')
  assert.deepEqual(change?.kind === 'record' && change.record, {
    time: '2023-11-14T22:13:20.123456Z',
    bytes: 'AP/+',
    point: { latitude: -12.5, longitude: 179.5 },
    reference: 'other/doc',
  })
}

async function stale(device: Device, admin: Client): Promise<void> {
  const path = `${notes}/down-7`
  await admin.write((to) => to.set(path, marked(admin, 1, { title: 'one' })))
  await admin.write((to) => to.update(path, marked(admin, 2, { title: 'two' })))
  const change = { set: { title: 'mine' } }
  const sent = { kind: 'update', id: 'down-7', expected: '1', change, record: { title: 'mine' } } as const
  const { verdicts } = await device.push(sent)
  const row = { ...head, kind: 'record', id: 'down-7', revision: '2', record: { title: 'two' } }
  assert.deepEqual(verdicts, [{ kind: 'conflict', row }])
  assert.equal(((await admin.read(path)) as { title?: Json } | null)?.title, 'two')
}

/** What the admin SDK wrote, as it reaches the adapter. */
export async function judgeReads({ check }: Findings, device: Device, admin: Client): Promise<void> {
  const judged = (what: string, run: (device: Device, admin: Client) => Promise<void>): Promise<void> =>
    check(`the admin writes, the adapter pulls: ${what}`, () => within(what, run(device, admin)))
  await judged('a new record, in a first listing of several pages', created)
  await judged('an update, behind the cursor', updated)
  await judged('a tombstone, behind the cursor', deleted)
  await judged('documents without a stamp (stay out) or a revision (unreadable)', unmarked)
  await judged('values that JSON does not have', foreign)
  await judged('a newer revision, met by a push for the older one', stale)
}
