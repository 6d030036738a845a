import { describe, expect, it } from 'vitest'
import { quarantine } from '../../src/inbox/index.ts'
import { type PullPage, type RemoteChange, SyncError } from '../../src/index.ts'
import { device } from '../support/device.ts'
import { never, once, TestServer, withLimits } from '../support/server.ts'
import { Disk, wrapStore } from '../support/stores.ts'
import { until } from '../support/virtual-env.ts'

const filled = (count: number): TestServer => {
  const server = new TestServer()
  for (let n = 0; n < count; n += 1) server.write('tasks', `t${n}`, { id: `t${n}`, title: `task ${n}`, n })
  return server
}
const offline = (): never => {
  throw new SyncError('SYNC_NETWORK')
}
/** The server fails from the n-th page on. */
const failFromPage = (server: TestServer, page: number): void => {
  const start = server.pulls.length
  server.beforePull = () => (server.pulls.length - start >= page ? offline() : undefined)
}

/** Leaves a row out of every page, as a listing does that was made before the row came. */
const without =
  (id: string) =>
  (page: PullPage): PullPage =>
    page.kind === 'expired' ? page : { ...page, changes: page.changes.filter((change) => change.id !== id) }

describe('a run', () => {
  it('asks page after page until the one that says there is no more', async () => {
    const server = filled(12)
    const { tasks, sync } = device(server)
    await sync()
    expect(server.pulls).toHaveLength(3)
    expect(server.pulls[0]).toMatchObject({ cursor: null, limit: 5 })
    expect(new Set(server.pulls.map(({ cursor }) => cursor)).size).toBe(3)
    expect(await tasks.count()).toBe(12)
  })

  it('asks only for what is new the next time', async () => {
    const server = filled(12)
    const { tasks, sync } = device(server)
    await sync()
    server.edit('tasks', 't3', { n: 33 })
    server.write('tasks', 't4', null)
    expect(await sync()).toMatchObject({ pulled: 2 })
    expect(server.pulls).toHaveLength(4)
    expect(await tasks.read('t3')).toMatchObject({ n: 33 })
    expect(await tasks.read('t4')).toBeUndefined()
  })

  it('goes on after empty pages, however many, while they say there is more [F08]', async () => {
    const server = filled(3)
    const { tasks, sync } = device(server)
    const head = { kind: 'snapshot', epoch: 'e1' } as const
    const pages: PullPage[] = [
      ...['x', 'y', 'z'].map((cursor): PullPage => ({ ...head, changes: [], cursor, more: true })),
      { ...head, changes: [server.row('tasks', 't0')], cursor: null, more: false },
    ]
    server.beforePull = () => pages.shift()
    await sync()
    expect(await tasks.readAll()).toMatchObject([{ id: 't0' }])
    expect(server.pulls.map(({ cursor }) => cursor)).toEqual([null, 'x', 'y', 'z'])
  })

  it.each<[string, Partial<PullPage>]>([
    ['starts with a delta', { kind: 'delta' }],
    ['says there is more but gives no cursor', { cursor: null, more: true } as Partial<PullPage>],
    ['says expired to a listing from the start', { kind: 'expired' }],
  ])('refuses a page that %s, and takes nothing of it', async (_, change) => {
    const server = filled(2)
    const { tasks, sync } = device(server)
    server.afterPull = (page) => ({ ...page, ...change }) as PullPage
    await expect(sync()).rejects.toMatchObject({ code: 'SYNC_PROTOCOL' })
    expect(await tasks.count()).toBe(0)
  })

  it('refuses a run that mixes snapshot and delta pages', async () => {
    const server = filled(8)
    const { sync } = device(server)
    server.afterPull = (page, { cursor }) => (cursor === null ? page : ({ ...page, kind: 'delta' } as PullPage))
    await expect(sync()).rejects.toMatchObject({ code: 'SYNC_PROTOCOL' })
  })
})

describe('a cursor', () => {
  it('never moves without its page [F05]', async () => {
    const server = filled(12)
    const store = wrapStore()
    const { tasks, sync } = device(server, { store })
    await tasks.count()
    let pages = 0
    store.beforeCommit = (entries) => {
      if (!entries.some(({ table }) => table === 'base')) return
      pages += 1
      if (pages === 2) throw new SyncError('SYNC_STORE_FULL')
    }
    await expect(sync()).rejects.toMatchObject({ code: 'SYNC_STORE_FULL' })
    expect(await tasks.count()).toBe(5)
    const failed = server.pulls.at(-1)?.cursor
    await sync()
    expect(server.pulls[2]?.cursor).toBe(failed)
    expect(await tasks.count()).toBe(12)
  })

  it('is stored in the same commit as the rows it covers [F05]', async () => {
    const server = filled(12)
    const store = wrapStore()
    const { sync } = device(server, { store })
    await sync()
    const cursors = store.commits.filter((entries) => entries.some(({ key }) => key.startsWith('feed/')))
    const rows = cursors.map((entries) => entries.filter(({ table }) => table === 'base').length)
    expect(rows).toEqual([5, 5, 2])
  })
})

describe('a run that was cut off', () => {
  it('goes on at its last page if it is the first one', async () => {
    const server = filled(12)
    const store = new Disk()
    failFromPage(server, 2)
    await expect(device(server, { store }).sync()).rejects.toMatchObject({ code: 'SYNC_NETWORK' })
    const asked = server.pulls.at(-1)?.cursor
    expect(asked).not.toBeNull()
    server.beforePull = () => {}
    const again = device(server, { store })
    expect(await again.tasks.count()).toBe(5)
    await again.sync()
    expect(server.pulls[2]?.cursor).toBe(asked)
    expect(await again.tasks.count()).toBe(12)
  })

  it('sweeps nothing when it went on, for it did not see the start', async () => {
    const server = filled(12)
    const store = new Disk()
    failFromPage(server, 2)
    await device(server, { store })
      .sync()
      .catch(() => {})
    server.beforePull = () => {}
    server.purge('tasks', 't0')
    const again = device(server, { store })
    await again.sync()
    expect(await again.tasks.count()).toBe(12)
    server.expire()
    await again.sync()
    expect(await again.tasks.count()).toBe(11)
  })

  it('starts again if it repeats a listing', async () => {
    const server = filled(12)
    const store = new Disk()
    await device(server, { store }).sync()
    server.expire()
    server.purge('tasks', 't0')
    failFromPage(server, 3)
    await device(server, { store })
      .sync()
      .catch(() => {})
    server.beforePull = () => {}
    const before = server.pulls.length
    const again = device(server, { store })
    expect(await again.tasks.count()).toBe(12)
    await again.sync()
    expect(server.pulls[before]?.cursor).toBeNull()
    expect(await again.tasks.count()).toBe(11)
    expect(await again.tasks.read('t0')).toBeUndefined()
  })
})

describe('an expired cursor', () => {
  it('of a first listing that was cut off makes the next one a repeated one, cut off or not', async () => {
    const server = filled(12)
    const { tasks, sync } = device(server)
    failFromPage(server, 2)
    await sync().catch(() => undefined)
    expect(await tasks.count()).toBe(5)
    server.write('tasks', 't0', null)
    server.expire()
    failFromPage(server, 3)
    await sync().catch(() => undefined)
    server.beforePull = () => {}
    await sync()
    expect((await tasks.readAll()).map(({ id }) => id).sort()).toEqual(Object.keys(server.all('tasks')).sort())
  })

  it('lists anew and lets go of what is no longer there [F12]', async () => {
    const server = filled(7)
    const { tasks, sync } = device(server)
    await sync()
    server.write('tasks', 't1', null)
    server.purge('tasks', 't2')
    server.write('tasks', 'new', { id: 'new', title: 'new' })
    server.expire()
    await sync()
    expect((await tasks.readAll()).map(({ id }) => id)).toEqual(['new', 't0', 't3', 't4', 't5', 't6'])
    expect(server.requests).toEqual([])
  })

  it('keeps a row that has operations until they have ended [F40]', async () => {
    const server = filled(3)
    const { tasks, client, sync } = device(server)
    await sync()
    await tasks.update('t1', { title: 'mine' })
    server.purge('tasks', 't1')
    server.expire()
    let seen: unknown
    server.beforePush = once(async () => {
      seen = await tasks.read('t1')
    })
    await sync()
    expect(seen).toMatchObject({ title: 'mine' })
    expect(quarantine(client).getSnapshot()).toMatchObject([{ recordId: 't1', reason: { code: 'SYNC_NOT_VISIBLE' } }])
    expect(server.record('tasks', 't1')).toBeUndefined()
    expect(await tasks.read('t1')).toBeUndefined()
    expect((await tasks.readAll()).map(({ id }) => id)).toEqual(['t0', 't2'])
  })

  it('spares a row that was told live while the listing ran', async () => {
    const server = filled(7)
    server.write('tasks', 'told', { id: 'told', title: 'here' })
    const { tasks, client, env } = device(server, { remote: server.adapter({ live: 'data' }) })
    await client.start()
    await env.advance(5000)
    server.expire()
    server.afterPull = without('told')
    server.beforePull = ({ cursor }) => {
      if (cursor === null || !cursor.includes('snapshot') || server.record('tasks', 'told')?.['title'] === 'told')
        return
      server.write('tasks', 'told', { id: 'told', title: 'told' })
      server.tell({ kind: 'data', changes: [server.row('tasks', 'told')] })
    }
    server.tell({ kind: 'poke' })
    await env.advance(0)
    expect(await tasks.read('told')).toEqual({ id: 'told', title: 'told' })
    expect(await tasks.count()).toBe(8)
  })

  it('is assumed when more server time has passed than deletions are kept [F12]', async () => {
    const server = filled(2)
    const { tasks, sync } = device(server, { remote: server.adapter(withLimits({ retentionMs: 1000 })) })
    await sync()
    server.now += 900
    await sync()
    expect(server.pulls.map(({ cursor }) => cursor === null)).toEqual([true, false])
    server.purge('tasks', 't1')
    server.now += 1001
    await sync()
    expect(server.pulls.at(-1)?.cursor).toBeNull()
    expect((await tasks.readAll()).map(({ id }) => id)).toEqual(['t0'])
  })
})

describe('a new epoch', () => {
  it('replaces rows whatever their revision [F13]', async () => {
    const server = filled(2)
    for (let round = 0; round < 5; round += 1) server.edit('tasks', 't0', { n: round })
    const { tasks, sync } = device(server)
    await sync()
    server.epoch = 'e2'
    server.put('tasks', 't0', { id: 't0', title: 'restored' }, 1)
    await sync()
    expect(await tasks.read('t0')).toEqual({ id: 't0', title: 'restored' })
    await tasks.update('t0', { n: 1 })
    await sync()
    expect(server.sent.at(-1)).toMatchObject({ expected: '1' })
    expect(server.record('tasks', 't0')).toEqual({ id: 't0', title: 'restored', n: 1 })
  })

  it('puts pending operations on the new rows', async () => {
    const server = filled(1)
    for (let round = 0; round < 5; round += 1) server.edit('tasks', 't0', { n: round })
    const { tasks, sync, heard } = device(server)
    await sync()
    await tasks.update('t0', { done: true })
    server.epoch = 'e2'
    server.put('tasks', 't0', { id: 't0', title: 'restored', n: 1 }, 2)
    await sync()
    expect(server.sent).toMatchObject([{ expected: '2', change: { set: { done: true } } }])
    expect(await tasks.read('t0')).toEqual({ id: 't0', title: 'restored', n: 1, done: true })
    expect(heard('conflict:detected')).toEqual([])
  })

  it('still replaces every row when its listing was cut off by a crash', async () => {
    const server = filled(7)
    for (let n = 0; n < 7; n += 1) server.edit('tasks', `t${n}`, { title: 'newer' })
    const store = new Disk()
    await device(server, { store }).sync()
    server.epoch = 'e2'
    for (let n = 0; n < 7; n += 1) server.put('tasks', `t${n}`, { id: `t${n}`, title: 'restored' }, 1)
    failFromPage(server, 3)
    await device(server, { store })
      .sync()
      .catch(() => {})
    server.beforePull = () => {}
    const again = device(server, { store })
    await again.sync()
    expect((await again.tasks.readAll()).map(({ title }) => title)).toEqual(Array(7).fill('restored'))
  })
})

describe('a row', () => {
  const live = (server: TestServer) => device(server, { remote: server.adapter({ live: 'data' }), sync: 'auto' })
  const row = (revision: string, title: string): RemoteChange => ({
    kind: 'record',
    collection: 'tasks',
    id: 't0',
    revision,
    record: { id: 't0', title },
  })
  const started = async (server: TestServer) => {
    const made = live(server)
    await made.client.start()
    await made.env.advance(5000)
    return made
  }

  it.each([
    ['of a higher revision replaces', '12', 'new'],
    ['of the same revision replaces', '9', 'new'],
    ['of a lower revision is ignored', '8', 'old'],
    ['of a lower revision is ignored although its text is greater', '85', 'new'],
  ])('%s', async (_, revision, title) => {
    const server = new TestServer()
    server.put('tasks', 't0', { id: 't0', title: 'old' }, 9)
    const { tasks, env } = await started(server)
    server.tell({ kind: 'data', changes: [row(revision, 'new')] })
    await env.advance(0)
    expect(await tasks.read('t0')).toMatchObject({ title })
  })

  it('that is older does not come back over a tombstone [F42]', async () => {
    const server = new TestServer()
    server.put('tasks', 't0', { id: 't0', title: 'old' }, 9)
    const { tasks, env, sync } = await started(server)
    server.write('tasks', 't0', null)
    await sync()
    server.tell({ kind: 'data', changes: [row('9', 'old')] })
    await env.advance(0)
    expect(await tasks.read('t0')).toBeUndefined()
    server.tell({ kind: 'data', changes: [row('11', 'revived')] })
    await env.advance(0)
    expect(await tasks.read('t0')).toMatchObject({ title: 'revived' })
  })

  it('told live moves no cursor [F06]', async () => {
    const server = new TestServer()
    server.put('tasks', 't0', { id: 't0', title: 'old' }, 9)
    const { sync } = await started(server)
    const before = server.pulls.at(-1)?.cursor
    server.tell({ kind: 'data', changes: [row('12', 'new')] })
    await sync()
    expect(server.pulls.at(-1)?.cursor).toBe(before)
  })

  it('that cannot be read is set aside, and the rest of its page is taken [F19]', async () => {
    const server = filled(3)
    const { tasks, sync, heard } = device(server)
    const bad: RemoteChange = { kind: 'unreadable', collection: 'tasks', id: 'bad', error: { code: 'SYNC_PROTOCOL' } }
    const alien: RemoteChange = {
      kind: 'record',
      collection: 'tasks',
      id: 'x',
      revision: '1',
      record: { id: 'x', at: new Date() as never },
    }
    const other: RemoteChange = { kind: 'record', collection: 'users', id: 'u', revision: '1', record: { id: 'u' } }
    server.afterPull = (page) =>
      ({ ...page, changes: [bad, alien, other, ...('changes' in page ? page.changes : [])] }) as PullPage
    await sync()
    expect(await tasks.count()).toBe(3)
    expect(heard('row:unreadable')).toMatchObject([{ id: 'bad' }, { id: 'x' }, { collection: 'users', id: 'u' }])
  })

  it('that left the feed goes from here and nowhere else', async () => {
    const server = filled(2)
    const { tasks, sync, status } = device(server)
    await sync()
    server.evict('tasks', 't0')
    await sync()
    expect((await tasks.readAll()).map(({ id }) => id)).toEqual(['t1'])
    server.write('tasks', 't0', { id: 't0', title: 'back' })
    await sync()
    expect(await tasks.read('t0')).toEqual({ id: 't0', title: 'back' })
    expect(server.requests).toEqual([])
    expect(status()).toMatchObject({ pending: 0 })
  })

  it('of a lower layer stays readable while its update waits and its feed has let it go', async () => {
    const server = filled(2)
    const { tasks, sync, client } = device(server)
    await sync()
    server.beforePush = offline
    await tasks.update('t0', { title: 'mine' })
    server.evict('tasks', 't0')
    await expect(sync()).rejects.toThrow()
    expect(await tasks.read('t0')).toMatchObject({ title: 'mine' })
    server.beforePush = () => {}
    await sync()
    expect(await tasks.read('t0')).toBeUndefined()
    await quarantine(client).discard(quarantine(client).getSnapshot()?.[0]?.id ?? '')
    expect(await tasks.read('t0')).toBeUndefined()
  })
})

describe('a scope', () => {
  it('lets go of a row that no longer matches, and takes it back when it does [F15]', async () => {
    const server = filled(2)
    server.edit('tasks', 't0', { done: false })
    server.edit('tasks', 't1', { done: false })
    const { tasks, sync } = device(server, { scope: () => ({ done: false }) })
    await sync()
    expect(server.pulls[0]?.feed.filters).toEqual({ tasks: { field: 'done', is: 'eq', value: false } })
    server.edit('tasks', 't0', { done: true })
    await sync()
    expect((await tasks.readAll()).map(({ id }) => id)).toEqual(['t1'])
    server.edit('tasks', 't0', { done: false })
    await sync()
    expect(await tasks.count()).toBe(2)
  })

  it('that changes is another feed, listed from its start [F16]', async () => {
    const server = filled(4)
    for (const id of ['t0', 't1']) server.edit('tasks', id, { done: true })
    for (const id of ['t2', 't3']) server.edit('tasks', id, { done: false })
    let done = false
    const { tasks, sync } = device(server, { scope: () => ({ done }) })
    await sync()
    expect((await tasks.readAll()).map(({ id }) => id)).toEqual(['t2', 't3'])
    done = true
    await sync()
    expect(server.pulls.at(-1)?.cursor).toBeNull()
    expect(server.pulls.at(-1)?.feed.id).not.toBe(server.pulls[0]?.feed.id)
    expect((await tasks.readAll()).map(({ id }) => id)).toEqual(['t0', 't1'])
  })
})

it('keeps what arrived of a run whose next page never comes', async () => {
  const server = filled(12)
  const { tasks, client, sync } = device(server)
  server.beforePull = ({ cursor }) => (cursor === null ? undefined : never())
  const cut = sync()
  await until(() => server.pulls.length === 2, 'the second page')
  await client.stop()
  await expect(cut).rejects.toMatchObject({ code: 'SYNC_ABORTED' })
  expect(await tasks.count()).toBe(5)
})

it('sets aside a row whose key no store can carry, or whose record has another key, and takes the rest of the page', async () => {
  const server = new TestServer()
  const long = '😀'.repeat(128)
  server.write('tasks', long, { id: long, title: 'long' })
  server.write('tasks', 'a', { id: 'b', title: 'other' })
  server.write('tasks', 'ok', { id: 'ok', title: 'ok' })
  const { tasks, sync, heard } = device(server, { store: new Disk() })
  await sync()
  expect(await tasks.readAll()).toEqual([{ id: 'ok', title: 'ok' }])
  expect(heard('row:unreadable')).toMatchObject([
    { id: long, error: { code: 'SYNC_INPUT_INVALID' } },
    { id: 'a', error: { code: 'SYNC_PROTOCOL' } },
  ])
})
