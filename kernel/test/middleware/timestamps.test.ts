import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSyncClient, memoryStore, type Resolver, record } from '../../src/index.ts'
import { type TimestampsOptions, timestamps } from '../../src/middleware/index.ts'
import { accounted } from '../support/device.ts'
import { TestServer } from '../support/server.ts'
import { quiet, type VirtualEnv, virtualEnv } from '../support/virtual-env.ts'

interface Task {
  readonly id: string
  readonly title: string
  readonly n?: number
  readonly createdAt?: string
  readonly updatedAt?: string
}

const both: TimestampsOptions = { created: 'createdAt', updated: 'updatedAt' }
const at = (ms: number): string => new Date(1_800_000_000_000 + ms).toISOString()

function device(server: TestServer, options = both, env: VirtualEnv = virtualEnv(), resolver?: Resolver<Task>) {
  const client = createSyncClient({
    collections: { tasks: record<Task>(), notes: record<{ id: string; body: string }>() },
    remote: server.adapter(),
    store: memoryStore(),
    sync: 'manual',
    env,
    use: [timestamps(options)],
    ...(resolver ? { conflict: { tasks: resolver } } : {}),
  })
  const sync = async (): Promise<void> => {
    await client.synchronize()
    await quiet()
  }
  return { client, env, ...client.collections, sync }
}

type Step = { readonly who: number; readonly what: string; readonly wait: number }

async function play({ tasks, sync }: ReturnType<typeof device>, what: string, turn: number): Promise<void> {
  if (what === 'sync') await sync()
  else if (what === 'save') await tasks.save({ id: 'a', title: `s${turn}` })
  else await tasks.update('a', { [what]: what === 'n' ? turn : `t${turn}` })
}

/** Plays a history on two devices, and looks at what is left of the stamps. */
async function agree(steps: readonly Step[]): Promise<void> {
  const server = new TestServer()
  const devices = [device(server), device(server, both, virtualEnv(), () => 'remote')] as const
  await devices[0].tasks.create({ id: 'a', title: 'x' })
  for (const { sync } of devices) await sync()
  for (const [turn, { who, what, wait }] of steps.entries()) {
    await devices[who as 0].env.advance(wait)
    await play(devices[who as 0], what, turn)
  }
  for (const { sync } of [...devices, ...devices, ...devices, ...devices]) await sync()
  const final = server.record('tasks', 'a')
  expect(final?.['createdAt']).toBe(at(0))
  expect(String(final?.['updatedAt']) >= at(0)).toBe(true)
  for (const { client, tasks } of devices) {
    expect(await tasks.read('a')).toEqual(final)
    const status = client.status.getSnapshot()
    expect(status && accounted(status)).toBe(status?.writes.accepted)
    await client.dispose()
  }
}

describe('timestamps', () => {
  it('fills both on create, and only the newer one on update', async () => {
    const { tasks, env } = device(new TestServer())
    expect(await tasks.create({ id: 'a', title: 'x' })).toEqual({
      id: 'a',
      title: 'x',
      createdAt: at(0),
      updatedAt: at(0),
    })
    await env.advance(1500)
    const changed = await tasks.update('a', { title: 'y' })
    expect(changed).toEqual({ id: 'a', title: 'y', createdAt: at(0), updatedAt: at(1500) })
    expect(await tasks.createMany([{ id: 'b', title: 'z' }])).toMatchObject([{ createdAt: at(1500) }])
  })

  it('survives a save of the whole record, with the stamps or without', async () => {
    const { tasks, env } = device(new TestServer())
    await tasks.create({ id: 'a', title: 'x', n: 1 })
    await env.advance(10)
    const first = { id: 'a', title: 'y', createdAt: at(0), updatedAt: at(10) }
    expect(await tasks.save({ id: 'a', title: 'y' })).toEqual(first)
    await env.advance(10)
    expect(await tasks.save({ ...first, title: 'z' })).toEqual({ ...first, title: 'z', updatedAt: at(20) })
  })

  it('does not take a save of the same record for a change', async () => {
    const { client, tasks, env } = device(new TestServer())
    const made = await tasks.create({ id: 'a', title: 'x' })
    await env.advance(10)
    expect(await tasks.save({ id: 'a', title: 'x' })).toEqual(made)
    expect(await tasks.save(made)).toEqual(made)
    expect(client.status.getSnapshot()?.writes.accepted).toBe(1)
  })

  it('keeps what the app gave on create, unless it is told to overwrite', async () => {
    const own = { id: 'a', title: 'x', createdAt: at(-99) }
    expect(await device(new TestServer()).tasks.create(own)).toEqual({ ...own, updatedAt: at(0) })
    const { tasks } = device(new TestServer(), { ...both, overwrite: true })
    expect(await tasks.create(own)).toEqual({ ...own, createdAt: at(0), updatedAt: at(0) })
  })

  it('gives milliseconds where they are asked for, and leaves other collections alone', async () => {
    const { tasks, notes } = device(new TestServer(), { created: 'n', format: 'ms', collections: ['tasks'] })
    expect(await tasks.create({ id: 'a', title: 'x' })).toEqual({ id: 'a', title: 'x', n: 1_800_000_000_000 })
    expect(await notes.create({ id: 'a', body: 'x' })).toEqual({ id: 'a', body: 'x' })
    expect(await notes.update('a', { body: 'y' })).toEqual({ id: 'a', body: 'y' })
  })

  it('makes no conflict of changes to different fields: the resolver is not asked, the later stamp stays', async () => {
    const server = new TestServer()
    const asked: unknown[] = []
    const resolver: Resolver<Task> = ({ fields }) => {
      asked.push(fields)
      return 'remote'
    }
    const [a, b] = [device(server, both, virtualEnv(), resolver), device(server, both, virtualEnv(), resolver)]
    await a.tasks.create({ id: 'a', title: 'x', n: 0 })
    await a.sync()
    await b.sync()
    await a.env.advance(5000)
    await b.env.advance(100)
    await a.tasks.update('a', { title: 'from a' })
    await b.tasks.update('a', { n: 7 })
    await a.sync()
    for (let round = 0; round < 3; round += 1) await b.sync()
    await a.sync()
    const merged = { id: 'a', title: 'from a', n: 7, createdAt: at(0), updatedAt: at(5000) }
    expect(server.record('tasks', 'a')).toEqual(merged)
    expect(await a.tasks.read('a')).toEqual(merged)
    expect(await b.tasks.read('a')).toEqual(merged)
    expect(asked).toEqual([])
  })

  it('asks the resolver about its own fields only, and the stamp never goes back', async () => {
    const server = new TestServer()
    const asked: unknown[] = []
    const resolver: Resolver<Task> = ({ fields }) => {
      asked.push(fields)
      return 'local'
    }
    const [a, b] = [device(server), device(server, both, virtualEnv(), resolver)]
    await a.tasks.create({ id: 'a', title: 'x' })
    await a.sync()
    await b.sync()
    await a.env.advance(5000)
    await b.env.advance(100)
    await a.tasks.update('a', { title: 'from a' })
    await b.tasks.update('a', { title: 'from b' })
    await a.sync()
    for (let round = 0; round < 3; round += 1) await b.sync()
    expect(asked).toEqual([['title']])
    expect(server.record('tasks', 'a')).toMatchObject({ title: 'from b', updatedAt: at(5000) })
  })

  it('stamps of any history are there, ordered, and agree everywhere', async () => {
    const step = fc.record({ who: fc.nat(1), what: fc.constantFrom('title', 'n', 'save', 'sync'), wait: fc.nat(1000) })
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 20 }), agree), { numRuns: 60 })
  })

  it('serves one environment at a time', async () => {
    const plugin = timestamps(both)
    const [{ client }, other] = [device(new TestServer()), device(new TestServer())]
    const remove = client.use(plugin)
    client.use(plugin)()
    expect(() => other.client.use(plugin)).toThrow('another env')
    remove()
    other.client.use(plugin)
  })

  it('says so where it was taken apart', async () => {
    const { tasks, client } = device(new TestServer(), { created: 'createdAt' })
    const { name, middleware } = timestamps(both)
    client.use({ name, middleware: middleware as never })
    await expect(tasks.create({ title: 'x' })).rejects.toMatchObject({ code: 'SYNC_CONFIG_INVALID' })
  })

  it.each([
    [undefined, 'takes an object'],
    [{}, 'needs created'],
    [{ created: 'a', updated: 'a' }, 'needs created'],
    [{ created: 4 }, 'created and updated'],
    [{ updated: '__proto__' }, 'created and updated'],
    [{ created: 'a', format: 'unix' }, 'format'],
    [{ created: 'a', overwrite: 1 }, 'overwrite'],
    [{ created: 'a', collections: 'tasks' }, 'collections'],
    [{ created: 'a', modified: 'b' }, 'has no "modified"'],
  ])('refuses %o', (options, why) => {
    expect(() => timestamps(options as never)).toThrow(why)
    expect(() => timestamps(options as never)).toThrow('[SYNC_CONFIG_INVALID]')
  })
})
