import { describe, expect, it, test } from 'vitest'
import { type RemoteAdapter, SyncError } from '../../src/index.ts'
import { type Device, device } from '../support/device.ts'
import { never, once, TestServer } from '../support/server.ts'
import { type VirtualEnv, virtualEnv } from '../support/virtual-env.ts'

const retryMaxMs = 10_000
/** No pull comes by itself within any test here. */
const pullIntervalMs = 100_000_000

/** A world whose timers can be lost: while `loses` says so, they are set and never ring. */
function forgetful(): VirtualEnv & { loses: (ms: number) => boolean } {
  const env = virtualEnv()
  const { setTimer } = env
  const world = {
    ...env,
    loses: (_ms: number): boolean => false,
    setTimer: (ms: number, run: () => void) => (world.loses(ms) ? () => {} : setTimer(ms, run)),
  }
  return world
}

interface Scene extends Device {
  readonly server: TestServer
  readonly env: ReturnType<typeof forgetful>
  restarts(): number
}

async function started(change: (server: TestServer) => Partial<RemoteAdapter> = () => ({})): Promise<Scene> {
  const server = new TestServer()
  const env = forgetful()
  const remote = { ...server.adapter({ live: 'none' }), ...change(server) }
  const made = device(server, { env, remote, retryMaxMs, pullIntervalMs, requestTimeoutMs: 5000 })
  await made.client.start()
  await env.advance(0)
  return { ...made, server, env, restarts: () => made.heard('sync:restarted').length }
}

const lost = (): never => {
  throw new SyncError('SYNC_NETWORK')
}

describe('a queue that stands still', () => {
  test('is started again when the timer of its back-off was lost, and observers are told [F84]', async () => {
    const { server, env, tasks, status, heard } = await started()
    server.beforePush = once(lost)
    env.loses = (ms) => ms <= retryMaxMs
    await tasks.create({ id: 'a', title: 'a' })
    await env.advance(0)
    env.loses = () => false
    const calls = server.calls.length
    await env.advance(2 * retryMaxMs - 1)
    expect(server.calls).toHaveLength(calls)
    await env.advance(retryMaxMs + 1)
    expect(heard('sync:restarted')).toEqual([{ pending: 1 }])
    expect(server.effects).toHaveLength(1)
    expect(status()).toMatchObject({ state: 'synced', pending: 0, error: undefined })
  })

  test('is started again when nobody asked for it after a write [F84]', async () => {
    const { server, env, tasks, restarts } = await started()
    const { online } = env
    // The device takes itself for offline in the moment of the write, and nobody says that it is not.
    Object.assign(env, { online: { ...online, now: () => false } })
    await tasks.create({ id: 'a', title: 'a' })
    Object.assign(env, { online })
    await env.advance(2 * retryMaxMs)
    expect(restarts()).toBe(1)
    expect(server.effects).toHaveLength(1)
  })

  test('is started again when a request hangs and its deadline was lost', async () => {
    const { server, env, tasks, restarts } = await started()
    server.beforePush = once(() => never())
    env.loses = (ms) => ms === 5000
    await tasks.create({ id: 'a', title: 'a' })
    await env.advance(0)
    env.loses = () => false
    await env.advance(5000 + 2 * retryMaxMs)
    expect(restarts()).toBe(1)
    expect(server.effects).toHaveLength(1)
  })

  test('is started again as soon as the network is there, where its return was not told', async () => {
    const { env, tasks, server, restarts } = await started()
    const { online } = env
    let connected = false
    Object.assign(env, { online: { ...online, now: () => connected } })
    await tasks.create({ id: 'a', title: 'a' })
    await env.advance(10 * retryMaxMs)
    expect(restarts()).toBe(0)
    connected = true
    await env.advance(2 * retryMaxMs)
    expect(restarts()).toBe(1)
    expect(server.effects).toHaveLength(1)
  })
})

describe('the watchdog', () => {
  it('does not disturb a wait that the server asked for', async () => {
    const { server, env, tasks, restarts } = await started()
    server.beforePush = once(() => {
      throw new SyncError('SYNC_RATE_LIMITED', { retryAfterMs: 20 * retryMaxMs })
    })
    await tasks.create({ id: 'a', title: 'a' })
    await env.advance(0)
    await tasks.create({ id: 'b', title: 'b' })
    const calls = server.calls.length
    await env.advance(20 * retryMaxMs - 1)
    expect(server.calls).toHaveLength(calls)
    await env.advance(3 * retryMaxMs)
    expect(server.effects).toHaveLength(2)
    expect(restarts()).toBe(0)
  })

  it('does not disturb a cycle that is long and goes on', async () => {
    const { server, env, tasks, restarts, client, status } = await started()
    for (let n = 0; n < 100; n += 1) server.write('tasks', `t${n}`, { id: `t${n}`, title: 'told' })
    // A page every four seconds, of twenty.
    server.beforePull = () => new Promise((resolve) => env.setTimer(4000, () => resolve(undefined)))
    server.beforePush = () => [{ kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_NETWORK' } }]
    await tasks.create({ id: 'a', title: 'a' })
    client.synchronize().catch(() => {})
    await env.advance(76_000)
    expect(status().state).toBe('syncing')
    expect(restarts()).toBe(0)
  })

  it('says nothing of failures that are tried again', async () => {
    const { server, env, tasks, restarts } = await started()
    server.beforePush = lost
    await tasks.create({ id: 'a', title: 'a' })
    await env.advance(50 * retryMaxMs)
    expect(server.calls.filter((call) => call === 'push').length).toBeGreaterThan(30)
    expect(restarts()).toBe(0)
  })

  it('keeps nobody awake: no timer of its own once nothing waits, one while something does', async () => {
    const { env, tasks, client, server } = await started()
    // That of the next pull.
    expect(env.timers()).toBe(1)
    server.beforePush = once(lost)
    await tasks.create({ id: 'a', title: 'a' })
    await env.advance(0)
    expect(env.timers()).toBe(2)
    await env.advance(retryMaxMs)
    expect(env.timers()).toBe(1)
    server.beforePush = lost
    await tasks.create({ id: 'b', title: 'b' })
    await env.advance(0)
    await client.stop()
    expect(env.timers()).toBe(0)
  })

  it('leaves a queue alone that waits for a sign-in, or for a person', async () => {
    const { env, tasks, server, restarts, status } = await started()
    server.beforePush = once(() => [{ kind: 'rejected', error: { code: 'SYNC_REJECTED' } }])
    await tasks.create({ id: 'a', title: 'a' })
    await env.advance(3 * retryMaxMs)
    expect(status().writes.quarantined).toBe(1)
    server.beforePush = () => {
      throw new SyncError('SYNC_AUTH_REQUIRED')
    }
    await tasks.create({ id: 'b', title: 'b' })
    await env.advance(10 * retryMaxMs)
    expect(status()).toMatchObject({ state: 'authRequired', pending: 1 })
    expect(restarts()).toBe(0)
    expect(env.timers()).toBe(0)
  })

  it('starts nothing that was not started, or was stopped', async () => {
    const { env, tasks, client, restarts, server } = await started()
    await client.stop()
    await tasks.create({ id: 'a', title: 'a' })
    await env.advance(10 * retryMaxMs)
    expect([restarts(), server.effects.length, env.timers()]).toEqual([0, 0, 0])
  })

  it('works after a stop() and a start() too', async () => {
    const { env, tasks, client, server, restarts } = await started()
    await client.stop()
    await client.start()
    await env.advance(0)
    server.beforePush = once(lost)
    env.loses = (ms) => ms <= retryMaxMs
    await tasks.create({ id: 'a', title: 'a' })
    await env.advance(0)
    env.loses = () => false
    await env.advance(3 * retryMaxMs)
    expect([restarts(), server.effects.length]).toEqual([1, 1])
  })
})
