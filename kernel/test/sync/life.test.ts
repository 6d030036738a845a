import { describe, expect, it } from 'vitest'
import { conflicts, quarantine } from '../../src/inbox/index.ts'
import { isSyncError } from '../../src/index.ts'
import { accounted, apart, type Device, device } from '../support/device.ts'
import { never, TestServer } from '../support/server.ts'
import { Disk } from '../support/stores.ts'
import { quiet, until } from '../support/virtual-env.ts'

/** A device with work both ways, stopped `steps` turns after it began. */
async function interrupted(steps: number): Promise<{ readonly server: TestServer; readonly made: Device }> {
  const server = new TestServer()
  for (let n = 0; n < 12; n += 1) server.write('tasks', `t${n}`, { id: `t${n}`, title: `task ${n}` })
  const made = device(server, { store: new Disk() })
  await made.tasks.createMany([
    { id: 'a', title: 'a' },
    { id: 'b', title: 'b' },
  ])
  await made.tasks.update('a', { n: 1 }, apart('a'))
  void made.client.start()
  for (let step = 0; step < steps; step += 1) await Promise.resolve()
  return { server, made }
}

const moments = Array.from({ length: 50 }, (_, at) => at * 4)

describe('stop()', () => {
  it('settles at any moment, leaves no timer and no subscription, and start() goes on', async () => {
    for (const steps of moments) {
      const { server, made } = await interrupted(steps)
      await made.client.stop()
      await quiet()
      expect([made.env.timers(), server.subscribers], `after ${steps} turns`).toEqual([0, 0])
      expect(made.status().state).toBe('paused')
      const calls = server.calls.length
      await made.env.advance(3_600_000)
      expect(server.calls).toHaveLength(calls)
      await made.client.start()
      await made.env.advance(5000)
      expect(made.status(), `after ${steps} turns`).toMatchObject({
        state: 'synced',
        pending: 0,
        writes: { applied: 3 },
      })
      expect(await made.tasks.count()).toBe(14)
      expect(server.effects).toHaveLength(3)
      await made.client.dispose()
    }
  })

  it('ends a request that never answers', async () => {
    const server = new TestServer()
    server.beforePull = () => never()
    const { client, env } = device(server)
    await client.start()
    await until(() => server.pulls.length === 1)
    await client.stop()
    expect(server.contexts[0]?.signal.aborted).toBe(true)
    expect(env.timers()).toBe(0)
  })

  it('rejects a synchronize() under way, and the next one works', async () => {
    const server = new TestServer()
    const { client, sync } = device(server)
    server.beforePull = () => never()
    const cut = sync()
    await until(() => server.pulls.length === 1)
    await client.stop()
    await expect(cut).rejects.toMatchObject({ code: 'SYNC_ABORTED' })
    server.beforePull = () => {}
    await expect(sync()).resolves.toMatchObject({ pulled: 0 })
  })

  it('works before the first start, twice, and together with start', async () => {
    const server = new TestServer()
    const { client, env, sync } = device(server)
    await client.stop()
    await Promise.all([client.start(), client.stop(), client.start(), client.stop()])
    await client.stop()
    await env.advance(3_600_000)
    expect(env.timers()).toBe(0)
    await sync()
    await Promise.all([client.stop(), client.start()])
    await env.advance(5000)
    expect(server.subscribers).toBeLessThanOrEqual(1)
  })

  it('lets synchronize() do one cycle, and nothing after it', async () => {
    const server = new TestServer()
    const { tasks, env, sync } = device(server)
    await sync()
    const calls = server.calls.length
    await tasks.create({ title: 'a' })
    await env.advance(3_600_000)
    expect([server.calls.length, env.timers()]).toEqual([calls, 0])
  })
})

describe('dispose()', () => {
  it('settles at any moment, leaves no timer and no subscription, and loses no write', async () => {
    for (const steps of moments) {
      const server = new TestServer()
      const store = new Disk()
      const made = device(server, { store })
      await made.tasks.createMany([
        { id: 'a', title: 'a' },
        { id: 'b', title: 'b' },
      ])
      void made.client.start()
      for (let step = 0; step < steps; step += 1) await Promise.resolve()
      await made.client.dispose()
      await quiet()
      expect([made.env.timers(), server.subscribers], `after ${steps} turns`).toEqual([0, 0])
      const calls = server.calls.length
      await made.env.advance(3_600_000)
      expect(server.calls).toHaveLength(calls)
      const next = device(server, { store })
      await next.sync()
      expect(next.status(), `after ${steps} turns`).toMatchObject({ pending: 0, writes: { accepted: 2, applied: 2 } })
      expect(server.effects).toHaveLength(2)
    }
  })

  it('makes every later call fail as closed', async () => {
    const { client, tasks, status } = device(new TestServer())
    await tasks.create({ id: 'a', title: 'a' })
    await client.dispose()
    await client.dispose()
    const calls: (() => Promise<unknown>)[] = [
      () => tasks.create({ title: 'b' }),
      () => tasks.createMany([{ title: 'b' }]),
      () => tasks.save({ id: 'a', title: 'b' }),
      () => tasks.update('a', { title: 'b' }),
      () => tasks.delete('a'),
      () => tasks.read('a'),
      () => tasks.readAll(),
      () => tasks.query(),
      () => tasks.count(),
      () => tasks.settled('a'),
      () => client.start(),
      () => client.stop(),
      () => client.synchronize(),
      () => conflicts(client).resolve('1', 'local'),
      () => quarantine(client).discard('1'),
      () => quarantine(client).requeue('1'),
    ]
    const errors = await Promise.all(
      calls.map((call) =>
        call().then(
          () => 'no error',
          (error: unknown) => error,
        ),
      ),
    )
    for (const [at, error] of errors.entries()) {
      expect(isSyncError(error, 'SYNC_CLOSED'), `${calls[at]}: ${error}`).toBe(true)
    }
    expect(accounted(status())).toBe(1)
  })

  it('waits for writes that were accepted', async () => {
    const store = new Disk()
    const server = new TestServer()
    const { client, tasks } = device(server, { store })
    await tasks.count()
    const write = tasks.create({ id: 'a', title: 'a' })
    await quiet()
    await client.dispose()
    await write
    expect(await device(server, { store }).tasks.count()).toBe(1)
  })

  it('settles although nothing was ever opened', async () => {
    const { client, env } = device(new TestServer())
    await client.dispose()
    expect(env.timers()).toBe(0)
  })

  it('closes the adapter, once', async () => {
    const server = new TestServer()
    let closed = 0
    const remote = {
      ...server.adapter(),
      close: async () => {
        closed += 1
      },
    }
    const { client, sync } = device(server, { remote })
    await sync()
    await Promise.all([client.dispose(), client.dispose()])
    expect(closed).toBe(1)
  })
})

describe('auto sync', () => {
  it('begins with the first use, and sends a write without being asked', async () => {
    const server = new TestServer()
    const { tasks, env, status } = device(server, { sync: 'auto' })
    await tasks.create({ id: 'a', title: 'a' })
    await env.advance(5000)
    expect(server.record('tasks', 'a')).toBeTruthy()
    await tasks.update('a', { n: 1 })
    await env.advance(0)
    expect(server.record('tasks', 'a')).toMatchObject({ n: 1 })
    expect(status().state).toBe('synced')
  })

  it('shows in the status where it stands', async () => {
    const server = new TestServer()
    const { client, env, tasks, status } = device(server)
    await tasks.count()
    expect(status()).toMatchObject({
      state: 'paused',
      pending: 0,
      durability: 'none',
      lastPullAt: undefined,
      damaged: 0,
    })
    server.beforePull = () => never()
    await client.start()
    await until(() => server.pulls.length === 1)
    expect(status().state).toBe('syncing')
    server.beforePull = () => {}
    await env.advance(200_000)
    expect(status()).toMatchObject({ state: 'synced', error: undefined })
    expect(status().lastPullAt).toBeGreaterThan(0)
    env.setOnline(false)
    expect(status().state).toBe('offline')
    await tasks.create({ title: 'a' })
    expect(status()).toMatchObject({ state: 'offline', pending: 1 })
  })
})

it('goes on when start() follows stop() while a cycle runs', async () => {
  const server = new TestServer()
  const { client, env, tasks, status } = device(server)
  await client.start()
  const cut = client.synchronize().catch(() => 'cut')
  const [stopping, starting] = [client.stop(), client.start()]
  await Promise.all([cut, stopping, starting])
  await tasks.create({ id: 'a', title: 'after' })
  await env.advance(5000)
  expect(server.record('tasks', 'a')).toEqual({ id: 'a', title: 'after' })
  expect(status()).toMatchObject({ state: 'synced', pending: 0 })
})

it('sends nothing after dispose() for a synchronize() that came just before it', async () => {
  const server = new TestServer()
  const { client, env, tasks } = device(server)
  await tasks.create({ id: 'a', title: 'a' })
  const called = client.synchronize().then(
    () => 'done',
    (error: unknown) => error,
  )
  await client.dispose()
  const calls = server.calls.length
  await env.advance(5000)
  expect(server.calls).toHaveLength(calls)
  expect(['SYNC_CLOSED', 'SYNC_ABORTED']).toContain(((await called) as { code?: string }).code)
})
