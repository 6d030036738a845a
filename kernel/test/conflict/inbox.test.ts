import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { conflicts } from '../../src/inbox/index.ts'
import { createSyncClient, type Resolution } from '../../src/index.ts'
import { type Device, type DeviceOptions, device, type Scene, synced } from '../support/device.ts'
import { TestServer } from '../support/server.ts'
import { Disk } from '../support/stores.ts'
import { quiet } from '../support/virtual-env.ts'

/** Edited here, deleted there. */
async function deletedThere(options: DeviceOptions = {}): Promise<Scene> {
  const scene = await synced(options)
  await scene.tasks.update('a', { title: 'mine' })
  scene.server.write('tasks', 'a', null)
  await scene.sync()
  return scene
}

/** Deleted here, edited there. */
async function deletedHere(): Promise<Scene> {
  const scene = await synced()
  await scene.tasks.delete('a')
  scene.server.edit('tasks', 'a', { title: 'theirs' })
  await scene.sync()
  return scene
}

/** Both changed the title, and the app leaves it to a person. */
async function editedBoth(options: DeviceOptions = {}): Promise<Scene> {
  const scene = await synced({ ...options, resolver: () => 'ask' })
  await scene.tasks.update('a', { title: 'mine', done: true })
  scene.server.edit('tasks', 'a', { title: 'theirs', n: 5 })
  await scene.sync()
  await quiet()
  return scene
}

const parkedId = ({ client }: Device): string => conflicts(client).getSnapshot()?.[0]?.id ?? 'nothing is parked'

describe('a deletion against an edit', () => {
  it('waits for a person when the server deleted [F41]', async () => {
    const scene = await deletedThere()
    expect(conflicts(scene.client).getSnapshot()).toEqual([
      {
        id: parkedId(scene),
        collection: 'tasks',
        recordId: 'a',
        base: { id: 'a', title: 'base', n: 0 },
        local: { id: 'a', title: 'mine', n: 0 },
        remote: null,
        fields: [],
        bystander: false,
      },
    ])
    expect(await scene.tasks.read('a')).toEqual({ id: 'a', title: 'mine', n: 0 })
    expect(scene.heard('conflict:detected')).toEqual([{ collection: 'tasks', id: 'a', fields: [] }])
    expect(scene.server.record('tasks', 'a')).toBeNull()
    expect(scene.status()).toMatchObject({ pending: 0, writes: { accepted: 1, parked: 1 } })
  })

  it('waits for a person when this device deleted', async () => {
    const scene = await deletedHere()
    expect(conflicts(scene.client).getSnapshot()).toMatchObject([
      { base: { title: 'base' }, local: null, remote: { title: 'theirs' }, fields: [] },
    ])
    expect(await scene.tasks.read('a')).toBeUndefined()
    expect(scene.server.record('tasks', 'a')).toMatchObject({ title: 'theirs' })
    expect(scene.status()).toMatchObject({ pending: 0, writes: { parked: 1 } })
  })

  it('is none when both deleted', async () => {
    const { tasks, sync, server, client, status } = await synced()
    await tasks.delete('a')
    server.write('tasks', 'a', null)
    await sync()
    expect(conflicts(client).getSnapshot()).toEqual([])
    expect(status()).toMatchObject({ pending: 0, writes: { applied: 1 } })
    expect(server.requests).toEqual([])
  })

  it('is none when the edit came to the same in the end', async () => {
    const { tasks, sync, server, client } = await synced()
    await tasks.delete('a')
    server.put('tasks', 'a', { id: 'a', title: 'base', n: 0 }, 7)
    await sync()
    expect(conflicts(client).getSnapshot()).toEqual([])
    expect(server.record('tasks', 'a')).toBeNull()
  })
})

describe('resolve()', () => {
  it('with local revives the record over its tombstone', async () => {
    const scene = await deletedThere()
    await conflicts(scene.client).resolve(parkedId(scene), 'local')
    expect(conflicts(scene.client).getSnapshot()).toEqual([])
    expect(scene.status()).toMatchObject({ pending: 1, writes: { parked: 0 } })
    await scene.sync()
    expect(scene.server.sent.at(-1)).toMatchObject({ kind: 'create', expected: null })
    expect(scene.server.record('tasks', 'a')).toEqual({ id: 'a', title: 'mine', n: 0 })
    expect(await scene.tasks.settled('a')).toMatchObject({ state: 'applied', revision: '3' })
  })

  it('with remote or delete lets the deletion stand, and sends nothing', async () => {
    for (const how of ['remote', 'delete'] as const) {
      const scene = await deletedThere()
      await conflicts(scene.client).resolve(parkedId(scene), how)
      await scene.sync()
      expect(await scene.tasks.read('a')).toBeUndefined()
      expect(scene.server.sent).toEqual([])
      expect(scene.status()).toMatchObject({ pending: 0, writes: { accepted: 1, applied: 1, parked: 0 } })
    }
  })

  it('with local carries out the deletion made here', async () => {
    const scene = await deletedHere()
    await conflicts(scene.client).resolve(parkedId(scene), 'local')
    await scene.sync()
    expect(scene.server.record('tasks', 'a')).toBeNull()
    expect(scene.server.sent.at(-1)).toMatchObject({ kind: 'delete', expected: '2' })
  })

  it('with remote takes the deletion made here back', async () => {
    const scene = await deletedHere()
    await conflicts(scene.client).resolve(parkedId(scene), 'remote')
    expect(await scene.tasks.read('a')).toEqual({ id: 'a', title: 'theirs', n: 0 })
    await scene.sync()
    expect(scene.server.sent).toEqual([])
  })

  it('with a record makes it be that, whole after a deletion', async () => {
    const scene = await deletedThere()
    await conflicts(scene.client).resolve(parkedId(scene), { id: 'a', title: 'decided' })
    await scene.sync()
    expect(scene.server.record('tasks', 'a')).toEqual({ id: 'a', title: 'decided' })
  })

  it.each<[Resolution<object>, object]>([
    ['local', { id: 'a', title: 'mine', n: 5, done: true }],
    ['remote', { id: 'a', title: 'theirs', n: 5, done: true }],
    [
      { id: 'a', title: 'both', n: 1 },
      { id: 'a', title: 'both', n: 5, done: true },
    ],
  ])('with %j decides the fields in question; the others merge', async (how, expected) => {
    const scene = await editedBoth()
    expect(conflicts(scene.client).getSnapshot()).toMatchObject([{ fields: ['title'] }])
    await conflicts(scene.client).resolve(parkedId(scene), how)
    await scene.sync()
    expect([scene.server.record('tasks', 'a'), await scene.tasks.read('a')]).toEqual([expected, expected])
    expect(scene.status()).toMatchObject({ pending: 0, writes: { accepted: 1, applied: 1, parked: 0 } })
  })

  it('uses the newest row, also one that came after it was parked', async () => {
    const scene = await editedBoth()
    scene.server.edit('tasks', 'a', { title: 'theirs, later', tags: ['new'] })
    await scene.sync()
    expect(conflicts(scene.client).getSnapshot()).toMatchObject([{ remote: { title: 'theirs, later', tags: ['new'] } }])
    await conflicts(scene.client).resolve(parkedId(scene), 'local')
    await scene.sync()
    expect(scene.server.record('tasks', 'a')).toEqual({ id: 'a', title: 'mine', n: 5, done: true, tags: ['new'] })
  })

  it.each([
    ['ask', 'SYNC_INPUT_INVALID'],
    ['mine', 'SYNC_INPUT_INVALID'],
    [7, 'SYNC_INPUT_INVALID'],
    [null, 'SYNC_INPUT_INVALID'],
    [undefined, 'SYNC_INPUT_INVALID'],
    [[], 'SYNC_INPUT_INVALID'],
    [{ id: 'b', title: 'x' }, 'SYNC_INPUT_INVALID'],
    [{ id: 'a', title: new Date() }, 'SYNC_INPUT_INVALID'],
  ])('with %j is refused, and the conflict stays', async (how, code) => {
    const scene = await deletedThere()
    await expect(conflicts(scene.client).resolve(parkedId(scene), how as never)).rejects.toMatchObject({ code })
    expect(conflicts(scene.client).getSnapshot()).toHaveLength(1)
    expect(scene.status()).toMatchObject({ pending: 0, writes: { parked: 1 } })
  })

  it('of what does not wait there is refused', async () => {
    const scene = await deletedThere()
    const id = parkedId(scene)
    await expect(conflicts(scene.client).resolve('nothing', 'local')).rejects.toMatchObject({ code: 'SYNC_NOT_FOUND' })
    await conflicts(scene.client).resolve(id, 'local')
    await expect(conflicts(scene.client).resolve(id, 'local')).rejects.toMatchObject({ code: 'SYNC_NOT_FOUND' })
  })

  it('once for two who decide at the same time', async () => {
    const scene = await deletedThere()
    const id = parkedId(scene)
    const both = await Promise.allSettled([
      conflicts(scene.client).resolve(id, 'local'),
      conflicts(scene.client).resolve(id, 'remote'),
    ])
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    await scene.sync()
    expect(scene.server.record('tasks', 'a')).toMatchObject({ title: 'mine' })
    expect(scene.status()).toMatchObject({ pending: 0, writes: { accepted: 1, applied: 1 } })
  })
})

describe('a parked record', () => {
  it('takes later edits of the app in, and ends them all together', async () => {
    const scene = await editedBoth()
    await scene.tasks.update('a', { title: 'mine, later', tags: ['x'] })
    expect(scene.status()).toMatchObject({ pending: 0, writes: { accepted: 2, parked: 2 } })
    await scene.sync()
    expect(scene.server.sent).toEqual([])
    expect(conflicts(scene.client).getSnapshot()).toMatchObject([
      { local: { title: 'mine, later', tags: ['x'], done: true } },
    ])
    await conflicts(scene.client).resolve(parkedId(scene), 'local')
    await scene.sync()
    expect(scene.server.record('tasks', 'a')).toEqual({ id: 'a', title: 'mine, later', n: 5, done: true, tags: ['x'] })
    expect(scene.server.sent).toHaveLength(1)
    expect(scene.status()).toMatchObject({ pending: 0, writes: { accepted: 2, applied: 2, parked: 0 } })
  })

  it('takes its deletion in', async () => {
    const scene = await editedBoth()
    await scene.tasks.delete('a')
    expect(conflicts(scene.client).getSnapshot()).toMatchObject([
      { local: null, remote: { title: 'theirs' }, fields: [] },
    ])
    await conflicts(scene.client).resolve(parkedId(scene), 'local')
    await scene.sync()
    expect(scene.server.record('tasks', 'a')).toBeNull()
  })

  it('is told by settled(), and its end after that', async () => {
    const scene = await deletedThere()
    expect(await scene.tasks.settled('a')).toMatchObject({
      state: 'parked',
      id: parkedId(scene),
      reason: { code: 'SYNC_CONFLICT' },
    })
    await conflicts(scene.client).resolve(parkedId(scene), 'local')
    const settled = scene.tasks.settled('a')
    await scene.sync()
    expect(await settled).toMatchObject({ state: 'applied' })
  })

  it('does not keep other records from syncing', async () => {
    const scene = await deletedThere()
    await scene.tasks.create({ id: 'b', title: 'b' })
    await scene.sync()
    expect(scene.server.record('tasks', 'b')).toBeTruthy()
  })

  it('is there after a restart, and can be resolved then', async () => {
    const store = new Disk()
    const scene = await deletedThere({ store })
    await scene.client.dispose()
    const again = device(scene.server, { store })
    expect(await again.tasks.read('a')).toMatchObject({ title: 'mine' })
    expect(conflicts(again.client).getSnapshot()).toMatchObject([{ local: { title: 'mine' }, remote: null }])
    await conflicts(again.client).resolve(parkedId(again), 'local')
    await again.sync()
    expect(scene.server.record('tasks', 'a')).toMatchObject({ title: 'mine' })
    expect(again.status()).toMatchObject({ pending: 0, writes: { accepted: 1, applied: 1 } })
  })

  it('stays when the row is evicted, and goes when it is resolved', async () => {
    const scene = await editedBoth()
    scene.server.evict('tasks', 'a')
    await scene.sync()
    expect(await scene.tasks.read('a')).toMatchObject({ title: 'mine' })
    await conflicts(scene.client).resolve(parkedId(scene), 'remote')
    for (let turn = 0; turn < 2; turn += 1) await scene.sync()
    expect(scene.status().pending).toBe(0)
  })
})

it('shows the inbox as a live value', async () => {
  const scene = await synced({ resolver: () => 'ask' })
  const seen: number[] = []
  conflicts(scene.client).subscribe((list) => seen.push(list.length))
  await scene.tasks.update('a', { title: 'mine' })
  scene.server.edit('tasks', 'a', { title: 'theirs' })
  await scene.sync()
  await quiet()
  await conflicts(scene.client).resolve(parkedId(scene), 'remote')
  expect(seen).toEqual([0, 1, 0])
})

it('takes as a resolution only a record that the schema allows', async () => {
  const server = new TestServer()
  server.write('tasks', 'a', { id: 'a', title: 'a' })
  const client = createSyncClient({
    collections: { tasks: z.object({ id: z.string(), title: z.string().min(1) }) },
    remote: server.adapter(),
    sync: 'manual',
  })
  await client.synchronize()
  await client.collections.tasks.update('a', { title: 'mine' })
  server.write('tasks', 'a', null)
  await client.synchronize()
  const [conflict] = conflicts(client).getSnapshot() ?? []
  const how = (title: string) => conflicts(client).resolve(conflict?.id ?? '', { id: 'a', title })
  await expect(how('')).rejects.toMatchObject({ code: 'SYNC_INPUT_INVALID' })
  await how('kept')
  await client.synchronize()
  expect(server.record('tasks', 'a')).toEqual({ id: 'a', title: 'kept' })
  await client.dispose()
})
