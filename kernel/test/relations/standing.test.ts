import { expect, it } from 'vitest'
import { conflicts, quarantine } from '../../src/inbox/index.ts'
import { createSyncClient, record, SyncError } from '../../src/index.ts'
import { belongsTo } from '../../src/relations/index.ts'
import { accounted } from '../support/device.ts'
import { once, TestServer } from '../support/server.ts'
import { Disk } from '../support/stores.ts'
import { virtualEnv } from '../support/virtual-env.ts'
import { dangling, family, KeyedServer } from './family.ts'

const lost = (): never => {
  throw new SyncError('SYNC_NETWORK')
}
const sent = (server: KeyedServer): readonly string[] =>
  server.sent.map(({ kind, id, resend }) => `${kind} ${id}${resend ? ' again' : ''}`)

it('what waited when the process ended was never sent, and is not sent as if it had been', async () => {
  const server = new KeyedServer()
  const store = new Disk()
  const first = family(server, { store })
  await first.all.projects.create({ id: 'p' })
  await first.all.tasks.create({ id: 't', projectId: 'p' })
  server.afterPush = once(lost)
  await expect(first.sync()).rejects.toMatchObject({ code: 'SYNC_NETWORK' })
  await first.client.dispose()
  const second = family(server, { store })
  await second.sync()
  expect(sent(server)).toEqual(['create p', 'create p again', 'create t'])
})

it('what was sent before its parent was made is sent again as such, after the parent', async () => {
  const server = new KeyedServer()
  const store = new Disk()
  const first = family(server, { store })
  await first.all.tasks.create({ id: 't', projectId: 'p' })
  server.beforePush = lost
  await expect(first.sync()).rejects.toMatchObject({ code: 'SYNC_NETWORK' })
  await first.all.projects.create({ id: 'p' })
  await first.client.dispose()
  server.beforePush = () => undefined
  const second = family(server, { store })
  await second.sync()
  expect(sent(server)).toEqual(['create t', 'create p again', 'create t again'])
  expect(server.broken).toEqual([])
})

it('what may be in effect does not fall with a create made later: its own outcome decides', async () => {
  const server = new TestServer()
  const { all, client, sync } = family(server)
  await all.tasks.create({ id: 't', projectId: 'p' })
  server.afterPush = once(lost)
  await expect(sync()).rejects.toMatchObject({ code: 'SYNC_NETWORK' })
  await all.projects.create({ id: 'p', forbidden: true })
  server.afterPush = () => undefined
  await sync()
  expect(
    quarantine(client)
      .getSnapshot()
      ?.map(({ recordId }) => recordId),
  ).toEqual(['p'])
  expect(await all.tasks.read('t')).toEqual({ id: 't', projectId: 'p' })
  expect(server.effects).toHaveLength(1)
})

it('what follows an update that fell goes on at once', async () => {
  const server = new KeyedServer()
  const { all, client, sync, status } = family(server)
  await all.tasks.create({ id: 't' })
  await sync()
  await all.projects.create({ id: 'p', forbidden: true })
  await all.tasks.update('t', { projectId: 'p' })
  await all.tasks.update('t', { title: 'after' })
  await sync()
  expect(status()).toMatchObject({ pending: 0, writes: { quarantined: 2 } })
  expect(server.record('tasks', 't')).toEqual({ id: 't', title: 'after' })
  expect(quarantine(client).getSnapshot()).toHaveLength(2)
})

it('the writes of another tab wait for those of this one', async () => {
  const server = new KeyedServer()
  const store = new Disk({ tabs: true })
  const [here, there] = [family(server, { store }), family(server, { store })]
  await here.all.projects.create({ id: 'p' })
  await there.all.projects.readAll()
  await there.all.tasks.create({ id: 't', projectId: 'p' })
  await there.sync()
  await here.sync()
  expect(server.broken).toEqual([])
  expect(server.record('tasks', 't')).toEqual({ id: 't', projectId: 'p' })
  expect(server.effects).toHaveLength(2)
})

it('what refers to a record that was deleted elsewhere and edited here waits for the decision', async () => {
  const server = new KeyedServer()
  const { all, client, sync, status } = family(server)
  await all.projects.create({ id: 'p', name: 'old' })
  await sync()
  await all.projects.update('p', { name: 'mine' })
  server.write('projects', 'p', null)
  await all.tasks.create({ id: 't', projectId: 'p' })
  await sync()
  await sync()
  const [parked] = conflicts(client).getSnapshot() ?? []
  expect(parked?.recordId).toBe('p')
  expect(server.record('tasks', 't')).toBeUndefined()
  await conflicts(client).resolve(parked?.id ?? '', 'local')
  await sync()
  expect(server.record('projects', 'p')).toMatchObject({ name: 'mine' })
  expect(server.record('tasks', 't')).toEqual({ id: 't', projectId: 'p' })
  expect(server.broken).toEqual([])
  expect(dangling(server)).toEqual([])
  expect(accounted(status())).toBe(status().writes.accepted)
  expect(status().pending).toBe(0)
})

it('a parked create holds back what refers to it', async () => {
  const server = new KeyedServer()
  const { all, client, sync, status } = family(server)
  await all.projects.create({ id: 'p', name: 'mine' })
  server.write('projects', 'p', { id: 'p', name: 'theirs' })
  await all.tasks.create({ id: 't', projectId: 'p' })
  const asked = createSyncClient({
    collections: {
      projects: record<{ id: string; name: string }>(),
      tasks: {
        schema: record<{ id: string; projectId: string }>(),
        relations: { project: belongsTo('projects', 'projectId') },
      },
    },
    conflict: { projects: () => 'ask' },
    env: virtualEnv(),
    remote: server.adapter(),
    sync: 'manual',
  })
  await asked.collections.projects.create({ id: 'q', name: 'mine' })
  server.write('projects', 'q', { id: 'q', name: 'theirs' })
  await asked.collections.tasks.create({ id: 'u', projectId: 'q' })
  await asked.synchronize()
  await asked.synchronize()
  const [parked] = conflicts(asked).getSnapshot() ?? []
  expect(parked).toMatchObject({ collection: 'projects', recordId: 'q' })
  expect(server.record('tasks', 'u')).toBeUndefined()
  await conflicts(asked).resolve(parked?.id ?? '', 'local')
  await asked.synchronize()
  expect(server.record('tasks', 'u')).toEqual({ id: 'u', projectId: 'q' })
  await asked.dispose()
  // Without anybody to ask the create goes on as an update, and what refers to it is free.
  await sync()
  expect(server.record('tasks', 't')).toEqual({ id: 't', projectId: 'p' })
  expect(conflicts(client).getSnapshot()).toEqual([])
  expect(status().pending).toBe(0)
})

it('a group in quarantine is still one after a restart', async () => {
  const server = new KeyedServer()
  const store = new Disk()
  const first = family(server, { store })
  await first.all.projects.create({ id: 'p', forbidden: true })
  await first.all.tasks.create({ id: 't', projectId: 'p' })
  await first.sync()
  await first.client.dispose()
  const { client, all, sync, status } = family(server, { store })
  expect(await all.tasks.readAll()).toEqual([])
  const list = quarantine(client).getSnapshot() ?? []
  expect(list).toHaveLength(2)
  const head = list.find(({ recordId }) => recordId === 'p')
  await quarantine(client).requeue(head?.id ?? '', { forbidden: false })
  await sync()
  expect(server.record('tasks', 't')).toEqual({ id: 't', projectId: 'p' })
  expect(server.broken).toEqual([])
  expect(accounted(status())).toBe(status().writes.accepted)
})

it('a refused create found after a restart takes along what never was sent', async () => {
  const server = new KeyedServer()
  const store = new Disk()
  const first = family(server, { store })
  await first.all.projects.create({ id: 'p', forbidden: true })
  await first.all.tasks.create({ id: 't', projectId: 'p' })
  await first.client.dispose()
  const { client, sync } = family(server, { store })
  await sync()
  expect(server.broken).toEqual([])
  expect(
    quarantine(client)
      .getSnapshot()
      ?.map(({ recordId, reason }) => `${recordId} ${reason.code}`),
  ).toEqual(['p SYNC_FORBIDDEN', 't SYNC_GROUP_ABORTED'])
})

it('an entry that fell with another can be requeued on its own: its record waits in its turn', async () => {
  const server = new KeyedServer()
  const { all, client, sync } = family(server)
  await all.projects.create({ id: 'p', forbidden: true })
  await all.tasks.create({ id: 't', projectId: 'p' })
  await sync()
  const [head, fallen] = quarantine(client).getSnapshot() ?? []
  expect(fallen?.recordId).toBe('t')
  await quarantine(client).requeue(fallen?.id ?? '', { projectId: null })
  await sync()
  expect(server.record('tasks', 't')).toEqual({ id: 't', projectId: null })
  await quarantine(client).discard(head?.id ?? '')
  expect(quarantine(client).getSnapshot()).toEqual([])
})

it('a deletion that waits for a refused one goes on: nothing else waits', async () => {
  const server = new KeyedServer()
  const { all, client, sync } = family(server)
  await all.projects.create({ id: 'p' })
  await all.tasks.create({ id: 't', projectId: 'p' })
  await sync()
  server.beforePush = once(() => [{ kind: 'rejected', error: { code: 'SYNC_FORBIDDEN' } }])
  await all.projects.delete('p')
  await sync()
  // The database keeps what its rules say, and both lie in quarantine.
  expect(server.record('projects', 'p')).toEqual({ id: 'p' })
  expect(
    quarantine(client)
      .getSnapshot()
      ?.map(({ kind, recordId }) => `${kind} ${recordId}`)
      .sort(),
  ).toEqual(['delete p', 'delete t'])
})

it('without relations nothing waits', async () => {
  const server = new KeyedServer()
  const client = createSyncClient({
    collections: { a: record<{ id: string; bId?: string }>(), b: record<{ id: string }>() },
    env: virtualEnv(),
    remote: server.adapter(),
    sync: 'manual',
  })
  await client.collections.a.create({ id: '1', bId: '2' })
  await client.collections.b.create({ id: '2' })
  await client.synchronize()
  expect(sent(server)).toEqual(['create 1', 'create 2'])
  expect(server.requests).toHaveLength(1)
  await client.dispose()
})
