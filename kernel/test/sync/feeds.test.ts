import { expect, it } from 'vitest'
import { createSyncClient, record, SyncError } from '../../src/index.ts'
import { device } from '../support/device.ts'
import { TestServer, withLimits } from '../support/server.ts'
import { virtualEnv } from '../support/virtual-env.ts'

const forbid = (server: TestServer, collection: string): void => {
  server.beforePull = ({ feed }) => {
    if (feed.collections.includes(collection)) throw new SyncError('SYNC_FORBIDDEN')
  }
}

const filled = (): TestServer => {
  const server = new TestServer()
  server.write('tasks', 't', { id: 't', title: 'a task' })
  server.write('notes', 'n', { id: 'n', body: 'a note' })
  return server
}

it('pulls all collections as one feed where the remote can', async () => {
  const server = filled()
  const { tasks, notes, sync } = device(server)
  await sync()
  expect(server.pulls.map(({ feed }) => feed.collections)).toEqual([['notes', 'tasks']])
  expect([await tasks.count(), await notes.count()]).toEqual([1, 1])
})

it('pulls each collection as a feed of its own where it cannot', async () => {
  const server = filled()
  const { sync } = device(server, { remote: server.adapter({ feedSpan: 'collection' }) })
  await sync()
  expect(server.pulls.map(({ feed }) => feed.collections)).toEqual([['notes'], ['tasks']])
  for (const { feed } of server.pulls) expect(feed.id).toMatch(/^[\x21-\x7e]{1,256}$/)
})

it('closes a forbidden feed, keeps its rows, and goes on with the others [F71]', async () => {
  const server = filled()
  const { tasks, notes, sync, status } = device(server, { remote: server.adapter({ feedSpan: 'collection' }) })
  await sync()
  forbid(server, 'notes')
  server.edit('tasks', 't', { n: 1 })
  server.edit('notes', 'n', { body: 'changed' })
  await sync()
  expect(await tasks.read('t')).toMatchObject({ n: 1 })
  expect(await notes.readAll()).toEqual([{ id: 'n', body: 'a note' }])
  expect(status().forbidden).toEqual(['notes'])
  server.beforePull = () => {}
  await sync()
  expect(await notes.readAll()).toEqual([{ id: 'n', body: 'changed' }])
  expect(status().forbidden).toEqual([])
})

it('never takes a feed that was always forbidden for an empty one [F11]', async () => {
  const server = filled()
  const { tasks, sync, status } = device(server, { remote: server.adapter({ feedSpan: 'collection' }) })
  forbid(server, 'notes')
  await sync()
  expect(await tasks.count()).toBe(1)
  expect(status().forbidden).toHaveLength(1)
})

it('does not call itself synced while a feed is forbidden', async () => {
  const server = filled()
  const { client, env, status } = device(server, { remote: server.adapter({ feedSpan: 'collection' }) })
  forbid(server, 'notes')
  await client.start()
  await env.advance(2000)
  expect(status().state).not.toBe('synced')
})

it('lets go of a row this device wrote and another deleted, though only a listing can tell', async () => {
  const server = new TestServer()
  const { tasks, sync } = device(server)
  await sync()
  await tasks.create({ id: 'mine', title: 'mine' })
  await sync()
  server.write('tasks', 'mine', null)
  server.expire()
  await sync()
  expect(await tasks.readAll()).toEqual([])
})

it('does not pull in a hot loop for news that a closed feed cannot bring [F71]', async () => {
  const server = new TestServer()
  const { client, env, tasks, status } = device(server, { retryMinMs: 1000, retryMaxMs: 10_000 })
  server.beforePull = () => {
    throw new SyncError('SYNC_FORBIDDEN')
  }
  server.beforePush = ({ operations }) => operations.map(() => ({ kind: 'conflict' }) as const)
  await client.start()
  await tasks.create({ id: 'a', title: 'a' })
  await env.advance(20_000)
  expect(server.pulls.length).toBeLessThan(40)
  expect(status().pending).toBe(1)
})

it('goes on with the other collections when a joint feed has one that the server does not know', async () => {
  const server = filled()
  const { tasks, notes, sync, status } = device(server)
  server.beforePull = ({ feed }) => {
    if (feed.collections.includes('notes')) throw new SyncError('SYNC_NOT_FOUND')
  }
  await tasks.create({ id: 'mine', title: 'mine' })
  await sync()
  expect(server.record('tasks', 'mine')).toEqual({ id: 'mine', title: 'mine' })
  expect((await tasks.readAll()).length).toBeGreaterThan(1)
  expect(await notes.readAll()).toEqual([])
  expect(status().forbidden).toHaveLength(1)
  server.beforePull = () => {}
  await sync()
  await sync()
  expect((await notes.readAll()).length).toBeGreaterThan(0)
  expect(status().forbidden).toEqual([])
})

it.each(['SYNC_PROTOCOL', 'SYNC_CONFIG_INVALID'] as const)(
  'goes on with the other collections, down and up, while the answers for one cannot be read: %s',
  async (code) => {
    const server = filled()
    const { tasks, notes, client, status, sync } = device(server, {
      remote: server.adapter({ feedSpan: 'collection' }),
    })
    server.beforePull = ({ feed }) => {
      if (feed.collections.includes('notes')) throw new SyncError(code, { message: 'notes are sick' })
    }
    await tasks.create({ id: 'mine', title: 'mine' })
    await notes.create({ id: 'mine', body: 'mine' })
    await expect(client.synchronize()).rejects.toMatchObject({ code })
    expect(await tasks.read('t')).toMatchObject({ title: 'a task' })
    expect(server.record('tasks', 'mine')).toEqual({ id: 'mine', title: 'mine' })
    // Whose rows are not known is not written to.
    expect(server.record('notes', 'mine')).toBeUndefined()
    expect(status()).toMatchObject({ pending: 1, error: { code } })
    server.beforePull = () => {}
    await sync()
    expect(server.record('notes', 'mine')).toEqual({ id: 'mine', body: 'mine' })
    expect(status().pending).toBe(0)
  },
)

it('does not ask for the other collections where nobody answers', async () => {
  const server = filled()
  const { client } = device(server, { remote: server.adapter({ feedSpan: 'collection' }) })
  server.beforePull = () => {
    throw new SyncError('SYNC_NETWORK')
  }
  await expect(client.synchronize()).rejects.toMatchObject({ code: 'SYNC_NETWORK' })
  expect(server.pulls).toHaveLength(1)
})

/** The server fails at these collections, with an answer of its own. */
const failAt = (server: TestServer, sick: readonly string[], retryAfterMs?: number): void => {
  server.beforePull = ({ feed }) => {
    const [collection = ''] = feed.collections
    if (!sick.includes(collection)) return
    throw new SyncError('SYNC_NETWORK', { message: collection, details: { status: 503 }, retryAfterMs })
  }
}

it('goes on with the other collections, down and up, while the server fails at one', async () => {
  const server = filled()
  const { tasks, notes, client, status, sync, env } = device(server, {
    remote: server.adapter({ feedSpan: 'collection' }),
  })
  failAt(server, ['notes'])
  await tasks.create({ id: 'mine', title: 'mine' })
  await notes.create({ id: 'mine', body: 'mine' })
  await client.start()
  await env.advance(0)
  expect(await tasks.read('t')).toMatchObject({ title: 'a task' })
  expect(server.record('tasks', 'mine')).toEqual({ id: 'mine', title: 'mine' })
  expect(server.record('notes', 'mine')).toBeUndefined()
  expect(status()).toMatchObject({ state: 'offline', pending: 1, error: { code: 'SYNC_NETWORK' } })
  server.beforePull = () => {}
  await sync()
  expect(server.record('notes', 'mine')).toEqual({ id: 'mine', body: 'mine' })
})

it('asks for no other collection where the server asks for time', async () => {
  const server = filled()
  const { client } = device(server, { remote: server.adapter({ feedSpan: 'collection' }) })
  failAt(server, ['notes'], 5000)
  await expect(client.synchronize()).rejects.toMatchObject({ code: 'SYNC_NETWORK' })
  expect(server.pulls).toHaveLength(1)
})

it('takes four collections that the server fails at for a server that fails', async () => {
  const server = new TestServer()
  const names = ['a', 'b', 'c', 'd', 'e', 'f']
  const client = createSyncClient({
    collections: Object.fromEntries(names.map((name) => [name, record<{ id: string }>()])),
    remote: server.adapter({ feedSpan: 'collection' }),
    sync: 'manual',
    env: virtualEnv(),
  })
  failAt(server, names)
  await expect(client.synchronize()).rejects.toMatchObject({ code: 'SYNC_NETWORK' })
  expect(server.pulls.map(({ feed }) => feed.collections[0])).toEqual(['a', 'b', 'c', 'd'])
  await client.dispose()
})

it('takes a joint feed in the order of the server, across collections', async () => {
  const server = new TestServer()
  const { client, sync } = device(server, { remote: server.adapter(withLimits({ pageRows: 2 })) })
  await sync()
  const order = ['tasks/p', 'notes/c', 'tasks/q', 'notes/d', 'tasks/r']
  for (const [n, name] of order.entries()) {
    const [collection = '', id = ''] = name.split('/')
    server.write(collection, id, { id, title: `${n}`, body: `${n}` })
  }
  const came: string[] = []
  client.observe({ 'record:changed': ({ collection, id }) => void came.push(`${collection}/${id}`) })
  await sync()
  expect(came).toEqual(order)
})
