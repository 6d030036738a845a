import { expect, it } from 'vitest'
import { quarantine } from '../../src/inbox/index.ts'
import { createSyncClient, record, SyncError } from '../../src/index.ts'
import { belongsTo } from '../../src/relations/index.ts'
import { accounted } from '../support/device.ts'
import { once, TestServer } from '../support/server.ts'
import { Disk } from '../support/stores.ts'
import { virtualEnv } from '../support/virtual-env.ts'
import { family, KeyedServer } from './family.ts'

const lost = (): never => {
  throw new SyncError('SYNC_NETWORK')
}
const waves = (server: KeyedServer): readonly (readonly string[])[] =>
  server.requests.map(({ operations }) => operations.map(({ kind, id }) => `${kind} ${id}`))

it('sends a create before everything that refers to it, by depth, whatever the order of the calls', async () => {
  const server = new KeyedServer()
  const { all, sync, status } = family(server)
  await all.taskLabels.create({ id: 'tl', taskId: 't', labelId: 'l' })
  await all.tasks.create({ id: 't', projectId: 'p' })
  await all.projects.create({ id: 'p', ownerId: 'ada' })
  await all.people.create({ id: 'ada' })
  await all.labels.create({ id: 'l' })
  await sync()
  expect(waves(server)).toEqual([['create ada', 'create l'], ['create p'], ['create t'], ['create tl']])
  expect(server.broken).toEqual([])
  expect(status()).toMatchObject({ pending: 0, writes: { applied: 5 } })
})

it('lets a write that refers to nothing that waits go at once', async () => {
  const server = new KeyedServer()
  const { all, sync } = family(server)
  await all.projects.create({ id: 'p' })
  await all.tasks.create({ id: 't' })
  await all.tasks.create({ id: 'u', projectId: null })
  await sync()
  expect(waves(server)).toEqual([['create p', 'create t', 'create u']])
})

it('sends an update that refers to a new record after it, and the deletion of a record after what lets go of it', async () => {
  const server = new KeyedServer()
  const { all, sync } = family(server)
  await all.projects.create({ id: 'p' })
  await all.tasks.createMany([
    { id: 't', projectId: 'p' },
    { id: 'u', projectId: 'p' },
  ])
  await sync()
  server.requests.length = 0
  await all.tasks.update('t', { projectId: 'q' })
  await all.projects.create({ id: 'q' })
  await all.projects.delete('p')
  expect(await all.tasks.read('u')).toBeUndefined()
  await sync()
  expect(waves(server)).toEqual([['create q', 'delete u'], ['update t'], ['delete p']])
  expect(server.broken).toEqual([])
})

it('keeps the order over a lost answer, and over a restart in the middle', async () => {
  const server = new KeyedServer()
  const store = new Disk()
  const first = family(server, { store })
  await first.all.tasks.create({ id: 't', projectId: 'p' })
  await first.all.projects.create({ id: 'p' })
  server.beforePush = once(lost)
  await expect(first.sync()).rejects.toMatchObject({ code: 'SYNC_NETWORK' })
  await first.client.dispose()
  const second = family(server, { store })
  server.afterPush = once(lost)
  await expect(second.sync()).rejects.toMatchObject({ code: 'SYNC_NETWORK' })
  await second.sync()
  expect(waves(server)).toEqual([['create p'], ['create p'], ['create p'], ['create t']])
  expect(server.broken).toEqual([])
  expect(second.status()).toMatchObject({ pending: 0 })
})

it('waits while what it refers to keeps failing, and nothing else waits with it [F30]', async () => {
  const server = new KeyedServer()
  const { all, sync, status } = family(server)
  server.beforePush = ({ operations }) =>
    operations.some(({ id }) => id === 'p')
      ? operations.map(({ id }) => ({
          kind: 'retry',
          outcome: 'unapplied',
          error: { code: id === 'p' ? 'SYNC_NETWORK' : 'SYNC_OUTCOME_UNKNOWN' },
        }))
      : undefined
  await all.projects.create({ id: 'p' })
  await all.tasks.create({ id: 't', projectId: 'p' })
  await sync()
  await all.tasks.create({ id: 'free' })
  server.beforePush = ({ operations }) =>
    operations.map(({ id }) => id).includes('p')
      ? [{ kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_NETWORK' } }]
      : undefined
  await sync().catch(() => undefined)
  expect(server.sent.some(({ id }) => id === 't')).toBe(false)
  server.beforePush = () => undefined
  await sync()
  expect(Object.keys(server.all('tasks')).sort()).toEqual(['free', 't'])
  expect(status().pending).toBe(0)
})

it('a refused create takes what refers to it into quarantine, as one group, and a requeue brings all of it back in order [F30]', async () => {
  const server = new KeyedServer()
  const { all, client, sync, status } = family(server)
  const heard: string[] = []
  client.observe({ 'operation:quarantined': ({ id, error }) => heard.push(`${id} ${error.code}`) })
  await all.tasks.create({ id: 's', parentId: 't' })
  await all.projects.create({ id: 'p', forbidden: true })
  await all.tasks.create({ id: 't', projectId: 'p' })
  await all.tasks.update('t', { title: 'later' }, { where: { id: 't' } })
  await all.tasks.create({ id: 'other' })
  await all.tasks.update('other', { projectId: 'p' })
  await all.tasks.update('other', { title: 'stays' })
  await sync()
  expect(server.broken).toEqual([])
  expect(server.all('tasks')).toEqual({ other: { id: 'other', title: 'stays' } })
  const list = quarantine(client).getSnapshot() ?? []
  expect(list.map(({ kind, recordId, reason }) => `${kind} ${recordId} ${reason.code}`).sort()).toEqual([
    'create p SYNC_FORBIDDEN',
    'create s SYNC_GROUP_ABORTED',
    'create t SYNC_GROUP_ABORTED',
    'update other SYNC_GROUP_ABORTED',
    'update t SYNC_GROUP_ABORTED',
  ])
  expect(heard.sort()).toEqual([
    'other SYNC_GROUP_ABORTED',
    'p SYNC_FORBIDDEN',
    's SYNC_GROUP_ABORTED',
    't SYNC_GROUP_ABORTED',
  ])
  expect(await all.tasks.read('t')).toBeUndefined()
  expect(accounted(status())).toBe(status().writes.accepted)
  const head = list.find(({ recordId }) => recordId === 'p')
  await quarantine(client).requeue(head?.id ?? '', { forbidden: false })
  await sync()
  expect(server.broken).toEqual([])
  expect(quarantine(client).getSnapshot()).toEqual([])
  expect(server.all('tasks')).toEqual({
    s: { id: 's', parentId: 't' },
    t: { id: 't', projectId: 'p', title: 'later' },
    other: { id: 'other', title: 'stays', projectId: 'p' },
  })
  expect(status()).toMatchObject({ pending: 0, writes: { quarantined: 0 } })
  expect(accounted(status())).toBe(status().writes.accepted)
})

it('a ring of new records is opened at the last one: its reference follows as an update', async () => {
  const server = new KeyedServer()
  const { all, sync, status } = family(server)
  await all.people.createMany([
    { id: 'a', friendId: 'b' },
    { id: 'b', friendId: 'c' },
    { id: 'c', friendId: 'a' },
  ])
  await sync()
  expect(waves(server)).toEqual([['create c'], ['create b'], ['create a'], ['update c']])
  expect(server.broken).toEqual([])
  expect(server.all('people')).toEqual({
    a: { id: 'a', friendId: 'b' },
    b: { id: 'b', friendId: 'c' },
    c: { id: 'c', friendId: 'a' },
  })
  expect(status()).toMatchObject({ pending: 0, writes: { accepted: 3, applied: 3 } })
})

it('a ring whose last reference a later write replaces is opened without another update', async () => {
  const server = new KeyedServer()
  const { all, sync, status } = family(server)
  await all.people.createMany([
    { id: 'a', friendId: 'b' },
    { id: 'b', friendId: 'a' },
  ])
  await all.people.update('b', { friendId: null }, { where: { id: 'b' } })
  await sync()
  expect(server.broken).toEqual([])
  expect(server.record('people', 'b')).toEqual({ id: 'b', friendId: null })
  expect(server.sent).toHaveLength(3)
  expect(accounted(status())).toBe(status().writes.accepted)
})

it('a ring of deletions is opened by letting go first, once', async () => {
  const server = new TestServer()
  const client = createSyncClient({
    collections: {
      nodes: {
        schema: record<{ id: string; nextId?: string | null }>(),
        relations: { next: belongsTo('nodes', 'nextId') },
      },
    },
    env: virtualEnv(),
    remote: server.adapter(),
    sync: 'manual',
  })
  const { nodes } = client.collections
  await nodes.createMany([
    { id: 'a', nextId: 'b' },
    { id: 'b', nextId: 'c' },
    { id: 'c', nextId: 'a' },
  ])
  await client.synchronize()
  server.requests.length = 0
  for (const id of ['a', 'b', 'c']) await nodes.delete(id)
  await client.synchronize()
  const operations = (): readonly string[] => server.sent.map(({ kind, id }) => `${kind} ${id}`)
  expect(operations()).toEqual(['update c', 'delete a', 'delete b', 'delete c'])
  expect(server.sent[0]?.change).toEqual({ set: { nextId: null } })
  expect(server.all('nodes')).toEqual({})
  const status = client.status.getSnapshot()
  expect(status).toMatchObject({ pending: 0, writes: { accepted: 6, applied: 6 } })
  await client.dispose()
})

it('a ring that cannot be opened is left to the server, and does not go on for ever', async () => {
  const server = new TestServer()
  const client = createSyncClient({
    collections: {
      nodes: {
        schema: record<{ id: string; nextId?: string | null }>(),
        relations: { next: belongsTo('nodes', 'nextId') },
      },
    },
    env: virtualEnv(),
    remote: server.adapter(),
    sync: 'manual',
  })
  const { nodes } = client.collections
  await nodes.createMany([
    { id: 'a', nextId: 'b' },
    { id: 'b', nextId: 'a' },
  ])
  await client.synchronize()
  server.requests.length = 0
  // As a database does whose key may not be null.
  server.beforePush = ({ operations }) =>
    operations.some(({ kind }) => kind === 'update')
      ? operations.map(() => ({ kind: 'rejected', error: { code: 'SYNC_REJECTED' } }) as const)
      : undefined
  await nodes.delete('a')
  await nodes.delete('b')
  await client.synchronize()
  expect(server.sent.map(({ kind, id }) => `${kind} ${id}`)).toEqual(['update b', 'update a', 'delete b', 'delete a'])
  expect(server.all('nodes')).toEqual({})
  expect(client.status.getSnapshot()).toMatchObject({ pending: 0 })
  await client.dispose()
})

it('a record that refers to itself waits for nobody', async () => {
  const server = new KeyedServer()
  const { all, sync } = family(server)
  await all.people.create({ id: 'a', friendId: 'a' })
  await sync()
  await all.people.delete('a')
  await sync()
  expect(waves(server)).toEqual([['create a'], ['delete a']])
})

it('a record made again is deleted before, and referred to after', async () => {
  const server = new KeyedServer()
  const { all, sync } = family(server)
  await all.projects.create({ id: 'p', name: 'old' })
  await all.tasks.create({ id: 't', projectId: 'p' })
  await sync()
  server.requests.length = 0
  await all.tasks.update('t', { projectId: null })
  await all.projects.delete('p')
  await all.projects.create({ id: 'p', name: 'new' })
  await all.tasks.update('t', { projectId: 'p' })
  await all.tasks.update('t', { projectId: null })
  await all.people.create({ id: 'x' })
  await all.people.create({ id: 'y', friendId: 'x' })
  await sync()
  expect(waves(server)).toEqual([
    ['update t', 'create x'],
    ['delete p', 'create y'],
    ['create p'],
    ['update t'],
    ['update t'],
  ])
  expect(server.broken).toEqual([])
})
