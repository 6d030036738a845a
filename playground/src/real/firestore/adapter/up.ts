import assert from 'node:assert/strict'
import type { JsonObject } from '@rowkeep/kernel'
import type { Findings } from '../../judge.ts'
import type { Client } from '../clients/client.ts'
import { within } from '../within.ts'
import { creation, type Device, notes, type Sent } from './device.ts'

/** Our own fields, the stamp apart. */
async function readRecord(admin: Client, path: string): Promise<{ readonly at: unknown; readonly rest: JsonObject }> {
  const { _changedAt: at, ...rest } = (await admin.read(path)) ?? {}
  const times = (at as { $time?: unknown } | undefined)?.$time
  assert.ok(Array.isArray(times), `_changedAt is no timestamp: ${JSON.stringify(at)}`)
  return { at, rest }
}

async function applied(device: Device, ...sent: readonly Sent[]): Promise<readonly string[]> {
  const { opIds, verdicts } = await device.push(...sent)
  assert.deepEqual(
    verdicts.map(({ kind }) => kind),
    sent.map(() => 'applied'),
  )
  return opIds
}

async function created(device: Device, admin: Client): Promise<void> {
  const record = { id: 'up-1', title: 'one', n: 1, done: false, tags: ['a'], none: null, map: { x: 0.5 } }
  const [opId] = await applied(device, creation(record))
  const { at, rest } = await readRecord(admin, `${notes}/up-1`)
  assert.deepEqual(rest, { ...record, _rev: 1, _deleted: false })
  const { digest, ...mark } = (await admin.read(`users/ada/mutations/${opId}`)) ?? {}
  assert.deepEqual(mark, { at }, 'record and mark have one stamp')
  assert.match(String(digest), /^[0-9a-f]{28}$/)
}

async function updated(device: Device, admin: Client): Promise<void> {
  const record = { id: 'up-2', title: 'one', n: 1, tags: ['a'], gone: 1, 'a.b': 1 }
  await applied(device, creation(record))
  const change = { set: { title: 'two', 'a.b': 2 }, unset: ['gone'], increment: { n: 2 }, append: { tags: ['b'] } }
  const after = { id: 'up-2', title: 'two', n: 3, tags: ['a', 'b'], 'a.b': 2 }
  await applied(device, { kind: 'update', id: 'up-2', expected: null, change, record: after })
  assert.deepEqual((await readRecord(admin, `${notes}/up-2`)).rest, { ...after, _rev: 2, _deleted: false })
}

async function deleted(device: Device, admin: Client): Promise<void> {
  await applied(device, creation({ id: 'up-3', title: 'one' }))
  await applied(device, { kind: 'delete', id: 'up-3', expected: '1', change: {}, record: null })
  assert.deepEqual((await readRecord(admin, `${notes}/up-3`)).rest, { _rev: 2, _deleted: true })
}

async function escaped(device: Device, admin: Client): Promise<void> {
  const strange = JSON.parse('{"__proto__":1,"__x__":2,"_rev":3,"":4,"lists":[[1,[2]],[]]}') as JsonObject
  await applied(device, creation({ ...strange, id: 'up/4' }), creation({ id: '__up__' }), creation({ id: '..' }))
  const { rest } = await readRecord(admin, `${notes}/up%2F4`)
  const lists = [{ $list: [1, { $list: [2] }] }, { $list: [] }]
  const stored = { $: 4, $__proto__: 1, $__x__: 2, $_rev: 3, id: 'up/4', lists, _rev: 1, _deleted: false }
  assert.deepEqual(rest, stored)
  const ids = (await admin.find({ collection: notes })).map(({ id }) => id)
  assert.ok(ids.includes('%2E.') && ids.includes('%5F_up__'), `among ${ids.join(' ')}`)
}

async function counted(device: Device, admin: Client): Promise<string> {
  const all = Array.from({ length: 30 }, (_, n) => creation({ id: `many-${n}`, n, group: 'many' }))
  const opIds = await applied(device, ...all)
  const count = await admin.count({ collection: notes, where: [['group', '==', 'many']] })
  const marks = await Promise.all(opIds.map((opId) => admin.read(`users/ada/mutations/${opId}`)))
  assert.deepEqual([count, marks.filter((mark) => mark !== null).length], [30, 30])
  return `${count} records, ${marks.length} marks`
}

/** What the adapter wrote, as the admin SDK reads it. */
export async function judgeWrites({ check }: Findings, device: Device, admin: Client): Promise<void> {
  const judged = (what: string, run: (device: Device, admin: Client) => Promise<string | void>): Promise<void> =>
    check(`the adapter writes, the admin reads: ${what}`, () => within(what, run(device, admin)))
  await judged('a new record (_rev, _changedAt as a timestamp, _deleted), and the mark of its operation', created)
  await judged('an update that sets, takes away, adds up and appends', updated)
  await judged('a deletion, which leaves a tombstone', deleted)
  await judged('ids, names and nested lists that Firestore does not take as they are', escaped)
  await judged('a request of many operations', counted)
}
