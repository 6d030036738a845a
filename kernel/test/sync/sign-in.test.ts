import { expect, it } from 'vitest'
import { type Env, type RefreshableRemote, type RemoteAdapter, SyncError } from '../../src/index.ts'
import { device } from '../support/device.ts'
import { once, TestServer } from '../support/server.ts'
import { Disk } from '../support/stores.ts'
import { virtualEnv } from '../support/virtual-env.ts'

const signedOut =
  (code: 'SYNC_AUTH_REQUIRED' | 'SYNC_USER_MISMATCH' = 'SYNC_AUTH_REQUIRED') =>
  (): never => {
    throw new SyncError(code)
  }
const refreshing = (
  server: TestServer,
  refresh: () => boolean | Promise<boolean>,
): RemoteAdapter & RefreshableRemote => ({
  ...server.adapter(),
  refresh: async () => refresh(),
})

it.each(['SYNC_AUTH_REQUIRED', 'SYNC_USER_MISMATCH'] as const)(
  'asks nothing more after %s until start(), and keeps what waits [F69]',
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

it('stops at a sign-out in the middle of a batch, and loses nothing of it [F67]', async () => {
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

it('refreshes once for everything that waits, and goes on in the same cycle [F67]', async () => {
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

it('costs a write no attempt: it keeps its id and payload over a sign-out [F67]', async () => {
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

/** A sign-in that several tabs share, with refresh tokens that work once; the answer to a refresh takes a while. */
class RotatingSession {
  /** What the tabs keep together. */
  readonly kept = { access: 0, refresh: 0 }
  /** What the server takes. */
  readonly valid = { access: 1, refresh: 0 }
  used = 0
  refused = 0

  mustBeValid(): void {
    if (this.kept.access !== this.valid.access) throw new SyncError('SYNC_AUTH_REQUIRED')
  }

  async renew(): Promise<boolean> {
    const { refresh } = this.kept
    await Promise.resolve()
    if (refresh !== this.valid.refresh) {
      this.refused += 1
      return false
    }
    this.used += 1
    this.valid.refresh += 1
    this.valid.access += 1
    await Promise.resolve()
    Object.assign(this.kept, this.valid)
    return true
  }
}

/** Locks of one browser, in turns. */
function locksOf(): NonNullable<Env['locks']> {
  const last = new Map<string, Promise<unknown>>()
  return {
    hold: (name, body, how) => {
      if (how?.wait === false && last.has(name)) return Promise.reject(new Error(name))
      const turn = (last.get(name) ?? Promise.resolve()).then(body, body)
      last.set(name, turn)
      return turn
    },
  }
}

it.each([
  ['locks between them', true, 0],
  ['none', false, 1],
] as const)('tabs that renew one sign-in at the same time, with %s, stay signed in [F68]', async (_, has, refused) => {
  const session = new RotatingSession()
  const server = new TestServer()
  server.write('tasks', 'a', { id: 'a', title: 'a' })
  const store = new Disk({ tabs: true })
  const locks = has ? { locks: locksOf() } : {}
  const tab = () =>
    device(server, {
      store,
      env: Object.assign(virtualEnv(), locks),
      user: 'ann',
      remote: refreshing(server, () => session.renew()),
    })
  server.beforePull = () => session.mustBeValid()
  const tabs = [tab(), tab()]
  await Promise.all(tabs.map(({ tasks }) => tasks.count()))
  await Promise.all(tabs.map(({ sync }) => sync()))
  expect(session.refused).toBe(refused)
  for (const { status, heard } of tabs) {
    expect(status().error).toBeUndefined()
    expect(heard('sync:failed')).toEqual([])
  }
})

it('a refresh that nobody answers ends at the deadline of a request, and is tried again', async () => {
  const server = new TestServer()
  let asked = 0
  const remote = refreshing(server, () => {
    asked += 1
    return asked === 1 ? new Promise<boolean>(() => {}) : true
  })
  const { client, env, status } = device(server, { remote, requestTimeoutMs: 5000 })
  server.beforePull = () => (asked < 2 ? signedOut()() : undefined)
  await client.start()
  await env.advance(4999)
  expect(status().state).toBe('syncing')
  await env.advance(60_000)
  expect(status()).toMatchObject({ state: 'synced', error: undefined })
})
