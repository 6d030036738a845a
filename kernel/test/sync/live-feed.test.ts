import { expect, it } from 'vitest'
import { type LiveEvent, type LiveRemote, type RemoteAdapter, SyncError } from '../../src/index.ts'
import { type Device, device } from '../support/device.ts'
import { once, TestServer } from '../support/server.ts'

async function started(server: TestServer): Promise<Device> {
  const made = device(server, { pullIntervalMs: 60_000 })
  await made.client.start()
  await made.env.advance(5000)
  return made
}

it('pulls at once after the feed came up, and once more when all that went untold must show [F76]', async () => {
  const server = new TestServer()
  const { client, env } = device(server)
  await client.start()
  await env.advance(0)
  const first = server.pulls.length
  expect(first).toBeGreaterThan(0)
  await env.advance(999)
  expect(server.pulls).toHaveLength(first)
  await env.advance(1)
  expect(server.pulls).toHaveLength(first + 1)
})

it('pulls when poked', async () => {
  const server = new TestServer()
  const { tasks, env } = await started(server)
  const before = server.pulls.length
  server.write('tasks', 'a', { id: 'a', title: 'a' })
  await env.advance(0)
  expect(await tasks.count()).toBe(0)
  server.tell({ kind: 'poke' })
  await env.advance(0)
  expect(await tasks.count()).toBe(1)
  expect(server.pulls.length).toBe(before + 1)
})

it('pulls once more for all pokes that came during a run', async () => {
  const server = new TestServer()
  const { tasks, env } = await started(server)
  const before = server.pulls.length
  server.afterPull = once(() => {
    server.write('tasks', 'late', { id: 'late', title: 'late' })
    for (let poke = 0; poke < 5; poke += 1) server.tell({ kind: 'poke' })
  })
  server.tell({ kind: 'poke' })
  await env.advance(0)
  expect(await tasks.count()).toBe(1)
  expect(server.pulls.length).toBe(before + 2)
})

it('pulls on a timer although the live feed looks healthy [F77]', async () => {
  const server = new TestServer()
  const { tasks, env } = await started(server)
  server.write('tasks', 'untold', { id: 'untold', title: 'untold' })
  await env.advance(70_000)
  expect(await tasks.count()).toBe(1)
})

it('subscribes again after the feed went down, and pulls what it missed [F75]', async () => {
  const server = new TestServer()
  const { tasks, env } = await started(server)
  expect(server.subscribers).toBe(1)
  server.tell({ kind: 'down', error: { code: 'SYNC_NETWORK' } })
  expect(server.subscribers).toBe(0)
  server.write('tasks', 'missed', { id: 'missed', title: 'missed' })
  await env.advance(3000)
  expect(server.subscribers).toBe(1)
  expect(await tasks.count()).toBe(1)
})

it('waits as long as the server asks before it subscribes again', async () => {
  const server = new TestServer()
  const { env } = await started(server)
  server.tell({ kind: 'down', error: { code: 'SYNC_RATE_LIMITED', retryAfterMs: 40_000 } })
  await env.advance(39_999)
  expect(server.subscribers).toBe(0)
  await env.advance(40_001)
  expect(server.subscribers).toBe(1)
})

it('hears nothing more of a subscription that went down', async () => {
  const server = new TestServer()
  const adapter = server.adapter()
  const listeners: ((event: LiveEvent) => void)[] = []
  const remote: RemoteAdapter & LiveRemote = {
    ...adapter,
    subscribe: (feed, listener, context) => {
      listeners.push(listener)
      return adapter.subscribe(feed, listener, context)
    },
  }
  const { client, env } = device(server, { remote })
  await client.start()
  await env.advance(5000)
  const down = { kind: 'down', error: { code: 'SYNC_NETWORK' } } as const
  listeners[0]?.(down)
  await env.advance(5000)
  const [pulls, subscriptions] = [server.pulls.length, listeners.length]
  for (const event of [down, { kind: 'poke' }, { kind: 'up' }] as const) listeners[0]?.(event)
  await env.advance(2000)
  expect([server.pulls.length, listeners.length, server.subscribers]).toEqual([pulls, subscriptions, 1])
})

it('survives a subscription that throws', async () => {
  const server = new TestServer()
  const adapter = server.adapter()
  let tries = 0
  const remote = {
    ...adapter,
    subscribe: (...given: Parameters<typeof adapter.subscribe>) => {
      tries += 1
      if (tries === 1) throw new SyncError('SYNC_NETWORK')
      return adapter.subscribe(...given)
    },
  }
  const { client, env, tasks } = device(server, { remote })
  await client.start()
  await env.advance(120_000)
  server.write('tasks', 'a', { id: 'a', title: 'a' })
  server.tell({ kind: 'poke' })
  await env.advance(0)
  expect(await tasks.count()).toBe(1)
})

it('takes rows told live only where the remote has ordered revisions [F78 F79]', async () => {
  const server = new TestServer()
  const { client, env, tasks } = device(server, { remote: server.adapter({ live: 'data', revisions: 'opaque' }) })
  server.write('tasks', 'a', { id: 'a', title: 'on the server' })
  await client.start()
  await env.advance(5000)
  const before = server.pulls.length
  server.tell({
    kind: 'data',
    changes: [{ kind: 'record', collection: 'tasks', id: 'a', revision: 'zz', record: { id: 'a', title: 'told' } }],
  })
  await env.advance(0)
  expect(await tasks.read('a')).toEqual({ id: 'a', title: 'on the server' })
  expect(server.pulls.length).toBe(before + 1)
})

it('polls a feed whose subscription the server refuses for good, asks for it ever more rarely, and keeps the others live [F81]', async () => {
  const server = new TestServer()
  const adapter = server.adapter({ feedSpan: 'collection' })
  let refusals = 0
  const remote: typeof adapter = {
    ...adapter,
    subscribe: (feed, listener, context) => {
      if (feed.collections.includes('notes')) return adapter.subscribe(feed, listener, context)
      refusals += 1
      void Promise.resolve().then(() => listener({ kind: 'down', error: { code: 'SYNC_RATE_LIMITED' } }))
      return () => {}
    },
  }
  const { client, env, tasks, notes, status } = device(server, { remote, pullIntervalMs: 60_000 })
  await client.start()
  await env.advance(5000)
  server.write('tasks', 'a', { id: 'a', title: 'a' })
  await env.advance(70_000)
  expect(await tasks.count()).toBe(1)
  server.write('notes', 'n', { id: 'n', body: 'n' })
  server.tell({ kind: 'poke' })
  await env.advance(0)
  expect(await notes.count()).toBe(1)
  const asked = refusals
  await env.advance(3_600_000)
  expect(refusals - asked).toBeGreaterThan(10)
  expect(refusals - asked).toBeLessThan(240)
  expect(status()).toMatchObject({ state: 'synced', error: undefined })
})
