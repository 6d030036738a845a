import { describe, expect, it } from 'vitest'
import { SyncError } from '../../src/index.ts'
import { type Device, type DeviceOptions, device } from '../support/device.ts'
import { never, TestServer } from '../support/server.ts'
import { Disk, wrapStore } from '../support/stores.ts'
import { quiet, until, virtualEnv } from '../support/virtual-env.ts'

const hourMs = 3_600_000

const down = (): never => {
  throw new SyncError('SYNC_NETWORK')
}

/** Devices that share a server, and a clock: each has timers and chances of its own, and all are moved on together. */
async function fleet(server: TestServer, size: number, options: DeviceOptions = {}): Promise<readonly Device[]> {
  const all = Array.from({ length: size }, (_, seed) =>
    device(server, { env: virtualEnv({ seed: seed + 1 }), ...options }),
  )
  for (const { client } of all) await client.start()
  await advance(all, 5000)
  return all
}

async function advance(all: readonly Device[], ms: number, stepMs: number = 250): Promise<void> {
  for (let passed = 0; passed < ms; passed += stepMs) for (const { env } of all) await env.advance(stepMs)
}

/** Calls of the server by second, while time passes. */
async function callsBySecond(all: readonly Device[], server: TestServer, seconds: number): Promise<readonly number[]> {
  const buckets: number[] = []
  for (let second = 0; second < seconds; second += 1) {
    const { length } = server.calls
    await advance(all, 1000)
    buckets.push(server.calls.length - length)
  }
  return buckets
}

const mean = (list: readonly number[]): number => list.reduce((sum, one) => sum + one, 0) / list.length

describe('many devices', () => {
  it('that come online at the same moment do not come back to the server in one second [F35]', async () => {
    const server = new TestServer()
    const all = await fleet(server, 50, { remote: server.adapter({ live: 'none' }), pullIntervalMs: 10 * hourMs })
    for (const { env } of all) env.setOnline(false)
    for (const { env } of all) env.setOnline(true)
    const buckets = await callsBySecond(all, server, 5)
    expect(buckets.reduce((sum, one) => sum + one, 0)).toBeGreaterThanOrEqual(50)
    expect(Math.max(...buckets)).toBeLessThan(3 * mean(buckets))
    expect(buckets.filter((one) => one > 0)).toHaveLength(5)
  })

  it('that were refused for minutes come back spread over their longest wait [F35]', async () => {
    const server = new TestServer()
    const all = await fleet(server, 50, { remote: server.adapter({ live: 'none' }), retryMaxMs: 30_000 })
    const sums = Array.from({ length: 30 }, () => 0)
    // Several outages, because of few devices chance alone puts more into one second than into another.
    for (let outage = 0; outage < 8; outage += 1) {
      server.calls.splice(0)
      server.beforePull = down
      await advance(all, 120_000, 5000)
      server.beforePull = () => {}
      const buckets = await callsBySecond(all, server, sums.length)
      for (const [second, calls] of buckets.entries()) sums[second] = (sums[second] ?? 0) + calls
    }
    expect(Math.max(...sums)).toBeLessThanOrEqual(3 * mean(sums))
    for (const { status } of all) expect(status().error).toBeUndefined()
  }, 60_000)
})

describe('while the server fails', () => {
  it('a device with a long queue tries no more than it must, and as soon as it answers all goes out [F34]', async () => {
    const server = new TestServer()
    const made = device(server, { pullIntervalMs: 60_000 })
    await made.client.start()
    await made.env.advance(5000)
    server.beforePull = down
    server.beforePush = down
    for (let n = 0; n < 60; n += 1) await made.tasks.create({ id: `t${n}`, title: `task ${n}` })
    let most = 0
    for (let second = 0; second < 600; second += 10) {
      const { length } = server.calls
      await made.env.advance(10_000)
      most = Math.max(most, server.calls.length - length)
    }
    expect(most).toBeLessThanOrEqual(40)
    expect(most).toBeGreaterThan(0)
    server.beforePull = () => {}
    server.beforePush = () => {}
    await made.env.advance(120_000)
    expect(made.status()).toMatchObject({ state: 'synced', pending: 0 })
    expect(server.effects).toHaveLength(60)
  })

  it('a live channel that went down is not tried until a cycle has found the server to answer', async () => {
    const server = new TestServer()
    const adapter = server.adapter()
    let subscriptions = 0
    const remote: typeof adapter = {
      ...adapter,
      subscribe: (...given) => {
        subscriptions += 1
        return adapter.subscribe(...given)
      },
    }
    const { client, env } = device(server, { remote, retryMaxMs: 60_000 })
    await client.start()
    await env.advance(5000)
    server.beforePull = down
    server.tell({ kind: 'poke' })
    await env.advance(0)
    server.tell({ kind: 'down', error: { code: 'SYNC_NETWORK' } })
    await env.advance(600_000)
    expect([subscriptions, server.subscribers]).toEqual([1, 0])
    server.beforePull = () => {}
    await env.advance(240_000)
    expect([subscriptions, server.subscribers]).toEqual([2, 1])
  })

  it.each([Number.NaN, -5, Number.POSITIVE_INFINITY])(
    'is not kept waiting by a time to wait of %d',
    async (retryAfterMs) => {
      const server = new TestServer()
      const { client, env, status } = device(server)
      await client.start()
      await env.advance(5000)
      server.beforePull = () => {
        throw new SyncError('SYNC_NETWORK', { retryAfterMs })
      }
      server.tell({ kind: 'poke' })
      await env.advance(0)
      server.beforePull = () => {}
      await env.advance(2 * hourMs + 60_000)
      expect(status().state).toBe('synced')
    },
  )
})

describe('a device at rest', () => {
  it.each(['memory', 'disk', 'shared by tabs'])('does nothing between its pulls (%s)', async (kind) => {
    const server = new TestServer()
    const inner = kind === 'memory' ? undefined : new Disk({ tabs: kind !== 'disk', tells: true })
    const store = wrapStore(inner)
    const plain = virtualEnv()
    let set = 0
    const env = {
      ...plain,
      setTimer: (ms: number, run: () => void) => {
        set += 1
        return plain.setTimer(ms, run)
      },
    }
    const { client, status } = device(server, { env, store, pullIntervalMs: 60_000 })
    await client.start()
    await env.advance(60_000)
    const [calls, commits, timers] = [server.calls.length, store.commits.length, set]
    await env.advance(hourMs)
    const pulls = server.calls.length - calls
    expect(pulls).toBeGreaterThanOrEqual(54)
    expect(pulls).toBeLessThanOrEqual(67)
    // A pull of nothing stores nothing but the time of the server, and needs one timer for its deadline and one for the next.
    expect(store.commits.length - commits).toBeLessThanOrEqual(pulls)
    expect(set - timers).toBeLessThanOrEqual(4 * pulls)
    expect(env.timers()).toBeLessThanOrEqual(2)
    expect(status().state).toBe('synced')
  })
})

describe('middleware of the app that hangs', () => {
  it.each(['pull', 'push'] as const)(
    'in a %s holds up the cycle, but neither stop() nor what comes after it',
    async (kind) => {
      const server = new TestServer()
      let hangs = true
      let late = (): Promise<unknown> => never()
      const layer = (_: unknown, next: () => Promise<never>): Promise<never> => {
        if (!hangs) return next()
        late = next
        return never()
      }
      const { client, env, tasks, status } = device(server, {
        use: [{ name: 'hanging', middleware: { [kind]: layer } }],
      })
      await tasks.create({ id: 'a', title: 'a' })
      await client.start()
      await env.advance(600_000)
      expect(status().pending).toBe(1)
      await client.stop()
      await quiet()
      expect(env.timers()).toBe(0)
      const calls = server.calls.length
      await expect(late()).rejects.toThrow()
      expect(server.calls).toHaveLength(calls)
      hangs = false
      await client.start()
      await env.advance(5000)
      expect(status()).toMatchObject({ state: 'synced', pending: 0 })
    },
  )

  it('in a write holds up the writes of that record, and no other', async () => {
    const server = new TestServer()
    const middleware = {
      create: (step: { readonly record: { readonly id?: string } }, next: () => Promise<never>) =>
        step.record.id === 'a' ? never() : next(),
    }
    const { client, env, tasks, status } = device(server, {
      use: [{ name: 'hanging', middleware: middleware as never }],
    })
    void tasks.create({ id: 'a', title: 'a' })
    await tasks.create({ id: 'b', title: 'b' })
    await client.start()
    await env.advance(5000)
    expect(status()).toMatchObject({ state: 'synced', writes: { accepted: 1, applied: 1 } })
    await client.dispose()
    await until(() => env.timers() === 0)
  })
})
