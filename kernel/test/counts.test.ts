import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { conflicts, quarantine } from '../src/inbox/index.ts'
import { createSyncClient } from '../src/index.ts'
import { accounted, apart, type Device, type DeviceOptions, device, type Scene, synced } from './support/device.ts'
import { once, TestServer } from './support/server.ts'
import { Disk } from './support/stores.ts'
import { until } from './support/virtual-env.ts'

const refuse = (server: TestServer): void => {
  server.beforePush = ({ operations }) =>
    operations.map(() => ({ kind: 'rejected', error: { code: 'SYNC_REJECTED', message: 'title too rude' } }))
}

/** An update of `a` that the server refused for good. */
async function refusedUpdate(options: DeviceOptions = {}): Promise<Scene> {
  const scene = await synced(options)
  await scene.tasks.update('a', { title: 'rude', forbidden: true })
  await scene.sync()
  return scene
}

const first = ({ client }: Device): string => quarantine(client).getSnapshot()?.[0]?.id ?? 'nothing is quarantined'

describe('quarantine', () => {
  it('holds a refused update with its reason; the record shows what the server has [F25]', async () => {
    const scene = await refusedUpdate()
    expect(quarantine(scene.client).getSnapshot()).toMatchObject([
      {
        collection: 'tasks',
        recordId: 'a',
        kind: 'update',
        set: { title: 'rude', forbidden: true },
        reason: { code: 'SYNC_FORBIDDEN', retry: 'never' },
      },
    ])
    expect(await scene.tasks.read('a')).toEqual({ id: 'a', title: 'base', n: 0 })
    expect(scene.heard('operation:quarantined')).toMatchObject([
      { collection: 'tasks', id: 'a', error: { code: 'SYNC_FORBIDDEN' } },
    ])
    expect(await scene.tasks.settled('a')).toMatchObject({
      state: 'quarantined',
      id: first(scene),
      reason: { code: 'SYNC_FORBIDDEN' },
    })
    expect(scene.status()).toMatchObject({ pending: 0, writes: { accepted: 1, quarantined: 1 } })
  })

  it('is not sent again by itself', async () => {
    const scene = await refusedUpdate()
    await scene.sync()
    await scene.sync()
    expect(scene.server.sent).toHaveLength(1)
  })

  it('sends a requeued write as a new operation', async () => {
    const scene = await synced()
    refuse(scene.server)
    await scene.tasks.update('a', { title: 'mine' })
    await scene.sync()
    scene.server.beforePush = () => {}
    await quarantine(scene.client).requeue(first(scene))
    expect(await scene.tasks.read('a')).toMatchObject({ title: 'mine' })
    expect(scene.status()).toMatchObject({ pending: 1, writes: { accepted: 1, quarantined: 0 } })
    await scene.sync()
    const [refused, again] = scene.server.sent
    expect(again?.opId).not.toBe(refused?.opId)
    expect(again).toMatchObject({ resend: false, change: { set: { title: 'mine' } } })
    expect(scene.server.record('tasks', 'a')).toMatchObject({ title: 'mine' })
    expect(scene.status()).toMatchObject({ pending: 0, writes: { accepted: 1, applied: 1, quarantined: 0 } })
  })

  it('sends a corrected write with the fields that were changed', async () => {
    const scene = await refusedUpdate()
    await quarantine(scene.client).requeue(first(scene), { forbidden: false, n: 4 })
    await scene.sync()
    expect(scene.server.record('tasks', 'a')).toEqual({ id: 'a', title: 'rude', forbidden: false, n: 4 })
    expect(quarantine(scene.client).getSnapshot()).toEqual([])
  })

  it('merges a requeued write with what the server has by then', async () => {
    const scene = await refusedUpdate()
    scene.server.edit('tasks', 'a', { n: 9 })
    await scene.sync()
    await quarantine(scene.client).requeue(first(scene), { forbidden: false })
    await scene.sync()
    expect(scene.server.record('tasks', 'a')).toEqual({ id: 'a', title: 'rude', forbidden: false, n: 9 })
  })

  it('sends a requeued write after the newer ones of its record', async () => {
    const scene = await refusedUpdate()
    await scene.tasks.update('a', { title: 'newer' })
    await quarantine(scene.client).requeue(first(scene), { forbidden: false })
    await scene.sync()
    await scene.sync()
    expect(scene.server.record('tasks', 'a')).toMatchObject({ title: 'rude', forbidden: false })
    expect(scene.status()).toMatchObject({ pending: 0, writes: { accepted: 2, applied: 2 } })
  })

  it('puts a requeued write into the inbox where its record waits there, and counts it there', async () => {
    const scene = await refusedUpdate({ resolver: () => 'ask' })
    await scene.tasks.update('a', { title: 'mine' })
    scene.server.edit('tasks', 'a', { title: 'theirs' })
    await scene.sync()
    await until(() => scene.status().writes.parked === 1)
    await quarantine(scene.client).requeue(first(scene), { forbidden: false })
    expect(scene.status()).toMatchObject({ pending: 0, writes: { accepted: 2, parked: 2, quarantined: 0 } })
    const [parked] = conflicts(scene.client).getSnapshot() ?? []
    await conflicts(scene.client).resolve(parked?.id ?? '', 'local')
    await scene.sync()
    expect(scene.server.record('tasks', 'a')).toMatchObject({ title: 'rude', forbidden: false })
    expect(scene.status()).toMatchObject({ pending: 0, writes: { accepted: 2, applied: 2, parked: 0 } })
  })

  it('gives a discarded write up', async () => {
    const scene = await refusedUpdate()
    await quarantine(scene.client).discard(first(scene))
    expect(quarantine(scene.client).getSnapshot()).toEqual([])
    await scene.sync()
    expect(scene.server.sent).toHaveLength(1)
    expect(scene.status()).toMatchObject({ pending: 0, writes: { accepted: 1, discarded: 1, quarantined: 0 } })
    expect(await scene.tasks.settled('a')).toMatchObject({ state: 'applied', revision: '1' })
  })

  it('knows only what waits in it', async () => {
    const scene = await refusedUpdate()
    const id = first(scene)
    const shelf = quarantine(scene.client)
    await expect(shelf.discard('nothing')).rejects.toMatchObject({ code: 'SYNC_NOT_FOUND' })
    await expect(shelf.requeue('nothing')).rejects.toMatchObject({ code: 'SYNC_NOT_FOUND' })
    await shelf.discard(id)
    await expect(shelf.discard(id)).rejects.toMatchObject({ code: 'SYNC_NOT_FOUND' })
    await expect(shelf.requeue(id)).rejects.toMatchObject({ code: 'SYNC_NOT_FOUND' })
  })

  it.each([
    ['no object', 7],
    ['what is no JSON', { title: new Date() }],
    ['another key', { id: 'b' }],
    ['an endless number', { n: Number.POSITIVE_INFINITY }],
  ])('refuses a correction with %s, and keeps the write', async (_, change) => {
    const scene = await refusedUpdate()
    const requeued = quarantine(scene.client).requeue(first(scene), change as object)
    await expect(requeued).rejects.toMatchObject({ code: 'SYNC_INPUT_INVALID' })
    expect(quarantine(scene.client).getSnapshot()).toHaveLength(1)
    expect(scene.status()).toMatchObject({ pending: 0, writes: { quarantined: 1 } })
  })

  it.each(['discard', 'requeue'] as const)('takes a double click on %s once', async (what) => {
    const scene = await refusedUpdate()
    const id = first(scene)
    const both = await Promise.allSettled([quarantine(scene.client)[what](id), quarantine(scene.client)[what](id)])
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    expect(accounted(scene.status())).toBe(1)
    expect(scene.status().writes.quarantined).toBe(0)
  })

  it('keeps its entries over a restart', async () => {
    const store = new Disk()
    const scene = await refusedUpdate({ store })
    await scene.client.dispose()
    const again = device(scene.server, { store })
    await again.tasks.count()
    expect(quarantine(again.client).getSnapshot()).toMatchObject([
      { recordId: 'a', reason: { code: 'SYNC_FORBIDDEN' } },
    ])
    await quarantine(again.client).requeue(first(again), { forbidden: false })
    await again.sync()
    expect(again.status()).toMatchObject({ pending: 0, writes: { accepted: 1, applied: 1 } })
  })

  it('is a live value', async () => {
    const scene = await synced()
    const seen: number[] = []
    quarantine(scene.client).subscribe((list) => seen.push(list.length))
    await scene.tasks.update('a', { forbidden: true })
    await scene.sync()
    await quarantine(scene.client).discard(first(scene))
    expect(seen).toEqual([0, 1, 0])
  })
})

describe('a refused creation', () => {
  it('takes what was built on it along [F23]', async () => {
    const server = new TestServer()
    const { tasks, sync, client, status } = device(server)
    await tasks.create({ id: 'a', title: 'rude', forbidden: true })
    await tasks.update('a', { n: 1 }, apart('a'))
    await tasks.update('a', { forbidden: false }, apart('a'))
    await sync()
    expect(server.sent.map(({ kind }) => kind)).toEqual(['create'])
    expect(await tasks.read('a')).toBeUndefined()
    expect(quarantine(client).getSnapshot()?.length).toBeGreaterThan(0)
    expect(status()).toMatchObject({ pending: 0, writes: { accepted: 3, quarantined: 3 } })
    expect(await tasks.settled('a')).toMatchObject({ state: 'quarantined' })
  })

  it('can be corrected and sent again, with what was built on it', async () => {
    const server = new TestServer()
    const { tasks, sync, client, status } = device(server)
    await tasks.create({ id: 'a', title: 'rude', forbidden: true })
    await tasks.update('a', { n: 1 }, apart('a'))
    await sync()
    const ids = (quarantine(client).getSnapshot() ?? []).map(({ id, kind }) => ({ id, kind }))
    for (const { id, kind } of ids)
      await quarantine(client).requeue(id, kind === 'create' ? { forbidden: false } : undefined)
    await sync()
    await sync()
    expect(server.record('tasks', 'a')).toEqual({ id: 'a', title: 'rude', forbidden: false, n: 1 })
    expect(status()).toMatchObject({ pending: 0, writes: { accepted: 2, applied: 2 } })
  })

  it('leaves the id free for another try of the app', async () => {
    const server = new TestServer()
    const { tasks, sync } = device(server)
    await tasks.create({ id: 'a', title: 'rude', forbidden: true })
    await sync()
    await tasks.create({ id: 'a', title: 'polite' })
    await sync()
    expect(server.record('tasks', 'a')).toEqual({ id: 'a', title: 'polite' })
  })
})

it('lets later writes of a record go on after a refused update', async () => {
  const scene = await synced()
  await scene.tasks.update('a', { title: 'rude', forbidden: true })
  await scene.tasks.update('a', { n: 1 }, apart('a'))
  await scene.sync()
  await scene.sync()
  expect(scene.server.record('tasks', 'a')).toEqual({ id: 'a', title: 'base', n: 1 })
  expect(await scene.tasks.read('a')).toEqual({ id: 'a', title: 'base', n: 1 })
  expect(scene.status()).toMatchObject({ pending: 0, writes: { accepted: 2, applied: 1, quarantined: 1 } })
})

it('brings a record back whose deletion was refused', async () => {
  const scene = await synced()
  refuse(scene.server)
  await scene.tasks.delete('a')
  expect(await scene.tasks.read('a')).toBeUndefined()
  await scene.sync()
  expect(await scene.tasks.read('a')).toMatchObject({ title: 'base' })
})

it('puts a write whose condition no longer holds on the server into quarantine', async () => {
  const scene = await synced()
  await scene.tasks.update('a', { title: 'mine' }, { where: { n: 0 } })
  scene.server.beforePush = once(() => scene.server.edit('tasks', 'a', { n: 1 }))
  for (let turn = 0; turn < 3; turn += 1) await scene.sync()
  expect(quarantine(scene.client).getSnapshot()).toMatchObject([{ reason: { code: 'SYNC_CONDITION_FAILED' } }])
  expect(scene.heard('conflict:detected')).toEqual([])
  expect(await scene.tasks.read('a')).toEqual({ id: 'a', title: 'base', n: 1 })
  expect(scene.server.record('tasks', 'a')).toEqual({ id: 'a', title: 'base', n: 1 })
})

describe('the counts of writes', () => {
  it('count every accepted write and none that was refused at the call or changed nothing', async () => {
    const scene = await synced()
    await scene.tasks.create({ id: 'b', title: 'b' })
    await scene.tasks.update('b', { title: 'b' })
    await scene.tasks.delete('nothing')
    await expect(scene.tasks.create({ id: 'b', title: 'again' })).rejects.toMatchObject({ code: 'SYNC_ID_TAKEN' })
    await expect(scene.tasks.update('nothing', { n: 1 })).rejects.toMatchObject({ code: 'SYNC_NOT_FOUND' })
    expect(scene.status()).toMatchObject({ pending: 1, writes: { accepted: 1 } })
  })

  it('add up after every step of a mixed story, and after a restart', async () => {
    const store = new Disk()
    const scene = await synced({ store })
    const check = (device: Device, accepted: number): void => {
      expect(device.status().writes.accepted).toBe(accepted)
      expect(accounted(device.status())).toBe(accepted)
    }
    await scene.tasks.createMany(
      Array.from({ length: 12 }, (_, n) => ({ id: `c${n}`, title: 'c', forbidden: n % 3 === 0 })),
    )
    check(scene, 12)
    await scene.sync()
    check(scene, 12)
    await scene.tasks.update('a', { title: 'mine' })
    scene.server.write('tasks', 'a', null)
    await scene.sync()
    check(scene, 13)
    expect(scene.status().writes).toMatchObject({ applied: 8, quarantined: 4, parked: 1 })
    await quarantine(scene.client).discard(first(scene))
    await quarantine(scene.client).requeue(first(scene), { forbidden: false })
    check(scene, 13)
    await scene.client.dispose()
    const again = device(scene.server, { store })
    await again.tasks.update('c1', { n: 1 })
    check(again, 14)
    expect(again.status()).toMatchObject({
      pending: 2,
      writes: { applied: 8, quarantined: 2, parked: 1, discarded: 1 },
    })
    await again.sync()
    check(again, 14)
    expect(again.status()).toMatchObject({ pending: 0, writes: { applied: 10 } })
  })
})

it('requeues no update onto a record that is not here, and keeps the write', async () => {
  const server = new TestServer()
  const { client, tasks, sync, status } = device(server)
  server.write('tasks', 'a', { id: 'a', title: 'a' })
  await sync()
  await tasks.update('a', { title: 'mine', forbidden: true })
  await sync()
  server.write('tasks', 'a', null)
  await sync()
  const [entry] = quarantine(client).getSnapshot() ?? []
  await expect(quarantine(client).requeue(entry?.id ?? '')).rejects.toMatchObject({ code: 'SYNC_NOT_FOUND' })
  expect(status().writes).toMatchObject({ accepted: 1, applied: 0, quarantined: 1 })
})

it('requeues only what the schema allows', async () => {
  const server = new TestServer()
  const client = createSyncClient({
    collections: { tasks: z.object({ id: z.string(), title: z.string().min(1), forbidden: z.boolean().optional() }) },
    remote: server.adapter(),
    sync: 'manual',
  })
  await client.collections.tasks.create({ id: 'a', title: 'a', forbidden: true })
  await client.synchronize()
  const [entry] = quarantine(client).getSnapshot() ?? []
  await expect(quarantine(client).requeue(entry?.id ?? '', { title: '' })).rejects.toMatchObject({
    code: 'SYNC_INPUT_INVALID',
  })
  await quarantine(client).requeue(entry?.id ?? '', { title: 'b', forbidden: false })
  await client.synchronize()
  expect(server.record('tasks', 'a')).toEqual({ id: 'a', title: 'b', forbidden: false })
  await client.dispose()
})
