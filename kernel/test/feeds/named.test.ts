import { describe, expect, it } from 'vitest'
import { withNamedFeeds } from '../../src/feeds/index.ts'
import { SyncError } from '../../src/index.ts'
import { type Device, type DeviceOptions, device } from '../support/device.ts'
import { once } from '../support/server.ts'
import { Disk } from '../support/stores.ts'
import { TeamServer } from '../support/teams.ts'

/** Tasks of teams `a` and `b`, of both, and of a team nobody is in. */
function teams(...of: string[]): TeamServer {
  const server = new TeamServer()
  server.task('in-a', 'a')
  server.task('in-b', 'b')
  server.task('in-both', 'a', 'b')
  server.task('in-c', 'c')
  server.teams = of
  return server
}

const member = (server: TeamServer, options: DeviceOptions = {}): Device =>
  device(server, { ...options, remote: withNamedFeeds(server.scoped()) })

const idsOf = async ({ tasks }: Device): Promise<readonly string[]> => (await tasks.readAll()).map(({ id }) => id)

const feedsIn = (disk: Disk): Readonly<Record<string, unknown>> =>
  Object.fromEntries([...disk.values('u-', 'base')].map(([key, value]) => [key, (value as { feeds: unknown }).feeds]))

describe('feeds that the server names', () => {
  it('are asked for in each cycle and pulled one by one', async () => {
    const server = teams('a', 'b')
    const one = member(server)
    await one.sync()
    await one.sync()
    expect(server.asked).toBe(2)
    expect(server.pulled).toEqual(['a', 'b', 'a', 'b'])
    expect(await idsOf(one)).toEqual(['in-a', 'in-b', 'in-both'])
  })

  it('bring the rows of a team that the user joined, however old they are [F16]', async () => {
    const server = teams('a')
    const one = member(server)
    await one.sync()
    for (let n = 0; n < 3; n += 1) server.task(`later-${n}`, 'a')
    await one.sync()
    server.teams.push('b')
    await one.sync()
    expect(await idsOf(one)).toContain('in-b')
    expect(server.pulls.filter(({ feed, cursor }) => feed.id === 'b' && cursor === null)).toHaveLength(1)
    expect(server.pulls.filter(({ feed, cursor }) => feed.id === 'a' && cursor === null)).toHaveLength(1)
  })

  it('take with them, at once, the rows that no other feed has, and nothing is deleted upstream [F15]', async () => {
    const server = teams('a', 'b')
    const one = member(server)
    await one.sync()
    server.teams = ['b']
    await one.sync()
    expect(await idsOf(one)).toEqual(['in-b', 'in-both'])
    server.teams = []
    await one.sync()
    expect(await idsOf(one)).toEqual([])
    expect(server.requests).toEqual([])
    server.teams = ['a']
    await one.sync()
    expect(await idsOf(one)).toEqual(['in-a', 'in-both'])
  })

  it('keep a row that moves from one to another, in whatever order the two tell of it', async () => {
    const server = teams('a', 'b')
    const one = member(server)
    await one.sync()
    server.task('in-a', 'b')
    server.task('in-b', 'a')
    await one.sync()
    expect(await idsOf(one)).toEqual(['in-a', 'in-b', 'in-both'])
    server.teams = ['a']
    await one.sync()
    expect(await idsOf(one)).toEqual(['in-b', 'in-both'])
  })

  it('are noted at each row, and a row that left its last is gone', async () => {
    const server = teams('a', 'b')
    const store = new Disk()
    const one = member(server, { store })
    await one.sync()
    expect(feedsIn(store)).toEqual({
      'tasks/in-a': ['a'],
      'tasks/in-b': ['b'],
      'tasks/in-both': ['a', 'b'],
    })
    server.task('in-both', 'b')
    server.task('in-a')
    await one.sync()
    expect(feedsIn(store)).toEqual({ 'tasks/in-b': ['b'], 'tasks/in-both': ['b'] })
  })

  it('store nothing again where a pull brings what is here', async () => {
    const server = teams('a', 'b')
    const store = new Disk()
    const one = member(server, { store })
    await one.sync()
    await one.tasks.update('in-both', { title: 'mine' })
    await one.sync()
    await one.sync()
    expect(feedsIn(store)['tasks/in-both']).toEqual(['b', 'a'].sort())
    expect(one.heard('record:changed').filter((event) => (event as { id: string }).id === 'in-both')).toHaveLength(2)
  })
})

describe('a row with unsent writes whose feed is no longer named', () => {
  it('stays until they have ended, and goes then', async () => {
    const server = teams('a', 'b')
    const one = member(server)
    await one.sync()
    await one.tasks.update('in-a', { title: 'mine' })
    server.teams = ['b']
    server.beforePush = once(() => {
      throw new SyncError('SYNC_NETWORK')
    })
    await expect(one.sync()).rejects.toMatchObject({ code: 'SYNC_NETWORK' })
    expect(await one.tasks.read('in-a')).toMatchObject({ title: 'mine' })
    server.afterPush = (verdicts) => verdicts.map(() => ({ kind: 'applied' }) as const)
    await one.sync()
    expect(server.record('tasks', 'in-a')).toMatchObject({ title: 'mine' })
    expect(await idsOf(one)).toEqual(['in-b', 'in-both'])
  })

  it('leaves although it was sent in the cycle before, and no feed has told of it since', async () => {
    const server = teams('a', 'b')
    const one = member(server)
    await one.sync()
    await one.tasks.update('in-a', { title: 'mine' })
    await one.tasks.create({ id: 'new', title: 'new', tags: ['a'] })
    await one.tasks.create({ id: 'other', title: 'other', tags: ['b'] })
    await one.sync()
    server.teams = ['b']
    await one.sync()
    expect(await idsOf(one)).toEqual(['in-b', 'in-both', 'other'])
  })
})

describe('an answer that names no feeds', () => {
  const loop: Record<string, unknown> = {}
  loop['self'] = loop
  const thrower = new Proxy(
    {},
    {
      get: () => {
        throw new Error('a trap')
      },
    },
  )
  it.each<[string, unknown, string]>([
    ['is null', () => null, 'SYNC_PROTOCOL'],
    ['is no list', () => ({ a: 1 }), 'SYNC_PROTOCOL'],
    ['holds null', [null], 'SYNC_PROTOCOL'],
    ['has no id', [{ collections: ['tasks'] }], 'SYNC_PROTOCOL'],
    ['has an id that is no text', [{ id: 7, collections: ['tasks'] }], 'SYNC_PROTOCOL'],
    ['has an empty id', [{ id: '', collections: ['tasks'] }], 'SYNC_PROTOCOL'],
    ['has an id that is too long', [{ id: 'a'.repeat(257), collections: ['tasks'] }], 'SYNC_PROTOCOL'],
    ['has an id beyond ASCII', [{ id: 'ä', collections: ['tasks'] }], 'SYNC_PROTOCOL'],
    ['has an id with NUL', [{ id: 'a\0', collections: ['tasks'] }], 'SYNC_PROTOCOL'],
    ['names one id twice', [1, 2].map(() => ({ id: 'a', collections: ['tasks'] })), 'SYNC_PROTOCOL'],
    ['has no collections', [{ id: 'a' }], 'SYNC_PROTOCOL'],
    ['has a text as collections', [{ id: 'a', collections: 'tasks' }], 'SYNC_PROTOCOL'],
    ['has a filter without end', [{ id: 'a', collections: ['tasks'], filters: { tasks: loop } }], 'SYNC_PROTOCOL'],
    ['throws when looked at', [thrower], 'SYNC_PROTOCOL'],
    [
      'is an error',
      () => {
        throw new SyncError('SYNC_FORBIDDEN')
      },
      'SYNC_FORBIDDEN',
    ],
    [
      'is an exception',
      () => {
        throw new TypeError('down')
      },
      'SYNC_NETWORK',
    ],
  ])('because it %s is refused, told, and takes nothing away [F11]', async (_, named, code) => {
    const server = teams('a', 'b')
    const one = member(server)
    await one.sync()
    server.named = named
    await expect(one.sync()).rejects.toMatchObject({ code })
    expect(await idsOf(one)).toEqual(['in-a', 'in-b', 'in-both'])
    expect(one.heard('sync:failed')).toMatchObject([{ error: { code } }])
    expect(one.status().error).toMatchObject({ code })
    server.named = undefined
    await one.sync()
    expect(one.status().error).toBeUndefined()
  })
})

it('passes over collections that the app does not have, and feeds of nothing else', async () => {
  const server = teams()
  server.named = [
    { id: 'a', collections: ['users', 'tasks', '__proto__', 'tasks'] },
    { id: 'z', collections: ['users'] },
    { id: 'y', collections: [] },
  ]
  const one = member(server)
  await one.sync()
  expect(server.pulls.map(({ feed }) => [feed.id, feed.collections])).toEqual([['a', ['tasks']]])
})

it('lists a feed anew when its collections or filters change, and sweeps what it lacks then', async () => {
  const server = teams()
  const filter = (value: string) => ({ tasks: { field: 'title', is: 'ne', value } })
  server.named = [{ id: 'a', collections: ['tasks'], filters: filter('in-both') }]
  const one = member(server)
  await one.sync()
  expect(await idsOf(one)).toEqual(['in-a'])
  server.named = [{ id: 'a', collections: ['tasks'], filters: filter('in-a') }]
  await one.sync()
  expect(await idsOf(one)).toEqual(['in-both'])
  expect(server.pulls.map(({ cursor }) => cursor)).toEqual([null, null])
})

it('sweeps of a repeated listing only what came by that feed', async () => {
  const server = teams('a', 'b')
  const one = member(server)
  await one.sync()
  server.purge('tasks', 'in-a')
  server.expire()
  await one.sync()
  expect(await idsOf(one)).toEqual(['in-b', 'in-both'])
  server.purge('tasks', 'in-both')
  server.expire()
  await one.sync()
  expect(await idsOf(one)).toEqual(['in-b'])
})

it('takes over the rows of a remote that named no feeds before, and lets go of what none has', async () => {
  const server = teams('a')
  const store = new Disk()
  const before = device(server, { store })
  await before.sync()
  expect(await idsOf(before)).toHaveLength(4)
  await before.client.dispose()
  const after = member(server, { store })
  await after.sync()
  expect(await idsOf(after)).toEqual(['in-a', 'in-both'])
  await after.client.dispose()
  const back = device(server, { store })
  await back.sync()
  expect(await idsOf(back)).toHaveLength(4)
})

it('closes a feed that this user may not read, and goes on with the others', async () => {
  const server = teams('a', 'b')
  const one = member(server)
  server.beforePull = ({ feed }) => {
    if (feed.id === 'a') throw new SyncError('SYNC_FORBIDDEN')
  }
  await one.sync()
  expect(await idsOf(one)).toEqual(['in-b', 'in-both'])
  expect(one.status().forbidden).toEqual(['tasks'])
})

it('is in step where the server names no feed at all', async () => {
  const server = teams()
  const one = member(server)
  await one.client.start()
  await one.env.advance(5000)
  expect(one.status()).toMatchObject({ state: 'synced', pending: 0 })
  server.teams.push('a')
  await one.sync()
  await one.env.advance(0)
  expect(await idsOf(one)).toEqual(['in-a', 'in-both'])
  expect(one.status().state).toBe('synced')
})

it('is not in step while a feed of several collections may not be read', async () => {
  const server = teams()
  server.named = [{ id: 'all', collections: ['tasks', 'notes'] }]
  server.beforePull = () => {
    throw new SyncError('SYNC_FORBIDDEN')
  }
  const one = member(server)
  await one.client.start()
  await one.env.advance(5000)
  expect(one.status()).toMatchObject({ state: 'forbidden', forbidden: ['notes'] })
})

it('refuses a scope beside the feeds of the server', async () => {
  const one = member(teams('a'), { scope: () => ({ done: false }) })
  await expect(one.sync()).rejects.toMatchObject({ code: 'SYNC_CONFIG_INVALID' })
})

it('is refused for a remote that names no feeds', () => {
  expect(() => withNamedFeeds(new TeamServer().adapter() as never)).toThrow(/withNamedFeeds.*\[SYNC_CONFIG_INVALID\]/)
})
