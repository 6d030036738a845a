import { describe, expect, it, test } from 'vitest'
import { quarantine } from '../../src/inbox/index.ts'
import { type PushOperation, type PushRequest, type RemoteAdapter, SyncError } from '../../src/index.ts'
import { accounted, apart, device } from '../support/device.ts'
import { once, TestServer, withLimits } from '../support/server.ts'
import { quiet, until } from '../support/virtual-env.ts'

interface Watched {
  readonly remote: RemoteAdapter
  /** The most requests that were under way at a time. */
  most: number
  /** Records that were in two requests at the same time, and pulls that came while one was under way. */
  readonly clashes: string[]
}

/** An adapter that looks at what is under way at the same time; each push takes a few turns. */
function watched(inner: RemoteAdapter): Watched {
  const under = new Set<PushRequest>()
  const seen: Watched = {
    most: 0,
    clashes: [],
    remote: {
      ...inner,
      pull: (request, context) => {
        if (under.size > 0) seen.clashes.push('pull')
        return inner.pull(request, context)
      },
      push: async (request, context) => {
        const ids = (one: PushRequest): readonly string[] => one.operations.map((op: PushOperation) => op.id)
        const others = [...under].flatMap(ids)
        seen.clashes.push(...ids(request).filter((id) => others.includes(id)))
        under.add(request)
        seen.most = Math.max(seen.most, under.size)
        for (let turn = 0; turn < 3; turn += 1) await quiet()
        try {
          return await inner.push(request, context)
        } finally {
          under.delete(request)
        }
      },
    },
  }
  return seen
}

const many = (count: number): { id: string; title: string }[] =>
  Array.from({ length: count }, (_, n) => ({ id: `t${n}`, title: `task ${n}` }))

describe('requests at the same time', () => {
  it.each([1, 3])(
    'are as many as the remote takes (%i), none with the same record, and no pull among them',
    async (parallel) => {
      const server = new TestServer()
      const seen = watched(server.adapter({ ...withLimits({ operations: 2, parallel }), revisions: 'opaque' }))
      const { tasks, sync, status } = device(server, { remote: seen.remote })
      await tasks.createMany(many(12))
      for (const { id } of many(12)) await tasks.update(id, { n: 1 }, apart(id))
      await sync()
      await sync()
      expect([seen.most, seen.clashes]).toEqual([parallel, []])
      expect(Object.values(server.all('tasks')).filter(({ n }) => n === 1)).toHaveLength(12)
      expect(status()).toMatchObject({ pending: 0, writes: { accepted: 24, applied: 24 } })
    },
  )

  it('where the remote sets no limit, are as many as there is to send', async () => {
    const server = new TestServer()
    const limits = withLimits({ operations: 1, parallel: Number.MAX_SAFE_INTEGER })
    const seen = watched(server.adapter(limits))
    const { tasks, sync } = device(server, { remote: seen.remote })
    await tasks.createMany(many(9))
    await sync()
    expect(seen.most).toBe(9)
  })

  it('do not begin after one has failed, and those under way are awaited', async () => {
    const server = new TestServer()
    const seen = watched(server.adapter(withLimits({ operations: 1, parallel: 2 })))
    const { tasks, sync, status } = device(server, { remote: seen.remote })
    await tasks.createMany(many(6))
    server.beforePush = once(() => {
      throw new SyncError('SYNC_NETWORK')
    })
    await expect(sync()).rejects.toMatchObject({ code: 'SYNC_NETWORK' })
    expect(server.requests.length).toBeLessThanOrEqual(3)
    expect(status().writes.applied).toBe(server.effects.length)
    await sync()
    expect(server.effects).toHaveLength(6)
    expect(server.sent.filter(({ resend }) => resend)).toHaveLength(1)
    expect(status()).toMatchObject({ pending: 0, writes: { applied: 6 } })
  })

  it('that fail together are followed by the longest wait that one of them was asked for', async () => {
    const server = new TestServer()
    const seen = watched(server.adapter(withLimits({ operations: 1, parallel: 2 })))
    const { tasks, sync } = device(server, { remote: seen.remote })
    await tasks.createMany(many(2))
    const failures = [new SyncError('SYNC_NETWORK'), new SyncError('SYNC_RATE_LIMITED', { retryAfterMs: 20_000 })]
    server.beforePush = () => {
      const failure = failures.shift()
      if (failure) throw failure
    }
    await expect(sync()).rejects.toMatchObject({ code: 'SYNC_RATE_LIMITED', retryAfterMs: 20_000 })
    expect(seen.most).toBe(2)
    await sync()
    expect(server.effects).toHaveLength(2)
  })

  test('a write that is refused holds up no other one [F25]', async () => {
    const server = new TestServer()
    const { client, tasks, sync, status } = device(server, {
      remote: server.adapter(withLimits({ operations: 1, parallel: 2 })),
    })
    const writes = [...many(3), { id: 'bad', title: 'x', forbidden: true }, { id: 'last', title: 'last' }]
    await tasks.createMany(writes)
    await sync()
    expect(Object.keys(server.all('tasks')).sort()).toEqual(['last', 't0', 't1', 't2'])
    expect(quarantine(client).getSnapshot()).toMatchObject([{ recordId: 'bad', reason: { code: 'SYNC_FORBIDDEN' } }])
    expect(accounted(status())).toBe(5)
  })
})

describe('a request that is too large', () => {
  test('is halved down to single writes, also where the answer is a throw; one that is too large alone is set aside [F39]', async () => {
    const server = new TestServer()
    const { client, tasks, sync, status } = device(server)
    server.beforePush = ({ operations }) => {
      if (operations.length > 2 || operations.some(({ id }) => id === 'huge')) throw new SyncError('SYNC_TOO_LARGE')
    }
    await tasks.createMany([...many(7), { id: 'huge', title: 'x' }])
    await sync()
    expect(Object.keys(server.all('tasks'))).toHaveLength(7)
    expect(quarantine(client).getSnapshot()).toMatchObject([{ recordId: 'huge', reason: { code: 'SYNC_TOO_LARGE' } }])
    expect(status()).toMatchObject({ pending: 0, writes: { accepted: 8, applied: 7, quarantined: 1 } })
  })

  it('is tried in full size again afterwards', async () => {
    const server = new TestServer()
    const { tasks, sync } = device(server)
    server.beforePush = once(() => {
      throw new SyncError('SYNC_TOO_LARGE')
    })
    await tasks.createMany(many(8))
    await sync()
    await tasks.createMany(many(18).slice(8))
    await sync()
    expect(server.requests.at(-1)?.operations).toHaveLength(10)
  })

  it('as a verdict for one write alone sets it aside, too, though the adapter would try again', async () => {
    const server = new TestServer()
    const { client, tasks, sync } = device(server)
    server.beforePush = () => [{ kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_TOO_LARGE' } }]
    await tasks.create({ id: 'a', title: 'a' })
    await sync()
    expect(quarantine(client).getSnapshot()).toMatchObject([{ recordId: 'a', reason: { code: 'SYNC_TOO_LARGE' } }])
  })
})

describe('the least time between two writes of a record', () => {
  const slow = (server: TestServer): RemoteAdapter => server.adapter(withLimits({ minWriteIntervalMs: 1000 }))

  it('is kept, while other records go on and what is written meanwhile is merged', async () => {
    const server = new TestServer()
    const { client, tasks, env, status } = device(server, { remote: slow(server) })
    const times = new Map<string, number[]>()
    server.beforePush = ({ operations }) => {
      for (const { id } of operations) times.set(id, [...(times.get(id) ?? []), env.now()])
    }
    await client.start()
    await env.advance(0)
    const start = env.now()
    await tasks.create({ id: 'a', title: 'a' })
    await env.advance(10)
    for (let n = 1; n <= 20; n += 1) {
      await tasks.update('a', { n })
      await env.advance(100)
    }
    await tasks.create({ id: 'b', title: 'b' })
    await env.advance(5000)
    const [first = 0, ...later] = times.get('a') ?? []
    expect(first).toBe(start)
    let before = first
    for (const at of later) {
      expect(at - before).toBeGreaterThanOrEqual(1000)
      before = at
    }
    expect(later.length).toBeLessThanOrEqual(4)
    expect(server.record('tasks', 'a')).toMatchObject({ n: 20 })
    expect(server.record('tasks', 'b')).toBeTruthy()
    expect(status()).toMatchObject({ pending: 0 })
    expect(accounted(status())).toBe(22)
  })

  it('is waited for by synchronize(), and stop() ends the wait', async () => {
    const server = new TestServer()
    const { client, tasks, env, sync, status } = device(server, { remote: slow(server) })
    await tasks.create({ id: 'a', title: 'a' })
    await tasks.update('a', { n: 1 }, apart('a'))
    const syncing = sync()
    await until(() => server.effects.length === 1)
    await env.advance(999)
    expect(server.effects).toHaveLength(1)
    await env.advance(1)
    await syncing
    expect(status()).toMatchObject({ pending: 0, writes: { applied: 2 } })
    await tasks.update('a', { n: 2 })
    const cut = sync()
    await quiet()
    await client.stop()
    await expect(cut).rejects.toMatchObject({ code: 'SYNC_ABORTED' })
    expect(env.timers()).toBe(0)
  })

  it('is over when the clock goes back', async () => {
    const server = new TestServer()
    const { tasks, env, sync } = device(server, { remote: slow(server) })
    let shift = 0
    const { now } = env
    Object.assign(env, { now: () => now() + shift })
    await tasks.create({ id: 'a', title: 'a' })
    await sync()
    shift = -86_400_000
    await tasks.update('a', { n: 1 })
    await sync()
    expect(server.record('tasks', 'a')).toMatchObject({ n: 1 })
  })
})

describe('where the remote compares no versions', () => {
  const unchecked = { conditional: 'none', idempotency: 'log' } as const

  it('a write waits for a completed run, and goes on top of what others wrote', async () => {
    const server = new TestServer()
    const { client, tasks, env } = device(server, { remote: server.adapter(unchecked) })
    server.write('tasks', 'a', { id: 'a', title: 'base' })
    await client.start()
    await env.advance(5000)
    server.edit('tasks', 'a', { done: true })
    const before = server.calls.length
    await tasks.update('a', { n: 1 })
    await env.advance(0)
    expect(server.calls.slice(before)).toEqual(['pull', 'push'])
    expect(server.sent.at(-1)?.record).toEqual({ id: 'a', title: 'base', n: 1, done: true })
    server.beforePull = () => {
      throw new SyncError('SYNC_NETWORK')
    }
    await tasks.update('a', { n: 2 })
    await env.advance(60_000)
    expect(server.sent).toHaveLength(1)
  })

  const memory = 10_000
  const lost = (): never => {
    throw new SyncError('SYNC_NETWORK')
  }

  it.each([
    ['in effect', 0, 'not sent again'],
    ['in effect, and overwritten since', 0, 'decided as a conflict'],
    ['not in effect', 1, 'sent'],
  ] as const)('an update that the remote has forgotten is read back: %s', async (what, sends, _) => {
    const remote = (server: TestServer): RemoteAdapter =>
      server.adapter({ ...unchecked, ...withLimits({ opIdMemoryMs: memory }) })
    const server = new TestServer()
    const { tasks, sync, env, status, heard } = device(server, { remote: remote(server), resolver: () => 'remote' })
    server.write('tasks', 'a', { id: 'a', title: 'base' })
    await sync()
    await tasks.update('a', { title: 'mine' })
    if (what === 'not in effect') server.beforePush = once(lost)
    else server.afterPush = once(lost)
    await expect(sync()).rejects.toMatchObject({ code: 'SYNC_NETWORK' })
    if (what.includes('overwritten')) server.edit('tasks', 'a', { title: 'theirs' })
    server.log.clear()
    await env.advance(memory + 1)
    const [calls, effects] = [server.calls.length, server.effects.length]
    await sync()
    await quiet()
    await sync()
    expect(server.calls[calls]).toBe('pull')
    expect(server.effects.length - effects).toBe(sends)
    expect(server.record('tasks', 'a')).toMatchObject({ title: what.includes('overwritten') ? 'theirs' : 'mine' })
    expect(heard('conflict:detected')).toHaveLength(what.includes('overwritten') ? 1 : 0)
    expect(status()).toMatchObject({ pending: 0, writes: { accepted: 1, applied: 1 } })
  })

  it.each([
    ['younger than its memory', unchecked, 0],
    ['a whole value that may come twice', { conditional: 'none', idempotency: 'natural' }, memory + 1],
    ['for a version', {}, memory + 1],
  ] as const)('an update of unknown outcome is sent again under its id: %s', async (_, change, age) => {
    const server = new TestServer()
    const remote = server.adapter({ ...change, ...withLimits({ opIdMemoryMs: memory }) })
    const { tasks, sync, env } = device(server, { remote })
    server.write('tasks', 'a', { id: 'a', title: 'base' })
    await sync()
    await tasks.update('a', { title: 'mine' })
    server.afterPush = once(lost)
    await expect(sync()).rejects.toMatchObject({ code: 'SYNC_NETWORK' })
    await env.advance(age)
    await sync()
    expect(server.sent[1]).toMatchObject({ opId: server.sent[0]?.opId, resend: true })
  })
})
