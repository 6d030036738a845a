import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createSyncClient, record } from '../src/index.ts'
import { device } from './support/device.ts'
import { TestServer } from './support/server.ts'
import { wrapStore } from './support/stores.ts'
import { virtualEnv } from './support/virtual-env.ts'

const local = () => {
  const store = wrapStore()
  return { ...device(new TestServer(), { store, env: virtualEnv({ seed: 7 }) }), store: store }
}

describe('create()', () => {
  it('makes the key with the UUIDs of the environment', async () => {
    const { tasks } = local()
    const made = await tasks.create({ title: 'a' })
    expect(made.id).toMatch(/^00000007-[0-9a-f]{4}-4000-8000-[0-9a-f]{12}$/)
    expect(await tasks.read(made.id)).toBe(made)
  })

  it('refuses a key that is taken, also by a write of the same tick', async () => {
    const { tasks } = local()
    const both = await Promise.allSettled([
      tasks.create({ id: 'a', title: 'first' }),
      tasks.create({ id: 'a', title: 'second' }),
    ])
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    await expect(tasks.create({ id: 'a', title: 'third' })).rejects.toMatchObject({ code: 'SYNC_ID_TAKEN' })
    expect(await tasks.readAll()).toEqual([{ id: 'a', title: 'first' }])
  })

  it('leaves fields out that are undefined', async () => {
    const { tasks } = local()
    const made = await tasks.create({ id: 'a', title: 'a', n: undefined } as never)
    expect(Object.keys(made)).toEqual(['id', 'title'])
  })
})

describe('createMany()', () => {
  it('adds all records in one commit, in the order given', async () => {
    const { tasks, store } = local()
    await tasks.count()
    const before = store.commits.length
    const made = await tasks.createMany([{ id: 'b', title: 'b' }, { title: 'made' }, { id: 'a', title: 'a' }])
    expect(made.map(({ title }) => title)).toEqual(['b', 'made', 'a'])
    expect(store.commits).toHaveLength(before + 1)
    expect(await tasks.createMany([])).toEqual([])
  })

  it.each([
    ['is taken', { id: 'old', title: 'x' }, 'SYNC_ID_TAKEN'],
    ['comes twice', { id: 'b', title: 'x' }, 'SYNC_ID_TAKEN'],
    ['is no text', { id: 7, title: 'x' }, 'SYNC_INPUT_INVALID'],
    ['holds what is no JSON', { id: 'c', title: new Date() }, 'SYNC_INPUT_INVALID'],
  ])('adds none when one of them %s', async (_, bad, code) => {
    const { tasks, status } = local()
    await tasks.create({ id: 'old', title: 'old' })
    const records = [{ id: 'a', title: 'a' }, { id: 'b', title: 'b' }, bad] as { title: string }[]
    await expect(tasks.createMany(records)).rejects.toMatchObject({ code })
    expect(await tasks.readAll()).toEqual([{ id: 'old', title: 'old' }])
    expect(status().writes.accepted).toBe(1)
  })
})

describe('save()', () => {
  it('adds a record that is not there, and makes one that is there exactly that', async () => {
    const { tasks } = local()
    await tasks.save({ id: 'a', title: 'one', n: 1, done: true })
    expect(await tasks.save({ id: 'a', title: 'two', n: 1 })).toEqual({ id: 'a', title: 'two', n: 1 })
    expect(await tasks.read('a')).toEqual({ id: 'a', title: 'two', n: 1 })
  })

  it('sends only fields that differ', async () => {
    const server = new TestServer()
    const { tasks, sync } = device(server)
    server.write('tasks', 'a', { id: 'a', title: 'one', n: 1, tags: ['x'] })
    await sync()
    await tasks.save({ id: 'a', title: 'two', tags: ['x'] })
    await sync()
    expect(server.sent.map(({ change }) => change)).toEqual([{ set: { title: 'two' }, unset: ['n'] }])
  })

  it('of the same record accepts no write', async () => {
    const { tasks, status } = local()
    const made = await tasks.create({ id: 'a', title: 'a', tags: ['x'] })
    await tasks.save({ ...made, tags: ['x'] })
    expect(status().writes.accepted).toBe(1)
  })
})

describe('update()', () => {
  it('changes the fields given, removes those given as undefined, keeps the rest', async () => {
    const { tasks } = local()
    await tasks.create({ id: 'a', title: 'a', n: 1, done: true })
    expect(await tasks.update('a', { n: 2, done: undefined } as never)).toEqual({ id: 'a', title: 'a', n: 2 })
    expect(await tasks.read('a')).toEqual({ id: 'a', title: 'a', n: 2 })
  })

  it('takes a function that changes a draft', async () => {
    const { tasks } = local()
    await tasks.create({ id: 'a', title: 'a', tags: ['x'] })
    await tasks.update('a', (draft) => {
      draft.tags = [...(draft.tags ?? []), 'y']
      delete (draft as { title?: string }).title
    })
    expect(await tasks.read('a')).toEqual({ id: 'a', tags: ['x', 'y'] })
  })

  it('takes a draft changed deep inside, and leaves the old record alone', async () => {
    const { tasks } = local()
    const before = await tasks.create({ id: 'a', title: 'a', tags: ['x'] })
    await tasks.update('a', (draft) => {
      ;(draft.tags as string[]).push('y')
    })
    expect(before.tags).toEqual(['x'])
    expect(await tasks.read('a')).toMatchObject({ tags: ['x', 'y'] })
  })

  it('takes a function that gives back the draft, or a value by the way', async () => {
    const { tasks } = local()
    await tasks.create({ id: 'a', title: 'a', n: 1 })
    await tasks.update('a', (draft) => Object.assign(draft, { title: 'b' }))
    await tasks.update('a', (draft) => Object.assign(draft, { tags: ['x'] }).tags.length)
    expect(await tasks.read('a')).toEqual({ id: 'a', title: 'b', n: 1, tags: ['x'] })
  })

  it.each([
    ['is asynchronous', async (draft: object) => void Object.assign(draft, { title: 'late' })],
    ['gives back a changed copy', (draft: { title: string }) => ({ ...draft, title: 'copy' })],
  ])('refuses a function that %s: its change would be lost', async (_, change) => {
    const { tasks, status } = local()
    await tasks.create({ id: 'a', title: 'a' })
    await expect(tasks.update('a', change as never)).rejects.toMatchObject({ code: 'SYNC_INPUT_INVALID' })
    expect(await tasks.read('a')).toEqual({ id: 'a', title: 'a' })
    expect(status().writes.accepted).toBe(1)
  })

  it('with a draft function that throws changes nothing', async () => {
    const { tasks, status } = local()
    await tasks.create({ id: 'a', title: 'a' })
    const thrown = new Error('changed my mind')
    await expect(
      tasks.update('a', (draft) => {
        draft.title = 'half'
        throw thrown
      }),
    ).rejects.toBe(thrown)
    expect(await tasks.read('a')).toEqual({ id: 'a', title: 'a' })
    expect(status().writes.accepted).toBe(1)
  })

  it('refuses a record that is not there and a change of the key', async () => {
    const { tasks } = local()
    await expect(tasks.update('a', { n: 1 })).rejects.toMatchObject({ code: 'SYNC_NOT_FOUND' })
    await tasks.create({ id: 'a', title: 'a' })
    await expect(tasks.update('a', { id: 'b' })).rejects.toMatchObject({ code: 'SYNC_INPUT_INVALID' })
    await expect(tasks.update('a', { id: undefined } as never)).rejects.toMatchObject({ code: 'SYNC_INPUT_INVALID' })
    expect(await tasks.readAll()).toEqual([{ id: 'a', title: 'a' }])
  })
})

describe('delete()', () => {
  it('removes the record, and one that is not there stays so', async () => {
    const { tasks, status } = local()
    await tasks.create({ id: 'a', title: 'a' })
    await tasks.delete('a')
    await tasks.delete('a')
    expect(await tasks.read('a')).toBeUndefined()
    expect(status().writes.accepted).toBe(2)
  })
})

describe('a condition', () => {
  it('must hold for the record as it is seen here', async () => {
    const { tasks, status } = local()
    await tasks.create({ id: 'a', title: 'a', n: 1 })
    const where = { n: { gte: 2 } }
    const fails = { code: 'SYNC_CONDITION_FAILED' }
    await expect(tasks.update('a', { title: 'b' }, { where })).rejects.toMatchObject(fails)
    await expect(tasks.save({ id: 'a', title: 'b' }, { where })).rejects.toMatchObject(fails)
    await expect(tasks.delete('a', { where })).rejects.toMatchObject(fails)
    await expect(tasks.save({ id: 'new', title: 'b' }, { where })).rejects.toMatchObject(fails)
    expect(await tasks.readAll()).toEqual([{ id: 'a', title: 'a', n: 1 }])
    await tasks.update('a', { n: 2 })
    await tasks.update('a', { title: 'b' }, { where })
    expect(status().writes.accepted).toBe(3)
  })

  it('sees the writes before it, also of the same tick', async () => {
    const { tasks } = local()
    await tasks.create({ id: 'a', title: 'a', n: 1 })
    const [, second] = await Promise.allSettled([
      tasks.update('a', { n: 5 }),
      tasks.update('a', { title: 'late' }, { where: { n: 1 } }),
    ])
    expect(second).toMatchObject({ status: 'rejected', reason: { code: 'SYNC_CONDITION_FAILED' } })
  })

  it('travels with the write, for the server to test', async () => {
    const server = new TestServer()
    const { tasks, sync } = device(server)
    server.write('tasks', 'a', { id: 'a', title: 'a', n: 1 })
    await sync()
    await tasks.update('a', { title: 'b' }, { where: { n: 1 } })
    await sync()
    expect(server.sent[0]?.condition).toEqual({ field: 'n', is: 'eq', value: 1 })
  })

  it('is refused at the call where the remote cannot test it', async () => {
    const server = new TestServer()
    const { tasks, status } = device(server, { remote: server.adapter({ conditions: ['eq'] }) })
    await tasks.create({ id: 'a', title: 'a', n: 1 })
    const where = { OR: [{ n: 1 }, { NOT: { n: { gt: 3 } } }] }
    await expect(tasks.update('a', { n: 2 }, { where })).rejects.toMatchObject({ code: 'SYNC_UNSUPPORTED' })
    await tasks.update('a', { n: 2 }, { where: { n: 1 } })
    expect(status().writes.accepted).toBe(2)
  })
})

describe('writes that nobody waits for', () => {
  it('of one record happen in the order of their calls', async () => {
    const { tasks } = local()
    const all = [
      tasks.create({ id: 'a', title: '0' }),
      tasks.update('a', { title: '1' }),
      tasks.save({ id: 'a', title: '2', n: 2 }),
      tasks.update('a', (draft) => {
        draft.n = (draft.n ?? 0) + 1
      }),
      tasks.update('a', (draft) => {
        draft.n = (draft.n ?? 0) + 1
      }),
    ]
    await Promise.all(all)
    expect(await tasks.read('a')).toEqual({ id: 'a', title: '2', n: 4 })
  })

  it('keep their order over a deletion and over one that fails', async () => {
    const { tasks } = local()
    const all = [
      tasks.create({ id: 'a', title: '0' }),
      tasks.delete('a'),
      tasks.update('a', { title: 'nobody there' }),
      tasks.create({ id: 'a', title: '1' }),
      tasks.update('a', { n: 1 }),
    ]
    const ends = await Promise.allSettled(all)
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
    expect(await tasks.read('a')).toEqual({ id: 'a', title: '1', n: 1 })
  })

  it('share one store commit when they come in one tick', async () => {
    const { tasks, notes, store } = local()
    await tasks.createMany(Array.from({ length: 50 }, (_, n) => ({ id: `t${n}`, title: 't' })))
    const before = store.commits.length
    await Promise.all([
      ...Array.from({ length: 50 }, (_, n) => tasks.update(`t${n}`, { n })),
      ...Array.from({ length: 50 }, (_, n) => notes.create({ id: `n${n}`, body: 'n' })),
    ])
    expect(store.commits.length).toBe(before + 1)
    expect(await tasks.count({ where: { n: { gte: 0 } } })).toBe(50)
  })
})

describe('a signal', () => {
  it('takes a write back that was not yet accepted', async () => {
    const { tasks, status } = local()
    await tasks.create({ id: 'a', title: 'a' })
    const signal = AbortSignal.abort()
    await expect(tasks.create({ id: 'b', title: 'b' }, { signal })).rejects.toMatchObject({ code: 'SYNC_ABORTED' })
    await expect(tasks.update('a', { n: 1 }, { signal })).rejects.toMatchObject({ code: 'SYNC_ABORTED' })
    await expect(tasks.delete('a', { signal })).rejects.toMatchObject({ code: 'SYNC_ABORTED' })
    expect(await tasks.readAll()).toEqual([{ id: 'a', title: 'a' }])
    expect(status().writes.accepted).toBe(1)
  })
})

describe('a record', () => {
  it('is frozen all through, and nothing the caller changes later reaches it', async () => {
    const { tasks } = local()
    const given = { id: 'a', title: 'a', tags: ['x'] }
    const made = await tasks.create(given)
    given.title = 'changed'
    given.tags.push('y')
    expect(await tasks.read('a')).toEqual({ id: 'a', title: 'a', tags: ['x'] })
    for (const one of [made, await tasks.read('a'), (await tasks.query())[0], await tasks.update('a', { n: 1 })]) {
      expect(Object.isFrozen(one)).toBe(true)
      expect(Object.isFrozen(one?.tags)).toBe(true)
    }
  })

  it('that came from the server is frozen too', async () => {
    const server = new TestServer()
    server.write('tasks', 'a', { id: 'a', title: 'a', tags: ['x'] })
    const { tasks, sync } = device(server)
    await sync()
    const row = await tasks.read('a')
    expect([Object.isFrozen(row), Object.isFrozen(row?.tags)]).toEqual([true, true])
  })

  it('cannot be changed by changing what was given while the write is under way', async () => {
    const { tasks } = local()
    const given = { id: 'a', title: 'a', tags: ['x'] }
    const writing = tasks.create(given)
    given.title = 'changed'
    given.tags.push('y')
    await writing
    await tasks.update('a', { n: 1 })
    const change = { title: 'b' }
    const updating = tasks.update('a', change)
    change.title = 'changed'
    await updating
    expect(await tasks.read('a')).toEqual({ id: 'a', title: 'b', n: 1, tags: ['x'] })
  })
})

describe('a schema', () => {
  const Zod = z.object({ id: z.string(), title: z.string().min(1), done: z.boolean().default(false) })
  const Valibot = v.object({
    id: v.string(),
    title: v.pipe(v.string(), v.minLength(1)),
    done: v.optional(v.boolean(), false),
  })
  const clients = {
    zod: () => createSyncClient({ collections: { tasks: Zod }, env: virtualEnv() }),
    valibot: () => createSyncClient({ collections: { tasks: Valibot }, env: virtualEnv() }),
  }

  it.each(['zod', 'valibot'] as const)('of %s fills defaults and refuses what does not fit', async (kind) => {
    const client = clients[kind]()
    const { tasks } = client.collections
    const made = await tasks.create({ title: 'a' })
    expect(made).toEqual({ id: made.id, title: 'a', done: false })
    const refused = { code: 'SYNC_INPUT_INVALID', message: expect.stringContaining('tasks.title') }
    await expect(tasks.create({ title: '' })).rejects.toMatchObject(refused)
    await expect(tasks.update(made.id, { title: '' })).rejects.toMatchObject(refused)
    await expect(tasks.save({ id: made.id, title: '', done: true })).rejects.toMatchObject(refused)
    await expect(tasks.createMany([{ title: 'b' }, { title: '' }])).rejects.toMatchObject(refused)
    await expect(tasks.update(made.id, { title: undefined } as never)).rejects.toMatchObject(refused)
    expect(await tasks.readAll()).toEqual([made])
    await client.dispose()
  })

  it('may take its time', async () => {
    const Slow = z.object({ id: z.string(), title: z.string() }).refine(async ({ title }) => title !== 'taken')
    const client = createSyncClient({ collections: { tasks: Slow }, env: virtualEnv() })
    const { tasks } = client.collections
    await expect(tasks.create({ title: 'taken' })).rejects.toMatchObject({ code: 'SYNC_INPUT_INVALID' })
    await Promise.all([tasks.create({ id: 'a', title: 'free' }), tasks.update('a', { title: 'taken too' })])
    expect(await tasks.readAll()).toEqual([{ id: 'a', title: 'taken too' }])
    await client.dispose()
  })

  it('that throws fails its own write only', async () => {
    const Broken = z.object({ id: z.string(), n: z.number() }).refine(({ n }) => {
      if (n === 0) throw new Error('division by zero')
      return true
    })
    const client = createSyncClient({ collections: { tasks: Broken }, env: virtualEnv() })
    const { tasks } = client.collections
    await expect(tasks.create({ id: 'a', n: 0 })).rejects.toThrow('division by zero')
    await tasks.create({ id: 'a', n: 1 })
    expect(await tasks.count()).toBe(1)
    await client.dispose()
  })
})

describe('a key', () => {
  it('may be another field than id', async () => {
    const client = createSyncClient({
      collections: { tags: { schema: record<{ slug: string; label: string }>(), key: 'slug' } },
      env: virtualEnv({ seed: 3 }),
    })
    const { tags } = client.collections
    await tags.create({ slug: 'red', label: 'Red' })
    const made = await tags.create({ label: 'made' })
    expect(made.slug).toMatch(/^00000003-/)
    expect(await tags.read('red')).toEqual({ slug: 'red', label: 'Red' })
    await expect(tags.update('red', { slug: 'blue' })).rejects.toMatchObject({ code: 'SYNC_INPUT_INVALID' })
    await client.dispose()
  })

  it('may be several fields: the id is the JSON text of their values', async () => {
    const server = new TestServer()
    const client = createSyncClient({
      collections: { seats: { schema: record<{ row: string; seat: number; guest?: string }>(), key: ['row', 'seat'] } },
      remote: server.adapter(),
      sync: 'manual',
      env: virtualEnv(),
    })
    const { seats } = client.collections
    await seats.create({ row: 'A', seat: 1 })
    await seats.create({ row: 'A', seat: 11 })
    await expect(seats.create({ row: 'A', seat: 1 })).rejects.toMatchObject({ code: 'SYNC_ID_TAKEN' })
    await expect(seats.create({ row: 'A' })).rejects.toMatchObject({ code: 'SYNC_INPUT_INVALID' })
    await seats.update('["A",1]', { guest: 'Ada' })
    await client.synchronize()
    expect(server.all('seats')).toEqual({
      '["A",1]': { row: 'A', seat: 1, guest: 'Ada' },
      '["A",11]': { row: 'A', seat: 11 },
    })
    await client.dispose()
  })
})

describe('settled()', () => {
  it('waits for the newest write to the record and tells its revision', async () => {
    const { tasks, sync } = local()
    await tasks.create({ id: 'a', title: 'a' })
    await tasks.update('a', { n: 1 })
    const settled = tasks.settled('a')
    await sync()
    expect(await settled).toEqual({ state: 'applied', revision: '1' })
    expect(await tasks.settled('nothing')).toEqual({ state: 'applied', revision: null })
  })

  it('can be given up', async () => {
    const { tasks } = local()
    await tasks.create({ id: 'a', title: 'a' })
    const controller = new AbortController()
    const settled = tasks.settled('a', { signal: controller.signal })
    controller.abort()
    await expect(settled).rejects.toMatchObject({ code: 'SYNC_ABORTED' })
    await expect(tasks.settled('a', { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'SYNC_ABORTED' })
  })

  it('fails when the client is disposed first', async () => {
    const { tasks, client } = local()
    await tasks.create({ id: 'a', title: 'a' })
    const settled = tasks.settled('a')
    const failed = expect(settled).rejects.toMatchObject({ code: 'SYNC_CLOSED' })
    await client.dispose()
    await failed
  })
})

it('works without a backend, and keeps the writes for the day there is one', async () => {
  const store = wrapStore()
  const collections = { tasks: record<{ id: string; title: string }>() }
  const alone = createSyncClient({ collections, store, env: virtualEnv() })
  await alone.collections.tasks.create({ id: 'a', title: 'a' })
  expect(alone.status.getSnapshot()).toMatchObject({ state: 'offline', pending: 1 })
  await expect(alone.synchronize()).rejects.toMatchObject({ code: 'SYNC_UNSUPPORTED' })
  await alone.dispose()
  const server = new TestServer()
  const later = device(server, { store })
  await later.sync()
  expect(server.record('tasks', 'a')).toEqual({ id: 'a', title: 'a' })
})
