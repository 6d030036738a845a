import { describe, expect, it } from 'vitest'
import { SyncError, type SyncEvents } from '../../src/index.ts'
import { type Device, type DeviceOptions, device } from '../support/device.ts'
import { never, once, TestServer } from '../support/server.ts'
import { virtualEnv } from '../support/virtual-env.ts'

const fail =
  (code: 'SYNC_NETWORK' | 'SYNC_RATE_LIMITED' = 'SYNC_NETWORK', retryAfterMs?: number) =>
  (): never => {
    throw new SyncError(code, { retryAfterMs })
  }
const waits = ({ heard }: Device): readonly number[] =>
  (heard('sync:failed') as readonly SyncEvents['sync:failed'][]).map(({ retryInMs }) => retryInMs ?? Number.NaN)

async function started(server: TestServer, options: DeviceOptions = {}): Promise<Device> {
  const made = device(server, options)
  await made.client.start()
  await made.env.advance(0)
  return made
}

describe('after a failure', () => {
  it('waits a random time below a ceiling that doubles up to its maximum [F35]', async () => {
    const server = new TestServer()
    server.beforePull = fail()
    const all: (readonly number[])[] = []
    for (let seed = 1; seed <= 20; seed += 1) {
      const made = await started(server, { env: virtualEnv({ seed }), retryMinMs: 1000, retryMaxMs: 16_000 })
      while (waits(made).length < 8) await made.env.advanceToNext()
      all.push(waits(made).slice(0, 8))
      await made.client.dispose()
    }
    const ceilings = [1000, 2000, 4000, 8000, 16_000, 16_000, 16_000, 16_000]
    for (const [at, ceiling] of ceilings.entries()) {
      const nth = all.map((list) => list[at] ?? Number.NaN)
      for (const wait of nth) expect(wait).toBeLessThanOrEqual(ceiling)
      // Full jitter spreads over the whole range.
      expect(Math.min(...nth)).toBeLessThan(ceiling * 0.3)
      expect(Math.max(...nth)).toBeGreaterThan(ceiling * 0.7)
    }
  })

  it('begins small again once a cycle went well', async () => {
    const server = new TestServer()
    server.beforePull = fail()
    const made = await started(server, { retryMinMs: 100, retryMaxMs: 100_000 })
    while (waits(made).length < 10) await made.env.advanceToNext()
    server.beforePull = () => {}
    await made.env.advance(200_000)
    expect(made.status()).toMatchObject({ state: 'synced', error: undefined })
    server.beforePull = fail()
    const before = waits(made).length
    while (waits(made).length === before) await made.env.advanceToNext()
    expect(waits(made)[before]).toBeLessThanOrEqual(100)
  })

  it.each(['pull', 'push'] as const)('sends nothing before the time the server asks for (%s) [F34]', async (call) => {
    const server = new TestServer()
    if (call === 'pull') server.beforePull = once(fail('SYNC_RATE_LIMITED', 30_000))
    else server.beforePush = once(fail('SYNC_RATE_LIMITED', 30_000))
    const made = device(server)
    await made.tasks.create({ id: 'a', title: 'a' })
    await made.client.start()
    await made.env.advance(0)
    const calls = server.calls.length
    await made.tasks.create({ id: 'b', title: 'b' })
    await made.env.advance(29_999)
    expect(server.calls).toHaveLength(calls)
    await made.env.advance(30_001)
    expect(Object.keys(server.all('tasks'))).toEqual(['a', 'b'])
  })

  it('obeys a Retry-After that came as a verdict', async () => {
    const server = new TestServer()
    const error = { code: 'SYNC_RATE_LIMITED', retryAfterMs: 20_000 } as const
    server.beforePush = once(() => [{ kind: 'retry', outcome: 'unapplied', error }])
    const made = device(server)
    await made.tasks.create({ id: 'a', title: 'a' })
    await made.client.start()
    await made.env.advance(0)
    const calls = server.calls.length
    await made.env.advance(19_999)
    expect(server.calls).toHaveLength(calls)
    await made.env.advance(20_001)
    expect(server.record('tasks', 'a')).toBeTruthy()
  })

  it('forgets how a write fared that a row of somebody else has made anew', async () => {
    const server = new TestServer()
    const made = await started(server)
    await made.tasks.create({ id: 'a', title: 'a' })
    await made.sync()
    const error = { code: 'SYNC_NETWORK' } as const
    server.beforePush = once(() => [{ kind: 'retry', outcome: 'unapplied', error }])
    await made.tasks.update('a', { title: 'here' })
    await made.env.advance(0)
    expect(made.status()).toMatchObject({ state: 'offline', pending: 1, error: { code: 'SYNC_NETWORK' } })
    server.edit('tasks', 'a', { done: true })
    await made.env.advance(200_000)
    expect(server.record('tasks', 'a')).toEqual({ id: 'a', title: 'here', done: true })
    expect(made.status()).toMatchObject({ state: 'synced', pending: 0, error: undefined })
  })

  it('tries at once when the app asks for it', async () => {
    const server = new TestServer()
    server.beforePull = once(fail('SYNC_NETWORK', 1_000_000))
    const made = await started(server)
    expect(made.status()).toMatchObject({ state: 'offline', error: { code: 'SYNC_NETWORK' } })
    await made.sync()
    expect(made.status()).toMatchObject({ error: undefined })
  })
})

describe('while the platform is offline', () => {
  it('asks nothing, and goes on soon when it is back', async () => {
    const server = new TestServer()
    const env = virtualEnv()
    env.setOnline(false)
    const made = device(server, { env })
    await made.tasks.create({ id: 'a', title: 'a' })
    await made.client.start()
    await env.advance(3_600_000)
    expect(server.calls).toEqual([])
    expect(made.status()).toMatchObject({ state: 'offline', pending: 1 })
    env.setOnline(true)
    await env.advance(5000)
    expect(server.record('tasks', 'a')).toEqual({ id: 'a', title: 'a' })
  })

  it('sends what is written after it is back at once', async () => {
    const server = new TestServer()
    const made = await started(server)
    made.env.setOnline(false)
    await made.tasks.create({ id: 'a', title: 'a' })
    made.env.setOnline(true)
    await made.tasks.create({ id: 'b', title: 'b' })
    await made.env.advance(0)
    expect(Object.keys(server.all('tasks'))).toEqual(['a', 'b'])
  })

  it('does not wait out a back-off when it comes back', async () => {
    const server = new TestServer()
    server.beforePull = fail()
    const made = await started(server, { retryMinMs: 1000, retryMaxMs: 10_000_000 })
    while ((waits(made).at(-1) ?? 0) < 100_000) await made.env.advanceToNext()
    server.beforePull = () => {}
    made.env.setOnline(false)
    made.env.setOnline(true)
    await made.env.advance(5000)
    expect(made.status().state).toBe('synced')
  })

  it('gives a server the time it asked for all the same', async () => {
    const server = new TestServer()
    server.beforePull = once(fail('SYNC_NETWORK', 100_000))
    const made = await started(server)
    made.env.setOnline(false)
    made.env.setOnline(true)
    await made.env.advance(99_999)
    expect(server.calls).toHaveLength(1)
    await made.env.advance(100_001)
    expect(made.status().state).toBe('synced')
  })
})

describe('an adapter that never answers', () => {
  it('is given up at the deadline, its signal aborted [F36]', async () => {
    const server = new TestServer()
    server.beforePull = once(() => never())
    const made = await started(server, { requestTimeoutMs: 7000 })
    expect(made.status().state).toBe('syncing')
    await made.env.advance(6999)
    expect(server.contexts[0]?.signal.aborted).toBe(false)
    expect(made.heard('sync:failed')).toEqual([])
    await made.env.advance(1)
    expect(server.contexts[0]).toMatchObject({ timeoutMs: 7000 })
    expect(server.contexts[0]?.signal.aborted).toBe(true)
    expect(made.heard('sync:failed')).toMatchObject([{ error: { code: 'SYNC_TIMEOUT' } }])
    await made.env.advance(120_000)
    expect(made.status().state).toBe('synced')
  })

  it('may have done what it was asked: the push is sent again as such', async () => {
    const server = new TestServer()
    server.afterPush = once(() => never())
    const made = device(server)
    await made.tasks.create({ id: 'a', title: 'a' })
    await made.client.start()
    await made.env.advance(120_000)
    expect(server.sent).toMatchObject([{ resend: false }, { resend: true }])
    expect(server.effects).toHaveLength(1)
    expect(made.status()).toMatchObject({ state: 'synced', pending: 0 })
  })

  it('holds up neither writes nor reads', async () => {
    const server = new TestServer()
    server.beforePull = () => never()
    const made = await started(server)
    await made.tasks.create({ id: 'a', title: 'a' })
    expect(await made.tasks.readAll()).toEqual([{ id: 'a', title: 'a' }])
  })

  it('answers too late to matter', async () => {
    const server = new TestServer()
    let answer = (): void => {}
    server.write('tasks', 'a', { id: 'a', title: 'late' })
    server.beforePull = once(
      () =>
        new Promise<void>((resolve) => {
          answer = resolve
        }),
    )
    const made = await started(server, { requestTimeoutMs: 1000 })
    await made.env.advance(1000)
    await made.client.stop()
    answer()
    await made.env.advance(0)
    expect(await made.tasks.count()).toBe(0)
    expect(made.status().state).toBe('paused')
  })
})

it('takes an error that is no SyncError for one of the network, and keeps it as the cause', async () => {
  const server = new TestServer()
  const cause = new TypeError('fetch failed')
  server.beforePull = once(() => {
    throw cause
  })
  await expect(device(server).sync()).rejects.toMatchObject({ code: 'SYNC_NETWORK', cause })
})

it('does not know the outcome of a push that threw anything else', async () => {
  const server = new TestServer()
  const { tasks, sync } = device(server)
  await tasks.create({ id: 'a', title: 'a' })
  server.afterPush = once(() => {
    throw new TypeError('terminated')
  })
  await expect(sync()).rejects.toMatchObject({ code: 'SYNC_OUTCOME_UNKNOWN', retry: 'unknown' })
  await sync()
  expect(server.sent).toMatchObject([{ resend: false }, { resend: true }])
  expect(server.effects).toHaveLength(1)
})

it('waits no longer because the clock went back a day', async () => {
  const server = new TestServer()
  const env = virtualEnv()
  let shift = 0
  const { client, tasks } = device(server, { env: { ...env, now: () => env.now() + shift }, pullIntervalMs: 5000 })
  server.beforePush = once(({ operations }) =>
    operations.map(() => ({ kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_NETWORK' } }) as const),
  )
  await client.start()
  await tasks.create({ id: 'a', title: 'a' })
  await env.advance(0)
  shift = -86_400_000
  await env.advance(10_000)
  expect(server.record('tasks', 'a')).toEqual({ id: 'a', title: 'a' })
})

it('the status forgets why a write had to be tried again once that waits for a person', async () => {
  const server = new TestServer()
  server.write('tasks', 'a', { id: 'a', title: 'base', n: 0 })
  const { tasks, env, status } = await started(server)
  const failure = { kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_NETWORK' } } as const
  server.beforePush = once(() => [failure])
  await tasks.update('a', { title: 'mine' })
  await env.advance(0)
  expect(status()).toMatchObject({ state: 'offline', pending: 1, error: { code: 'SYNC_NETWORK' } })
  server.write('tasks', 'a', null)
  server.tell({ kind: 'poke' })
  await env.advance(0)
  expect(status()).toMatchObject({ state: 'synced', pending: 0, writes: { parked: 1 }, error: undefined })
})
