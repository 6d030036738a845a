import { describe, expect, it } from 'vitest'
import type { RemoteAdapter, SharedPlugin } from '../src/index.ts'
import { type Client, device } from './support/device.ts'
import { TestServer } from './support/server.ts'
import { until, virtualEnv } from './support/virtual-env.ts'

type Own = Client extends { use(plugin: infer P): unknown } ? P : never

/** A plugin that writes down when each kind passes it, in and out. */
const tracing = (name: string, trace: string[]): SharedPlugin => {
  const layer = async <O extends { readonly kind: string }, R>(operation: O, next: () => Promise<R>): Promise<R> => {
    trace.push(`${name} > ${operation.kind}`)
    const result = await next()
    trace.push(`${name} < ${operation.kind}`)
    return result
  }
  return { name, middleware: { create: layer, update: layer, delete: layer, pull: layer, push: layer } }
}

describe('middleware', () => {
  it('wraps like an onion, the first plugin outermost, those of use() innermost', async () => {
    const trace: string[] = []
    const { tasks, client, sync } = device(new TestServer(), {
      use: [tracing('a', trace), tracing('b', trace)],
    })
    client.use(tracing('c', trace))
    const onion = (kind: string): string[] => [
      ...['a', 'b', 'c'].map((name) => `${name} > ${kind}`),
      ...['c', 'b', 'a'].map((name) => `${name} < ${kind}`),
    ]
    await tasks.create({ id: 'x', title: 'x' })
    expect(trace.splice(0)).toEqual(onion('create'))
    await tasks.update('x', { n: 1 })
    expect(trace.splice(0)).toEqual(onion('update'))
    await tasks.save({ id: 'x', title: 'y', n: 1 })
    expect(trace.splice(0)).toEqual(onion('update'))
    await tasks.delete('x')
    expect(trace.splice(0)).toEqual(onion('delete'))
    await tasks.createMany([{ title: '1' }, { title: '2' }])
    expect(trace.splice(0)).toEqual([...onion('create'), ...onion('create')])
    await sync()
    expect(trace.filter((line) => line.startsWith('a >'))).toContain('a > pull')
    expect(trace.filter((line) => line.startsWith('a >'))).toContain('a > push')
  })

  it('may change what is written; the schema and the caller see the change', async () => {
    const trim: Own = {
      name: 'trim',
      middleware: {
        create: (op, next) =>
          op.collection === 'tasks' ? next({ ...op, record: { ...op.record, title: op.record.title.trim() } }) : next(),
        update: (op, next) => next({ ...op, change: { ...op.change, n: 42 } } as typeof op),
      },
    }
    const { tasks, notes } = device(new TestServer(), { use: [trim] })
    expect(await tasks.create({ id: 'a', title: ' a ' })).toEqual({ id: 'a', title: 'a' })
    expect(await notes.create({ id: 'a', body: ' a ' })).toEqual({ id: 'a', body: ' a ' })
    expect(await tasks.update('a', { done: true })).toEqual({ id: 'a', title: 'a', done: true, n: 42 })
    expect(await tasks.createMany([{ id: 'b', title: ' b ' }])).toEqual([{ id: 'b', title: 'b' }])
    expect(await tasks.read('a')).toEqual({ id: 'a', title: 'a', done: true, n: 42 })
  })

  it('cannot smuggle in what input may not be', async () => {
    const bad: Own = {
      name: 'bad',
      middleware: {
        create: (op, next) => next({ ...op, record: { ...op.record, at: new Date() } } as never),
        update: (op, next) => next({ ...op, change: { id: 'other' } } as never),
      },
    }
    const server = new TestServer()
    server.write('tasks', 'a', { id: 'a', title: 'a' })
    const { tasks, sync, status } = device(server, { use: [bad] })
    await sync()
    await expect(tasks.create({ title: 'x' })).rejects.toMatchObject({ code: 'SYNC_INPUT_INVALID' })
    await expect(tasks.update('a', { n: 1 })).rejects.toMatchObject({ code: 'SYNC_INPUT_INVALID' })
    expect(status().writes.accepted).toBe(0)
  })

  it('may stop a write by throwing, and nothing is stored', async () => {
    const no = new Error('not on sundays')
    const stop = (): never => {
      throw no
    }
    const server = new TestServer()
    server.write('tasks', 'a', { id: 'a', title: 'a' })
    const use: Own[] = [{ name: 'stop', middleware: { create: stop, update: stop, delete: stop } }]
    const { tasks, sync, status } = device(server, { use })
    await sync()
    for (const call of [
      () => tasks.create({ title: 'x' }),
      () => tasks.createMany([{ title: 'x' }]),
      () => tasks.save({ id: 'new', title: 'x' }),
      () => tasks.save({ id: 'a', title: 'x' }),
      () => tasks.update('a', { n: 1 }),
      () => tasks.delete('a'),
    ]) {
      await expect(call()).rejects.toBe(no)
    }
    expect(await tasks.readAll()).toEqual([{ id: 'a', title: 'a' }])
    expect(status().writes.accepted).toBe(0)
  })

  it('may stop a write without throwing, by not going on', async () => {
    const use: Own[] = [{ name: 'silent', middleware: { create: async () => undefined, delete: async () => {} } }]
    const { tasks, status } = device(new TestServer(), { use })
    await tasks.create({ title: 'x' })
    expect(await tasks.createMany([{ title: 'x' }])).toEqual([])
    expect(await tasks.count()).toBe(0)
    expect(status().writes.accepted).toBe(0)
  })

  it('that goes on twice is refused, and nothing is written twice', async () => {
    const twice: Own = {
      name: 'twice',
      middleware: {
        create: async (_, next) => {
          await next()
          return next()
        },
      },
    }
    const { tasks, status } = device(new TestServer(), { use: [twice] })
    await expect(tasks.create({ title: 'x' })).rejects.toMatchObject({ code: 'SYNC_CONFIG_INVALID' })
    expect(status().writes.accepted).toBeLessThanOrEqual(1)
  })

  it('that throws around a pull or a push fails the cycle like the network would', async () => {
    const server = new TestServer()
    let broken = true
    const stop: Own = {
      name: 'stop',
      middleware: {
        push: async (_, next) => {
          if (broken) throw new Error('no push today')
          return next()
        },
      },
    }
    const { tasks, sync, status } = device(server, { use: [stop] })
    await tasks.create({ id: 'a', title: 'a' })
    await expect(sync()).rejects.toMatchObject({ code: expect.stringMatching(/^SYNC_/) })
    expect(status().pending).toBe(1)
    broken = false
    await sync()
    expect(server.record('tasks', 'a')).toBeTruthy()
    expect(server.effects).toHaveLength(1)
  })

  it('wraps the resolver, and may decide in its place', async () => {
    const server = new TestServer()
    server.write('tasks', 'a', { id: 'a', title: 'base' })
    const asked: string[] = []
    const instead: Own = {
      name: 'instead',
      middleware: {
        resolve: async (op, next) => {
          asked.push(`${op.collection} ${op.id} ${op.conflict.fields.join()} ${await next()}`)
          return 'remote'
        },
      },
    }
    const { tasks, sync } = device(server, { use: [instead], resolver: () => 'local' })
    await sync()
    await tasks.update('a', { title: 'mine' })
    server.edit('tasks', 'a', { title: 'theirs' })
    for (let turn = 0; turn < 3; turn += 1) await sync()
    expect(asked).toEqual(['tasks a title local'])
    expect(await tasks.read('a')).toEqual({ id: 'a', title: 'theirs' })
  })

  it('wraps every request an adapter makes', async () => {
    const server = new TestServer()
    const log: string[] = []
    const env = virtualEnv({
      fetch: async (input) => {
        const request = input as Request
        log.push(`${request.method} ${request.url} ${request.headers.get('x-tag')}`)
        return new Response(null, { status: 204 })
      },
    })
    const inner = server.adapter()
    const remote: RemoteAdapter = {
      ...inner,
      pull: async (request, context) => {
        const response = await context.env.fetch('https://api.example.com/pull', { method: 'POST' })
        log.push(`status ${response.status}`)
        return inner.pull(request, context)
      },
    }
    const tag: Own = {
      name: 'tag',
      middleware: {
        request: async (request, next) => {
          const tagged = new Request(request, { headers: { 'x-tag': 'yes' } })
          const response = await next(tagged)
          log.push('seen')
          return response
        },
      },
    }
    await device(server, { env, remote, use: [tag] }).sync()
    expect(log).toEqual(['POST https://api.example.com/pull yes', 'seen', 'status 204'])
  })
})

describe('an observer', () => {
  it('that throws harms nobody and is told', async () => {
    const { client, tasks, sync, heard } = device(new TestServer())
    const error = new Error('observer')
    const seen: string[] = []
    const fail = (): never => {
      throw error
    }
    client.observe({ 'record:changed': fail, 'sync:started': fail, 'sync:finished': fail })
    client.observe({ 'record:changed': ({ id }) => seen.push(id) })
    await tasks.create({ id: 'a', title: 'a' })
    await sync()
    expect(seen).toEqual(['a'])
    expect(heard('listener:failed').length).toBeGreaterThanOrEqual(3)
    expect(heard('listener:failed')[0]).toEqual({ error })
  })

  it('of failures that throws does not call itself for ever', async () => {
    const { client, tasks } = device(new TestServer())
    let calls = 0
    client.observe({
      'record:changed': () => {
        throw new Error('first')
      },
      'listener:failed': () => {
        calls += 1
        throw new Error('second')
      },
    })
    const ends: string[] = []
    void tasks.create({ id: 'a', title: 'a' }).then(
      () => ends.push('done'),
      () => ends.push('failed'),
    )
    await until(() => ends.length === 1, 'the write')
    expect(ends).toEqual(['done'])
    expect(calls).toBe(1)
    expect(await tasks.count()).toBe(1)
  })

  it('hears nothing after it was taken back', async () => {
    const { client, tasks } = device(new TestServer())
    const seen: string[] = []
    const end = client.observe({ 'record:changed': ({ id }) => seen.push(id) })
    await tasks.create({ id: 'a', title: 'a' })
    end()
    end()
    await tasks.create({ id: 'b', title: 'b' })
    expect(seen).toEqual(['a'])
  })

  it('is told what happened, and where it came from', async () => {
    const server = new TestServer()
    const { tasks, sync, heard } = device(server)
    await tasks.create({ id: 'a', title: 'a' })
    server.write('tasks', 'b', { id: 'b', title: 'b' })
    await sync()
    expect(heard('record:changed')).toEqual([
      { collection: 'tasks', id: 'a', source: 'local' },
      { collection: 'tasks', id: 'b', source: 'remote' },
    ])
    expect(heard('sync:started')).toEqual([{ pending: 1 }])
    expect(heard('sync:finished')).toEqual([{ pushed: 1, pulled: 1, conflicts: 0, durationMs: 0 }])
  })
})

describe('setup', () => {
  it('runs once with the environment, and its result when the plugin goes', async () => {
    const env = virtualEnv()
    const log: string[] = []
    const plugin: SharedPlugin = {
      name: 'own',
      setup: (host) => {
        log.push(`up ${host.env === env}`)
        const end = host.observe({ 'record:changed': ({ id }) => log.push(id) })
        return () => {
          end()
          log.push('down')
        }
      },
    }
    const { client, tasks } = device(new TestServer(), { env })
    const remove = client.use(plugin)
    await tasks.create({ id: 'a', title: 'a' })
    remove()
    remove()
    await tasks.create({ id: 'b', title: 'b' })
    await client.dispose()
    expect(log).toEqual(['up true', 'a', 'down'])
  })

  it('is undone at dispose()', async () => {
    const log: string[] = []
    const { client } = device(new TestServer(), { use: [{ name: 'own', setup: () => () => log.push('down') }] })
    await client.dispose()
    await client.dispose()
    expect(log).toEqual(['down'])
  })

  it('that fails to tear down keeps no other plugin and no store from closing', async () => {
    const log: string[] = []
    const fail: Own = {
      name: 'fail',
      setup: () => () => {
        throw new Error('teardown')
      },
    }
    const server = new TestServer()
    let closed = false
    const remote = {
      ...server.adapter(),
      close: async () => {
        closed = true
      },
    }
    const { client, tasks } = device(server, {
      remote,
      use: [fail, { name: 'own', setup: () => () => log.push('down') }],
    })
    await tasks.count()
    await client.dispose().catch(() => {})
    expect(log).toEqual(['down'])
    expect(closed).toBe(true)
  })
})

describe('use()', () => {
  it('adds a plugin at any time, and its result removes it', async () => {
    const trace: string[] = []
    const { client, tasks } = device(new TestServer())
    const remove = client.use(tracing('late', trace))
    await tasks.create({ title: 'a' })
    remove()
    await tasks.create({ title: 'b' })
    expect(trace).toEqual(['late > create', 'late < create'])
  })

  it('of one plugin twice adds it twice, and removes one at a time', async () => {
    const trace: string[] = []
    const { client, tasks } = device(new TestServer())
    const plugin = tracing('x', trace)
    const removes = [client.use(plugin), client.use(plugin)]
    await tasks.create({ title: 'a' })
    expect(trace.splice(0)).toHaveLength(4)
    removes[0]?.()
    removes[0]?.()
    await tasks.create({ title: 'b' })
    expect(trace.splice(0)).toHaveLength(2)
    removes[1]?.()
    await tasks.create({ title: 'c' })
    expect(trace).toEqual([])
  })
})
