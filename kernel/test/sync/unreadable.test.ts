import { expect, it } from 'vitest'
import { unreadable } from '../../src/inbox/index.ts'
import type { JsonObject, PullPage, RemoteChange } from '../../src/index.ts'
import { clear } from '../../src/users/index.ts'
import { type Device, type DeviceOptions, device } from '../support/device.ts'
import { TestServer } from '../support/server.ts'
import { Disk } from '../support/stores.ts'

/** A server whose rows named in `spoilt` cannot be read, and a device that outlives its process. */
function scene(options: DeviceOptions = {}) {
  const server = new TestServer()
  const store = new Disk()
  const spoilt = new Map<string, string>()
  const spoil = (change: RemoteChange): RemoteChange => {
    const why = spoilt.get(change.id)
    if (why === undefined || change.kind !== 'record') return change
    const { collection, id } = change
    return { kind: 'unreadable', collection, id, error: { code: 'SYNC_PROTOCOL', message: why } }
  }
  server.afterPull = (page) => ({ ...page, ...('changes' in page && { changes: page.changes.map(spoil) }) }) as PullPage
  const open = (): Device => device(server, { store, ...options })
  return { server, store, spoilt, open }
}

const listed = ({ client }: Device): readonly unknown[] =>
  (unreadable(client).getSnapshot() ?? []).map(({ collection, id, reason }) => [collection, id, reason.message])

const reason = 'at is no moment [SYNC_PROTOCOL]'

it('a row that cannot be read is counted and listed with its reason, also after a restart, and what was here of it stays', async () => {
  const { server, spoilt, open } = scene()
  server.write('tasks', 'a', { id: 'a', title: 'first' })
  server.write('tasks', 'b', { id: 'b', title: 'b' })
  const first = open()
  await first.sync()
  expect([first.status().unreadable, listed(first)]).toEqual([0, []])
  spoilt.set('a', 'at is no moment')
  server.edit('tasks', 'a', { title: 'second' })
  server.edit('tasks', 'b', { title: 'later' })
  await first.sync()
  expect([first.status().unreadable, listed(first)]).toEqual([1, [['tasks', 'a', reason]]])
  expect(first.status().state).toBe('paused')
  await first.client.dispose()
  const second = open()
  expect(await second.tasks.readAll()).toEqual([
    { id: 'a', title: 'first' },
    { id: 'b', title: 'later' },
  ])
  expect([second.status().unreadable, listed(second)]).toEqual([1, [['tasks', 'a', reason]]])
  await second.sync()
  expect(second.status().unreadable).toBe(1)
})

const endings: readonly (readonly [string, (made: ReturnType<typeof scene>) => void, JsonObject | undefined])[] = [
  [
    'comes readable',
    ({ server, spoilt }) => {
      spoilt.clear()
      server.edit('tasks', 'a', { title: 'third' })
    },
    { id: 'a', title: 'third' },
  ],
  ['is deleted', ({ server }) => server.write('tasks', 'a', null), undefined],
  ['leaves the feed', ({ server }) => server.evict('tasks', 'a'), undefined],
  [
    'is gone from a listing',
    ({ server }) => {
      server.purge('tasks', 'a')
      server.expire()
    },
    undefined,
  ],
]
it.each(endings)('it is forgotten when the row %s', async (_, change, left) => {
  const made = scene()
  const { server, spoilt, open } = made
  server.write('tasks', 'a', { id: 'a', title: 'first' })
  const one = open()
  await one.sync()
  spoilt.set('a', 'at is no moment')
  server.edit('tasks', 'a', { title: 'second' })
  await one.sync()
  expect(one.status().unreadable).toBe(1)
  change(made)
  await one.sync()
  expect([one.status().unreadable, listed(one), await one.tasks.read('a')]).toEqual([0, [], left])
  await one.client.dispose()
  const two = open()
  await two.tasks.readAll()
  expect(two.status().unreadable).toBe(0)
})

it('a row that was never readable is listed, and goes with the listing that lacks it', async () => {
  const { server, spoilt, open } = scene()
  spoilt.set('a', 'at is no moment')
  server.write('tasks', 'a', { id: 'a', title: 'x' })
  const one = open()
  await one.sync()
  expect([await one.tasks.readAll(), listed(one)]).toEqual([[], [['tasks', 'a', reason]]])
  server.purge('tasks', 'a')
  server.expire()
  await one.sync()
  expect(listed(one)).toEqual([])
})

it('a listing in which the row stands unreadable sweeps neither its earlier version nor the note of it', async () => {
  const { server, spoilt, open } = scene()
  server.write('tasks', 'a', { id: 'a', title: 'first' })
  const one = open()
  await one.sync()
  spoilt.set('a', 'at is no moment')
  server.edit('tasks', 'a', { title: 'second' })
  server.expire()
  await one.sync()
  expect([await one.tasks.read('a'), listed(one)]).toEqual([{ id: 'a', title: 'first' }, [['tasks', 'a', reason]]])
})

it('the answer to a write brings a row that is readable again', async () => {
  const { server, spoilt, open } = scene()
  server.write('tasks', 'a', { id: 'a', title: 'first' })
  const one = open()
  await one.sync()
  spoilt.set('a', 'at is no moment')
  server.edit('tasks', 'a', { n: 1 })
  await one.sync()
  expect(one.status().unreadable).toBe(1)
  await one.tasks.update('a', { title: 'mine' })
  await one.sync()
  expect(server.record('tasks', 'a')).toEqual({ id: 'a', title: 'mine', n: 1 })
  expect([one.status().unreadable, await one.tasks.read('a')]).toEqual([0, { id: 'a', title: 'mine', n: 1 }])
})

it('an older version of the row that comes late does not hide that the newest cannot be read', async () => {
  const { server, spoilt, open } = scene()
  server.write('tasks', 'a', { id: 'a', title: 'first' })
  server.write('tasks', 'a', { id: 'a', title: 'second' })
  const one = open()
  await one.sync()
  spoilt.set('a', 'at is no moment')
  server.edit('tasks', 'a', { title: 'third' })
  await one.sync()
  spoilt.clear()
  server.put('tasks', 'a', { id: 'a', title: 'first' }, 1)
  await one.sync()
  expect([one.status().unreadable, await one.tasks.read('a')]).toEqual([1, { id: 'a', title: 'second' }])
})

it('a key that no store can take is noted without stopping the page, and rows of other collections are not noted', async () => {
  const { server, store, spoilt, open } = scene()
  const long = '/'.repeat(2000)
  spoilt.set(long, 'x')
  server.write('tasks', long, { id: long, title: 'x' })
  server.write('tasks', 'ok', { id: 'ok', title: 'ok' })
  const alien: RemoteChange = { kind: 'unreadable', collection: 'users', id: 'u', error: { code: 'SYNC_PROTOCOL' } }
  const { afterPull } = server
  server.afterPull = async (page, request) => {
    const given = (await afterPull(page, request)) as PullPage
    return 'changes' in given ? { ...given, changes: [alien, ...given.changes] } : given
  }
  const one = open()
  await one.sync()
  expect(await one.tasks.readAll()).toEqual([{ id: 'ok', title: 'ok' }])
  expect(one.heard('row:unreadable')).toMatchObject([{ collection: 'users' }, { id: long }])
  expect(Math.max(...[...store.values('u-', 'meta').keys()].map((key) => key.length))).toBe(1024)
  expect(one.status().unreadable).toBe(1)
})

it('the list is the same object at every call, and a live value', async () => {
  const { server, spoilt, open } = scene()
  const one = open()
  const seen: number[] = []
  const stop = unreadable(one.client).subscribe((rows) => seen.push(rows.length))
  await one.sync()
  spoilt.set('a', 'at is no moment')
  server.write('tasks', 'a', { id: 'a', title: 'x' })
  await one.sync()
  spoilt.clear()
  server.edit('tasks', 'a', { title: 'y' })
  await one.sync()
  stop()
  expect(seen).toEqual([0, 1, 0])
  expect(unreadable(one.client)).toBe(unreadable(one.client))
})

it('clear forgets what was noted of it with the rest of the data', async () => {
  const { server, spoilt, open } = scene()
  server.write('tasks', 'a', { id: 'a', title: 'a' })
  spoilt.set('a', 'at is no moment')
  const one = open()
  await one.sync()
  await clear(one.client)
  expect([one.status().unreadable, listed(one)]).toEqual([0, []])
  await one.sync()
  expect([one.status().unreadable, listed(one)]).toEqual([1, [['tasks', 'a', reason]]])
})

const noTexts: readonly (readonly [string, unknown])[] = [
  ['a number', 5],
  ['null', null],
  ['absent', undefined],
  ['a list', ['x']],
  ['an object', { id: 'b' }],
  ['true', true],
]
const rowsOf = (id: unknown): readonly RemoteChange[] => {
  const head = { collection: 'tasks', id, revision: '9' }
  return [
    { ...head, kind: 'record', record: { id, title: 'forged' } },
    { ...head, kind: 'tombstone' },
    { ...head, kind: 'eviction' },
    { ...head, kind: 'listed' },
  ] as unknown as readonly RemoteChange[]
}

it.each(noTexts)('a row whose id is %s is told, and the rest of its page is taken', async (_, id) => {
  const { server, open } = scene()
  server.write('tasks', 'b', { id: 'b', title: 'b' })
  const one = open()
  const told: unknown[] = []
  one.client.observe({ 'row:unreadable': ({ error }) => told.push(error.code) })
  server.afterPull = (page) => (page.kind === 'expired' ? page : { ...page, changes: [...rowsOf(id), ...page.changes] })
  await one.sync()
  expect(await one.tasks.readAll()).toEqual([{ id: 'b', title: 'b' }])
  expect(told).toEqual(Array(3).fill('SYNC_INPUT_INVALID'))
  expect(one.status().unreadable).toBe(1)
  await one.sync().catch(() => undefined)
  expect(await one.tasks.readAll()).toEqual([{ id: 'b', title: 'b' }])
})

it.each(noTexts)(
  'a row told live whose id is %s throws nothing into the adapter, and its neighbours are taken',
  async (_, id) => {
    const server = new TestServer()
    server.put('tasks', 'b', { id: 'b', title: 'old' }, 2)
    const one = device(server, { remote: server.adapter({ live: 'data' }), pullIntervalMs: 60_000 })
    await one.client.start()
    await one.env.advance(5000)
    const good: RemoteChange = {
      kind: 'record',
      collection: 'tasks',
      id: 'b',
      revision: '3',
      record: { id: 'b', title: 'b' },
    }
    expect(() => server.tell({ kind: 'data', changes: [...rowsOf(id), good] })).not.toThrow()
    await one.env.advance(0)
    expect(await one.tasks.readAll()).toEqual([{ id: 'b', title: 'b' }])
    expect(one.status().unreadable).toBe(1)
    await one.client.dispose()
  },
)
