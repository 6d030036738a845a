import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import {
  createSyncClient,
  memoryStore,
  record,
  type SyncClientOptions,
  SyncError,
  type SyncEvents,
} from '../src/index.ts'
import { add, migrations } from '../src/migrations/index.ts'
import { moreOperators } from '../src/operators/index.ts'
import type { Task } from './support/device.ts'
import { never, TestServer } from './support/server.ts'
import { Disk } from './support/stores.ts'
import { quiet, type VirtualEnv, virtualEnv } from './support/virtual-env.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const table = readme.split('\n## Options\n')[1]?.split('\n## ')[0] ?? ''
const documented = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name as string)

const collections = { tasks: record<Task>() }
type Options = Partial<SyncClientOptions<typeof collections>>

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

/** A client with nothing but these options and a world of its own. */
function clientWith(options: Options, env: VirtualEnv = virtualEnv()) {
  const server = new TestServer()
  const client = createSyncClient({ collections, remote: server.adapter({ live: 'none' }), env, ...options })
  ends.push(() => client.dispose())
  const waits: number[] = []
  client.observe({ 'sync:failed': ({ retryInMs }: SyncEvents['sync:failed']) => waits.push(retryInMs ?? Number.NaN) })
  return { client, server, env, waits, tasks: client.collections.tasks }
}

const lost = (): never => {
  throw new SyncError('SYNC_NETWORK')
}

/** Waits after failures, the first ones. */
async function waitsWith(options: Options, count: number): Promise<readonly number[]> {
  const { client, server, env, waits } = clientWith(options)
  server.beforePull = lost
  await client.start()
  while (waits.length < count) await env.advanceToNext()
  return waits
}

/** When a request that is never answered is given up. */
async function givenUpAfter(options: Options): Promise<number> {
  const { client, server, env, waits } = clientWith(options)
  server.beforePull = () => never()
  const from = env.now()
  await client.start()
  while (waits.length === 0) await env.advanceToNext()
  return env.now() - from
}

/** How long it takes from one pull to the next while all is well. */
async function pullsApart(options: Options): Promise<number> {
  const { client, server, env } = clientWith(options)
  await client.start()
  await env.advance(0)
  const [from, pulls] = [env.now(), server.pulls.length]
  while (server.pulls.length === pulls) await env.advanceToNext()
  return env.now() - from
}

const between = (value: number, [least, most]: readonly [number, number]): void => {
  expect(value).toBeGreaterThanOrEqual(least)
  expect(value).toBeLessThanOrEqual(most)
}

/** By option: what it does, and what the client does without it. */
const effects: Readonly<Record<string, () => Promise<void>>> = {
  collections: async () => {
    expect(Object.keys(clientWith({}).client.collections)).toEqual(['tasks'])
  },
  remote: async () => {
    const { server, client } = clientWith({ sync: 'manual' })
    await client.synchronize()
    expect(server.pulls).toHaveLength(1)
    const alone = createSyncClient({ collections, env: virtualEnv() })
    await expect(alone.synchronize()).rejects.toMatchObject({ code: 'SYNC_UNSUPPORTED' })
    await alone.dispose()
  },
  store: async () => {
    const store = new Disk()
    await clientWith({ store }).tasks.create({ id: 'a', title: 'a' })
    expect(store.values('u-', 'op').size).toBe(1)
    const { client, tasks } = clientWith({})
    await tasks.readAll()
    expect(client.status.getSnapshot()?.durability).toBe('none')
  },
  durability: async () => {
    const asked = clientWith({ durability: 'relaxed', store: memoryStore() }).tasks.readAll()
    await expect(asked).rejects.toMatchObject({ code: 'SYNC_STORE_DURABILITY' })
    expect(await clientWith({ store: memoryStore() }).tasks.readAll()).toEqual([])
  },
  user: async () => {
    for (const user of ['ada', '']) {
      const { client, server } = clientWith(user ? { user } : {})
      await client.synchronize()
      expect(server.contexts[0]?.user).toBe(user)
    }
  },
  scope: async () => {
    const { client, server } = clientWith({ scope: { tasks: () => ({ done: false }) } })
    await client.synchronize()
    expect(server.pulls[0]?.feed.filters).toHaveProperty('tasks')
    const whole = clientWith({})
    await whole.client.synchronize()
    expect(whole.server.pulls[0]?.feed.filters).toBeUndefined()
  },
  conflict: async () => {
    for (const [options, title] of [
      [{ conflict: { tasks: () => 'remote' as const } }, 'theirs'],
      [{}, 'mine'],
    ] as const) {
      const { client, server, tasks } = clientWith({ ...options, sync: 'manual' })
      server.write('tasks', 'a', { id: 'a', title: 'base' })
      await client.synchronize()
      server.edit('tasks', 'a', { title: 'theirs' })
      await tasks.update('a', { title: 'mine' })
      await client.synchronize()
      await quiet()
      expect(await tasks.read('a')).toMatchObject({ title })
    }
  },
  operators: async () => {
    const where = { title: { contains: 'b' } }
    const { tasks } = clientWith({ operators: moreOperators })
    await tasks.create({ id: 'a', title: 'abc' })
    expect(await tasks.query({ where })).toHaveLength(1)
    await expect(clientWith({}).tasks.query({ where })).rejects.toMatchObject({ code: 'SYNC_INPUT_INVALID' })
  },
  migrations: async () => {
    const store = new Disk()
    const old = clientWith({ store, sync: 'manual' })
    await old.tasks.create({ id: 'a', title: 'a' })
    await old.client.dispose()
    const steps = [{ to: 2, records: { tasks: [add('n', 7)] } }]
    const { tasks } = clientWith({ store, sync: 'manual', migrations: migrations({ version: 2, steps }) })
    expect(await tasks.read('a')).toMatchObject({ n: 7 })
  },
  use: async () => {
    const seen: string[] = []
    const plugin = { name: 'seen', setup: () => void seen.push('set up') }
    clientWith({ use: [plugin] })
    expect(seen).toEqual(['set up'])
  },
  sync: async () => {
    for (const [options, pulls] of [
      [{ sync: 'manual' }, 0],
      [{ sync: 'auto' }, 1],
      [{}, 1],
    ] as const) {
      const { tasks, server, env } = clientWith(options)
      await tasks.readAll()
      await env.advance(0)
      expect(server.pulls).toHaveLength(pulls)
    }
  },
  env: async () => {
    const env = { ...virtualEnv(), uuid: () => '00000000-0000-4000-8000-000000000007' }
    const { tasks } = clientWith({ env, sync: 'manual' })
    expect((await tasks.create({ title: 'a' })).id).toBe('00000000-0000-4000-8000-000000000007')
  },
  requestTimeoutMs: async () => {
    expect(await givenUpAfter({ requestTimeoutMs: 1234 })).toBe(1234)
    expect(await givenUpAfter({})).toBe(30_000)
  },
  pullIntervalMs: async () => {
    between(await pullsApart({ pullIntervalMs: 10_000 }), [9000, 11_000])
    between(await pullsApart({}), [54_000, 66_000])
  },
  retryMinMs: async () => {
    const first = async (options: Options, count: number): Promise<readonly number[]> =>
      Promise.all(Array.from({ length: count }, async () => (await waitsWith(options, 1))[0] as number))
    // Full jitter: of many, some come close to the ceiling, none goes beyond it.
    between(Math.max(...(await first({ retryMinMs: 200 }, 30))), [100, 200])
    between(Math.max(...(await first({}, 30))), [500, 1000])
  },
  retryMaxMs: async () => {
    between(Math.max(...(await waitsWith({ retryMaxMs: 3000 }, 30))), [1500, 3000])
    between(Math.max(...(await waitsWith({}, 40))), [30_000, 60_000])
  },
}

describe('each option', () => {
  it('of the table has a test of what it does here', () => {
    expect(Object.keys(effects)).toEqual(documented)
  })

  it.each(Object.entries(effects))(
    '%s does what the table says, and without it the default holds',
    async (_, effect) => {
      await effect()
    },
  )
})

/** What is of the wrong kind for every option, and what is for some. */
const wrong: Readonly<Record<string, readonly unknown[]>> = {
  collections: [7, 'tasks', []],
  remote: [{}, 'https://example.com', { pull: () => {} }],
  store: [{}, 'memory', 7],
  durability: ['safe', true, 2],
  user: [7, {}, ['ada'], 'a\0b', 'a\ud800'],
  scope: [7, 'tasks', [], { tasks: {} }, { notes: () => undefined }],
  conflict: [7, 'local', [], { tasks: 'local' }, { notes: () => 'local' }],
  operators: [{}, true, 'all'],
  migrations: [7, {}, []],
  use: [{}, 'logging', [() => {}]],
  sync: ['automatic', true, 1],
  env: [{}, 7, { now: () => 0 }],
  requestTimeoutMs: [0, -1, Number.NaN, '1000', true, [5], {}],
  pullIntervalMs: [0, -1, Number.NaN, '1000', true, [5], {}],
  retryMinMs: [0, -1, Number.NaN, '1000', true, [5], {}],
  retryMaxMs: [0, -1, Number.NaN, '1000', true, [5], {}],
}

describe('a value of the wrong kind is refused', () => {
  const made = (options: object): unknown => createSyncClient({ collections, ...options } as never)
  const cases = documented.flatMap((name) => [null, ...(wrong[name] ?? [])].map((value) => [name, value] as const))

  it.each(cases)('%s: %o', (name, value) => {
    expect(Object.keys(wrong)).toContain(name)
    expect(() => made({ [name]: value })).toThrow(expect.objectContaining({ code: 'SYNC_CONFIG_INVALID' }))
  })
})
