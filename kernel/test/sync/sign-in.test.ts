import { expect, it } from 'vitest'
import { type RefreshableRemote, type RemoteAdapter, SyncError } from '../../src/index.ts'
import { device } from '../support/device.ts'
import { once, TestServer } from '../support/server.ts'

const signedOut =
  (code: 'SYNC_AUTH_REQUIRED' | 'SYNC_USER_MISMATCH' = 'SYNC_AUTH_REQUIRED') =>
  (): never => {
    throw new SyncError(code)
  }
const refreshing = (server: TestServer, refresh: () => boolean): RemoteAdapter & RefreshableRemote => ({
  ...server.adapter(),
  refresh: async () => refresh(),
})

it.each(['SYNC_AUTH_REQUIRED', 'SYNC_USER_MISMATCH'] as const)(
  'asks nothing more after %s until start()',
  async (code) => {
    const server = new TestServer()
    const { client, tasks, env, status, heard } = device(server)
    server.beforePull = signedOut(code)
    await client.start()
    await env.advance(0)
    expect(status()).toMatchObject({ state: 'authRequired', error: { code } })
    const calls = server.calls.length
    await tasks.create({ id: 'a', title: 'kept' })
    env.setOnline(false)
    env.setOnline(true)
    server.tell({ kind: 'poke' })
    await env.advance(3_600_000)
    expect(server.calls).toHaveLength(calls)
    expect(heard('sync:failed')).toMatchObject([{ error: { code }, retryInMs: undefined }])
    server.beforePull = () => {}
    await client.start()
    await env.advance(5000)
    expect(server.record('tasks', 'a')).toEqual({ id: 'a', title: 'kept' })
    expect(status()).toMatchObject({ state: 'synced', pending: 0, error: undefined })
  },
)

it('stops at a sign-out in the middle of a batch, and loses nothing of it', async () => {
  const server = new TestServer()
  const { client, tasks, env, status } = device(server, { sync: 'auto' })
  server.beforePush = once(() => {
    server.write('tasks', 'a', { id: 'a', title: 'a' })
    return [
      { kind: 'applied', row: server.row('tasks', 'a') },
      { kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_AUTH_REQUIRED' } },
    ]
  })
  await tasks.createMany([
    { id: 'a', title: 'a' },
    { id: 'b', title: 'b' },
  ])
  await env.advance(5000)
  expect(status()).toMatchObject({ state: 'authRequired', pending: 1, writes: { applied: 1 } })
  await client.start()
  await env.advance(5000)
  expect(status()).toMatchObject({ state: 'synced', pending: 0, writes: { applied: 2 } })
  expect(server.sent).toHaveLength(3)
})

it('refreshes once for everything that waits, and goes on in the same cycle', async () => {
  const server = new TestServer()
  let refreshed = 0
  const remote = refreshing(server, () => {
    refreshed += 1
    return true
  })
  const { tasks, sync, status, heard } = device(server, { remote })
  server.write('tasks', 'a', { id: 'a', title: 'a' })
  server.beforePull = () => (refreshed === 0 ? signedOut()() : undefined)
  await tasks.create({ id: 'b', title: 'b' })
  const both = [sync(), sync()]
  expect(await Promise.all(both)).toMatchObject([
    { pulled: 1, pushed: 1 },
    { pulled: 1, pushed: 1 },
  ])
  expect(refreshed).toBe(1)
  expect(heard('sync:failed')).toEqual([])
  expect(status()).toMatchObject({ pending: 0, error: undefined })
})

it.each([
  ['refreshing says so', false],
  ['the fresh credentials are refused too', true],
])('is signed out when %s, and asks for it once only', async (_, renewed) => {
  const server = new TestServer()
  let refreshed = 0
  const remote = refreshing(server, () => {
    refreshed += 1
    return renewed
  })
  const { client, env, status } = device(server, { remote })
  server.beforePull = signedOut()
  await client.start()
  await env.advance(3_600_000)
  expect(refreshed).toBe(1)
  expect(status().state).toBe('authRequired')
})

it('costs a write no attempt: it keeps its id and payload over a sign-out', async () => {
  const server = new TestServer()
  const { tasks, sync } = device(server)
  await tasks.create({ id: 'a', title: 'a' })
  server.beforePush = once(signedOut())
  await expect(sync()).rejects.toMatchObject({ code: 'SYNC_AUTH_REQUIRED', retry: 'afterAuth' })
  await sync()
  const [first, second] = server.sent
  expect(second?.opId).toBe(first?.opId)
  expect(second?.change).toEqual(first?.change)
  expect(server.effects).toHaveLength(1)
})

it('serves who calls while the sign-in is renewed', async () => {
  const server = new TestServer()
  const { client, tasks, sync } = device(server, { remote: refreshing(server, () => true) })
  let second: Promise<unknown> | undefined
  server.beforePull = once(() => {
    second = client.synchronize()
    throw new SyncError('SYNC_AUTH_REQUIRED')
  })
  server.write('tasks', 'a', { id: 'a', title: 'a' })
  await sync()
  await second
  expect(await tasks.count()).toBe(1)
})
