import { describe, expect, it } from 'vitest'
import { conflicts, quarantine } from '../src/inbox/index.ts'
import { createSyncClient, record, type Watch } from '../src/index.ts'
import { type Client, device, type Task } from './support/device.ts'
import { TestServer } from './support/server.ts'
import { quiet, until, virtualEnv } from './support/virtual-env.ts'

const local = () => device(new TestServer())
const watches: readonly (readonly [string, (client: Client) => Watch<unknown>])[] = [
  ['watchAll', ({ collections }) => collections.tasks.watchAll()],
  ['watchById', ({ collections }) => collections.tasks.watchById('a')],
  ['watchQuery', ({ collections }) => collections.tasks.watchQuery({ where: { done: true } })],
  ['status', ({ status }) => status],
  ['conflicts', (client) => conflicts(client)],
  ['quarantine', (client) => quarantine(client)],
]

describe.each(watches)('%s', (_, watchOf) => {
  it('has no snapshot before the data is loaded, and has one after', async () => {
    const { client, tasks } = local()
    const watch = watchOf(client)
    expect(watch.getSnapshot()).toBeUndefined()
    await tasks.count()
    expect(watch.getSnapshot()).not.toBeUndefined()
    expect(watch.getSnapshot()).toBe(watch.getSnapshot())
  })

  it('calls a subscriber at once when loaded', async () => {
    const { client, tasks } = local()
    await tasks.count()
    const seen: unknown[] = []
    watchOf(client).subscribe((value) => seen.push(value))
    expect(seen).toEqual([watchOf(client).getSnapshot()])
  })

  it('is a first use: it loads by itself, and calls then', async () => {
    const { client } = local()
    const seen: unknown[] = []
    watchOf(client).subscribe((value) => seen.push(value))
    expect(seen).toEqual([])
    await quiet()
    expect(seen).toHaveLength(1)
    expect(seen[0]).toBe(watchOf(client).getSnapshot())
  })

  it('can be iterated from before it is loaded', async () => {
    const { client } = local()
    const seen: unknown[] = []
    const iterator = watchOf(client)[Symbol.asyncIterator]()
    void iterator.next().then(({ value }) => seen.push(value))
    await until(() => seen.length === 1, 'the first value')
    expect(seen[0]).toBe(watchOf(client).getSnapshot())
    await iterator.return?.()
  })

  it('ends iterations when the client is disposed', async () => {
    const { client, tasks } = local()
    await tasks.count()
    let rounds = 0
    const iterating = (async () => {
      for await (const _value of watchOf(client)) rounds += 1
    })()
    await quiet()
    await client.dispose()
    await iterating
    expect(rounds).toBeGreaterThanOrEqual(1)
    // What was known may be given once more; then it ends.
    let late = 0
    for await (const _value of watchOf(client)) late += 1
    expect(late).toBeLessThanOrEqual(1)
  })

  it('survives a listener that throws, and tells of it', async () => {
    const { client, tasks, heard } = local()
    await tasks.count()
    const error = new Error('listener')
    watchOf(client).subscribe(() => {
      throw error
    })
    const seen: unknown[] = []
    watchOf(client).subscribe((value) => seen.push(value))
    expect(seen).toHaveLength(1)
    expect(heard('listener:failed')).toEqual([{ error }])
  })
})

describe('a subscription', () => {
  it('tells each change once, as it is made', async () => {
    const { tasks } = local()
    const seen: string[] = []
    tasks.watchAll().subscribe((list) => seen.push(list.map(({ title }) => title).join()))
    await tasks.create({ id: 'a', title: 'a' })
    await tasks.create({ id: 'b', title: 'b' })
    await tasks.update('a', { title: 'c' })
    await tasks.update('a', { title: 'c' })
    await tasks.delete('b')
    expect(seen).toEqual(['', 'a', 'a,b', 'c,b', 'c'])
  })

  it('hears only of what it is about', async () => {
    const { tasks, notes } = local()
    const seen: unknown[] = []
    tasks.watchById('a').subscribe((task) => seen.push(task))
    tasks.watchQuery({ where: { done: true } }).subscribe((list) => seen.push(list.length))
    await tasks.create({ id: 'b', title: 'b' })
    await tasks.update('b', { n: 1 })
    await notes.create({ id: 'a', body: 'a' })
    expect(seen).toEqual([null, 0])
    await tasks.create({ id: 'a', title: 'a' })
    await tasks.update('b', { done: true })
    await tasks.delete('a')
    expect(seen).toEqual([null, 0, { id: 'a', title: 'a' }, 1, null])
  })

  it.each(['called', 'by its method'] as const)('ends when its result is %s, and hears nothing more', async (how) => {
    const { tasks } = local()
    const seen: number[] = []
    const end = tasks.watchAll().subscribe((list) => seen.push(list.length))
    await tasks.create({ title: 'a' })
    if (how === 'called') end()
    else end.unsubscribe()
    end()
    await tasks.create({ title: 'b' })
    expect(seen).toEqual([0, 1])
  })

  it('that ends from within, or ends another, is obeyed at once', async () => {
    const { tasks } = local()
    await tasks.count()
    const watch = tasks.watchAll()
    const seen: string[] = []
    const ends: (() => void)[] = []
    const first = watch.subscribe((list) => {
      seen.push(`first ${list.length}`)
      if (list.length === 1) for (const end of ends) end()
    })
    ends.push(
      first,
      watch.subscribe((list) => seen.push(`second ${list.length}`)),
    )
    await tasks.create({ title: 'a' })
    await tasks.create({ title: 'b' })
    expect(seen).toEqual(['first 0', 'second 0', 'first 1'])
  })

  it('begun from within another is told the newest value once', async () => {
    const { tasks } = local()
    await tasks.count()
    const seen: number[] = []
    let begun = false
    tasks.watchAll().subscribe((list) => {
      if (list.length === 1 && !begun) {
        begun = true
        tasks.watchAll().subscribe((inner) => seen.push(inner.length))
      }
    })
    await tasks.create({ title: 'a' })
    await tasks.create({ title: 'b' })
    expect(seen).toEqual([1, 2])
  })

  it('may write from within: each listener sees every state in order, or passes over old ones, never back', async () => {
    const { tasks } = local()
    const seen: number[] = []
    tasks.watchAll().subscribe((list) => {
      if (list.length < 5) void tasks.create({ title: 'more' })
    })
    tasks.watchAll().subscribe((list) => seen.push(list.length))
    await tasks.count()
    for (let turn = 0; turn < 10; turn += 1) await quiet()
    expect(seen.at(-1)).toBe(5)
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
  })

  it('begun again after the last one ended is told the newest value', async () => {
    const { tasks } = local()
    const watch = tasks.watchAll()
    watch.subscribe(() => {})()
    await tasks.create({ title: 'a' })
    const seen: number[] = []
    watch.subscribe((list) => seen.push(list.length))
    await tasks.create({ title: 'b' })
    expect(seen).toEqual([1, 2])
    expect(watch.getSnapshot()).toHaveLength(2)
  })

  it('hears nothing after dispose()', async () => {
    const server = new TestServer()
    const { tasks, client, sync } = device(server)
    server.write('tasks', 'a', { id: 'a', title: 'a' })
    const seen: number[] = []
    const states: string[] = []
    tasks.watchAll().subscribe((list) => seen.push(list.length))
    client.status.subscribe(({ state }) => states.push(state))
    await tasks.count()
    const cut = sync().catch(() => {})
    await client.dispose()
    const [told, shown] = [seen.length, states.length]
    await cut
    await quiet()
    expect([seen.length, states.length]).toEqual([told, shown])
  })
})

describe('a snapshot', () => {
  it('is the newest value although nobody subscribes', async () => {
    const { tasks } = local()
    const watch = tasks.watchQuery({ where: { n: { gt: 1 } } })
    await tasks.create({ id: 'a', title: 'a', n: 1 })
    expect(watch.getSnapshot()).toEqual([])
    await tasks.update('a', { n: 2 })
    expect(watch.getSnapshot()).toEqual([{ id: 'a', title: 'a', n: 2 }])
  })

  it('and the records in it stay the same objects while they did not change', async () => {
    const { tasks } = local()
    await tasks.createMany([
      { id: 'a', title: 'a' },
      { id: 'b', title: 'b' },
    ])
    const watch = tasks.watchAll()
    const [, b] = watch.getSnapshot() ?? []
    await tasks.update('a', { n: 1 })
    expect(watch.getSnapshot()?.[1]).toBe(b)
    expect(Object.isFrozen(watch.getSnapshot())).toBe(true)
  })

  it('read from within a listener of another watch doubles nothing', async () => {
    const { tasks, notes } = local()
    const all = notes.watchAll()
    const seen: number[] = []
    tasks.watchAll().subscribe(() => void all.getSnapshot())
    all.subscribe((list) => seen.push(list.length))
    await tasks.count()
    for (const id of ['a', 'b']) {
      await Promise.all([tasks.create({ id, title: id }), notes.create({ id, body: id })])
    }
    expect(all.getSnapshot()).toEqual([
      { id: 'a', body: 'a' },
      { id: 'b', body: 'b' },
    ])
    expect(seen).toEqual([0, 1, 2])
  })

  it('does not change when the server confirms what is shown already [F44]', async () => {
    const { tasks, sync } = local()
    await tasks.create({ id: 'a', title: 'a' })
    const watch = tasks.watchAll()
    const seen: unknown[] = []
    watch.subscribe((list) => seen.push(list))
    const before = watch.getSnapshot()
    await sync()
    await sync()
    expect(watch.getSnapshot()).toBe(before)
    expect(seen).toHaveLength(1)
  })
})

describe('equal queries', () => {
  it('share one Watch', () => {
    const { tasks } = local()
    const query = { where: { n: { gt: 1, lt: 5 } }, orderBy: { n: 'asc' }, limit: 3 } as const
    expect(tasks.watchQuery(query)).toBe(tasks.watchQuery(structuredClone(query)))
    expect(tasks.watchAll()).toBe(tasks.watchAll())
    expect(tasks.watchAll()).toBe(tasks.watchQuery({}))
    expect(tasks.watchById('a')).toBe(tasks.watchById('a'))
  })

  it('that differ in anything do not', () => {
    const { tasks } = local()
    const queries = [
      {},
      { where: { n: 1 } },
      { where: { n: '1' as never } },
      { where: { n: 1 }, limit: 1 },
      { where: { n: 1 }, limit: 0 },
      { where: { n: 1 }, offset: 1 },
      { where: { n: 1 }, orderBy: { n: 'asc' } },
      { where: { n: 1 }, orderBy: { n: 'desc' } },
      { where: { NOT: { n: 1 } } },
    ] as const
    expect(new Set(queries.map((query) => tasks.watchQuery(query))).size).toBe(queries.length)
    expect(tasks.watchById('a')).not.toBe(tasks.watchById('b'))
  })

  it('may be changed by the app afterwards without changing the Watch', async () => {
    const { tasks } = local()
    const where = { n: 1 }
    const watch = tasks.watchQuery({ where })
    where.n = 2
    await tasks.create({ id: 'a', title: 'a', n: 1 })
    expect(watch.getSnapshot()).toHaveLength(1)
  })
})

describe('iteration', () => {
  it('gives the newest value and passes over those in between', async () => {
    const { tasks } = local()
    await tasks.count()
    const iterator = tasks.watchAll()[Symbol.asyncIterator]()
    expect((await iterator.next()).value).toEqual([])
    await tasks.create({ title: 'a' })
    await tasks.create({ title: 'b' })
    expect((await iterator.next()).value).toHaveLength(2)
    const waiting = iterator.next()
    await tasks.create({ title: 'c' })
    expect((await waiting).value).toHaveLength(3)
    await iterator.return?.()
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })

  it('ended by return() wakes a next() under way', async () => {
    const { tasks } = local()
    await tasks.count()
    const iterator = tasks.watchAll()[Symbol.asyncIterator]()
    await iterator.next()
    const waiting = iterator.next()
    await iterator.return?.()
    expect(await waiting).toEqual({ done: true, value: undefined })
  })

  it('gives null for a record that is not there', async () => {
    const { tasks } = local()
    for await (const task of tasks.watchById('nobody')) {
      expect(task).toBeNull()
      break
    }
  })

  it('by two loops at once gives each of them everything', async () => {
    const { tasks, client } = local()
    const watch = tasks.watchAll()
    const seen = [0, 0]
    const loops = [0, 1].map(async (at) => {
      for await (const list of watch) seen[at] = list.length
    })
    await tasks.create({ title: 'a' })
    await quiet()
    await client.dispose()
    await Promise.all(loops)
    expect(seen).toEqual([1, 1])
  })
})

describe('a commit over two collections', () => {
  it('is never seen torn, by a listener or by a snapshot', async () => {
    const server = new TestServer()
    const { tasks, notes, sync, client } = device(server)
    await tasks.count()
    const torn: string[] = []
    const look = (): void => {
      const [t, n] = [tasks.watchAll().getSnapshot()?.length, notes.watchAll().getSnapshot()?.length]
      if (t !== n) torn.push(`${t} tasks, ${n} notes`)
    }
    tasks.watchAll().subscribe(look)
    notes.watchAll().subscribe(look)
    tasks.watchById('x0').subscribe(look)
    notes.watchQuery({ where: { body: 'x' } }).subscribe(look)
    client.status.subscribe(look)
    for (const id of ['x0', 'x1']) {
      server.write('tasks', id, { id, title: 'x' })
      server.write('notes', id, { id, body: 'x' })
    }
    await sync()
    await Promise.all([tasks.create({ id: 'y', title: 'y' }), notes.create({ id: 'y', body: 'y' })])
    expect(tasks.watchAll().getSnapshot()).toHaveLength(3)
    expect(torn).toEqual([])
  })

  it('is told to observers when both have changed', async () => {
    const server = new TestServer()
    const { client, tasks, notes, sync } = device(server)
    await tasks.count()
    const seen: string[] = []
    const [allTasks, allNotes] = [tasks.watchAll(), notes.watchAll()]
    client.observe({
      'record:changed': ({ collection, source }) =>
        seen.push(`${collection} ${source} ${allTasks.getSnapshot()?.length}${allNotes.getSnapshot()?.length}`),
    })
    server.write('tasks', 'a', { id: 'a', title: 'a' })
    server.write('notes', 'a', { id: 'a', body: 'a' })
    await sync()
    expect(seen.sort()).toEqual(['notes remote 11', 'tasks remote 11'])
  })
})

it('throws on its own what a listener threw when nobody observes that', async () => {
  const env = virtualEnv()
  const client = createSyncClient({ collections: { tasks: record<Task>() }, env })
  await client.collections.tasks.count()
  const error = new Error('nobody listens')
  client.collections.tasks.watchAll().subscribe(() => {
    throw error
  })
  expect(env.timers()).toBe(1)
  await expect(env.advance(0)).rejects.toBe(error)
  await client.dispose()
})
