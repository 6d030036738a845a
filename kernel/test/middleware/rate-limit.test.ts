import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type RateLimitOptions, rateLimit } from '../../src/middleware/index.ts'
import { type Device, device } from '../support/device.ts'
import { TestServer } from '../support/server.ts'
import { quiet, virtualEnv } from '../support/virtual-env.ts'
import { wireTo } from '../support/wire.ts'

interface Limited extends Device {
  readonly server: TestServer
  /** When each call reached the server, ms since the start. */
  readonly times: number[]
}

function limited(options: RateLimitOptions, more: Parameters<typeof device>[1] = {}): Limited {
  const server = new TestServer()
  const made = device(server, { use: [rateLimit(options)], ...more })
  const begin = made.env.now()
  const times: number[] = []
  server.beforePull = server.beforePush = (() => {
    times.push(made.env.now() - begin)
  }) as () => undefined
  return { ...made, server, times }
}

describe('rateLimit', () => {
  it('lets calls through no faster than told; what comes too early waits and is not dropped', async () => {
    const { tasks, sync, env, server, times } = limited({ minIntervalMs: 1000 })
    for (let n = 0; n < 30; n += 1) await tasks.create({ title: `${n}` })
    const cycle = sync()
    await env.advance(10_000)
    await cycle
    expect(times).toEqual([0, 1000, 2000, 3000])
    expect(Object.keys(server.all('tasks'))).toHaveLength(30)
    expect(env.timers()).toBe(0)
  })

  it('does not make the app wait for its own writes', async () => {
    const { tasks } = limited({ perMinute: 1 })
    for (let n = 0; n < 5; n += 1) await tasks.create({ title: `${n}` })
    expect(await tasks.count()).toBe(5)
  })

  it('saves up a burst while it is quiet, and no more than that', async () => {
    const { sync, env, times } = limited({ perMinute: 60, burst: 3 })
    const cycles = (count: number): Promise<unknown> =>
      Array.from({ length: count }).reduce<Promise<unknown>>((before) => before.then(sync), Promise.resolve())
    const first = cycles(5)
    await env.advance(60_000)
    await first
    expect(times.splice(0)).toEqual([0, 0, 0, 1000, 2000])
    const second = cycles(4)
    await env.advance(60_000)
    await second
    expect(times).toEqual([60_000, 60_000, 60_000, 61_000])
  })

  it('ends its wait with stop(), leaves no timer, and sends what waited after the next start', async () => {
    const { client, tasks, sync, env, server } = limited({ minIntervalMs: 5000 })
    await tasks.create({ id: 'a', title: 'x' })
    const cycle = sync()
    await quiet()
    expect(server.calls).toEqual(['pull'])
    expect(env.timers()).toBe(1)
    await Promise.all([client.stop(), expect(cycle).rejects.toMatchObject({ code: 'SYNC_ABORTED' })])
    expect(env.timers()).toBe(0)
    const again = sync()
    await env.advance(30_000)
    await again
    expect(server.record('tasks', 'a')).toMatchObject({ title: 'x' })
    expect(server.effects).toHaveLength(1)
  })

  it('gives back the turn of a wait that was ended', async () => {
    const { client, sync, env, times } = limited({ minIntervalMs: 1000 })
    await sync()
    for (let n = 0; n < 5; n += 1) {
      const cycle = sync().catch(() => {})
      await quiet()
      await client.stop()
      await cycle
    }
    const last = sync()
    await env.advance(1000)
    await last
    expect(times).toEqual([0, 1000])
  })

  it('ends its wait with dispose(), and leaves no timer', async () => {
    const { client, tasks, sync, env, server } = limited({ minIntervalMs: 5000 })
    await tasks.create({ id: 'a', title: 'x' })
    const cycle = sync()
    await quiet()
    await Promise.all([client.dispose(), expect(cycle).rejects.toMatchObject({ code: 'SYNC_ABORTED' })])
    expect(env.timers()).toBe(0)
    expect(server.calls).toEqual(['pull'])
  })

  it('ends its wait when it is removed; the cycle is tried again', async () => {
    const server = new TestServer()
    const { client, tasks, env } = device(server, { sync: 'auto' })
    const remove = client.use(rateLimit({ minIntervalMs: 3_600_000 }))
    await tasks.create({ id: 'a', title: 'x' })
    await quiet()
    expect(server.calls).toEqual(['pull'])
    remove()
    await env.advance(5000)
    expect(server.record('tasks', 'a')).toMatchObject({ title: 'x' })
  })

  it('counts the requests of the adapter where it is told to', async () => {
    const server = new TestServer()
    const { env, remote, requests } = wireTo(server)
    const use = [rateLimit({ minIntervalMs: 1000, kinds: ['request'] })]
    const { client, tasks, sync } = device(server, { env, remote, use })
    await tasks.create({ id: 'a', title: 'x' })
    const cycle = sync()
    await quiet()
    expect(requests).toHaveLength(1)
    await env.advance(1000)
    await cycle
    expect(requests).toHaveLength(2)
    const cut = sync()
    await quiet()
    await Promise.all([client.stop(), expect(cut).rejects.toMatchObject({ code: 'SYNC_ABORTED' })])
    expect(env.timers()).toBe(0)
  })

  it('is one limit for all clients that share it', async () => {
    const plugin = rateLimit({ minIntervalMs: 1000 })
    const env = virtualEnv()
    const [a, b] = [new TestServer(), new TestServer()]
    const cycles = [a, b].map((server) => device(server, { env, use: [plugin] }).sync())
    await quiet()
    expect([...a.calls, ...b.calls]).toHaveLength(1)
    await env.advance(1000)
    await Promise.all(cycles)
  })

  it('lets through, in any stretch of time, no more than the burst and what the rate adds', async () => {
    const waits = fc.array(fc.integer({ min: -5000, max: 5000 }), { minLength: 1, maxLength: 15 })
    await fc.assert(
      fc.asyncProperty(waits, fc.integer({ min: 1, max: 4 }), async (gaps, burst) => {
        let skew = 0
        const real = virtualEnv()
        // A device's clock may go back, and then the limit waits longer, never shorter.
        const env = { ...real, now: () => real.now() + skew }
        const { client, sync, server } = limited({ minIntervalMs: 700, burst }, { env })
        const times: number[] = []
        server.beforePull = () => {
          times.push(real.now())
        }
        const cycles: Promise<unknown>[] = []
        for (const gap of gaps) {
          if (gap < 0) skew += gap
          else await real.advance(gap)
          cycles.push(sync())
          await quiet()
        }
        await real.advance(1_000_000)
        await Promise.all(cycles)
        const stretches = times.flatMap((start, from) =>
          times.slice(from).map((end, more) => more + 1 - burst - (end - start) / 700),
        )
        expect(Math.max(...stretches)).toBeLessThanOrEqual(1e-9)
        expect(times.length).toBeGreaterThan(0)
        await client.dispose()
      }),
      { numRuns: 60 },
    )
  })

  it.each([
    [undefined, 'takes an object'],
    [{}, 'perMinute or minIntervalMs'],
    [{ perMinute: 1, minIntervalMs: 1 }, 'perMinute or minIntervalMs'],
    [{ perMinute: 0 }, 'perMinute or minIntervalMs'],
    [{ perMinute: Number.NaN }, 'perMinute or minIntervalMs'],
    [{ minIntervalMs: -1 }, 'perMinute or minIntervalMs'],
    [{ minIntervalMs: Number.POSITIVE_INFINITY }, 'perMinute or minIntervalMs'],
    [{ perMinute: 1, burst: 0 }, 'burst'],
    [{ perMinute: 1, burst: 1.5 }, 'burst'],
    [{ perMinute: 1, kinds: [] }, 'kinds'],
    [{ perMinute: 1, kinds: ['create'] }, 'kinds'],
    [{ perSecond: 1 }, 'has no "perSecond"'],
  ])('refuses %o', (options, why) => {
    expect(() => rateLimit(options as never)).toThrow(why)
    expect(() => rateLimit(options as never)).toThrow('[SYNC_CONFIG_INVALID]')
  })
})
