import { expect, it } from 'vitest'
import { SyncError } from '../../src/index.ts'
import { type FetchedLive, watchFetch } from '../../src/remote-query/index.ts'
import { type DeviceOptions, device, type Scene, type Task } from '../support/device.ts'
import { TestServer } from '../support/server.ts'
import { quiet, until } from '../support/virtual-env.ts'

/** A device that keeps what is not done (`a`); the server has `x`, `y` and `z` beside it. */
async function scene(options: DeviceOptions = {}): Promise<Scene> {
  const server = new TestServer()
  server.write('tasks', 'a', { id: 'a', title: 'open', done: false, n: 1 })
  for (const [at, id] of ['x', 'y', 'z'].entries())
    server.write('tasks', id, { id, title: id, done: true, n: 10 * (at + 1) })
  const made = device(server, { scope: () => ({ done: false }), remote: server.queryable(), ...options })
  await made.sync()
  return { ...made, server }
}

const shown = ({ rows, state }: FetchedLive<Task>): string => `${state}: ${rows.map(({ id }) => id).join(' ')}`

it('shows what is here at once, then what the server has as well', async () => {
  const { tasks } = await scene()
  const seen: string[] = []
  const stop = watchFetch(tasks, { orderBy: { n: 'desc' } }).subscribe((value) => seen.push(shown(value)))
  await until(() => seen.length === 2)
  expect(seen).toEqual(['loading: a', 'ready: z y x a'])
  stop()
  expect((await tasks.readAll()).map(({ id }) => id)).toEqual(['a'])
})

it('is kept live: writes here, rows that come to be kept here, deletions of those that never were', async () => {
  const { tasks, server, sync } = await scene()
  const list = watchFetch(tasks, { orderBy: { n: 'asc' } })
  const now = (): string => shown(list.getSnapshot() as FetchedLive<Task>)
  list.subscribe(() => {})
  await until(() => now() === 'ready: a x y z')
  await tasks.create({ id: 'm', title: 'mine', done: false, n: 15 })
  expect(now()).toBe('ready: a x m y z')
  await tasks.update('a', { n: 99 })
  expect(now()).toBe('ready: x m y z a')
  server.edit('tasks', 'x', { done: false, n: 50 })
  server.write('tasks', 'y', null)
  await sync()
  expect(now()).toBe('ready: m z x a')
  await tasks.delete('x')
  expect(now()).toBe('ready: m z a')
  await sync()
  expect(now()).toBe('ready: m z a')
})

it('tells its listener of the deletion of a row that was never kept here', async () => {
  const { tasks, server, sync } = await scene()
  const seen: string[] = []
  watchFetch(tasks, { where: { done: true } }).subscribe((value) => seen.push(shown(value)))
  await until(() => seen.at(-1) === 'ready: x y z')
  server.write('tasks', 'y', null)
  await sync()
  expect(seen.at(-1)).toBe('ready: x z')
})

it('keeps to the limit, over both', async () => {
  const { tasks, server } = await scene()
  const list = watchFetch(tasks, { orderBy: { n: 'asc' }, limit: 2 })
  list.subscribe(() => {})
  await until(() => list.getSnapshot()?.state === 'ready')
  expect(shown(list.getSnapshot() as FetchedLive<Task>)).toBe('ready: a x')
  await tasks.create({ id: 'first', title: 'mine', n: 0 })
  expect(shown(list.getSnapshot() as FetchedLive<Task>)).toBe('ready: first a')
  expect(server.queries.map(({ limit }) => limit)).toEqual([2])
})

it('says why offline, keeps showing what is here, and asks when online again', async () => {
  const { tasks, env, server } = await scene()
  env.setOnline(false)
  const list = watchFetch(tasks)
  const seen: string[] = []
  list.subscribe((value) => seen.push(`${shown(value)} ${value.error?.code ?? ''}`))
  await until(() => seen.length === 2)
  await tasks.create({ id: 'm', title: 'mine' })
  expect(seen).toEqual(['loading: a ', 'failed: a SYNC_NETWORK', 'failed: a m SYNC_NETWORK'])
  expect(server.queries).toEqual([])
  env.setOnline(true)
  await until(() => list.getSnapshot()?.state === 'ready')
  expect(seen.at(-1)).toBe('ready: a m x y z ')
})

it('keeps the last answer when the server cannot be had any more', async () => {
  const { tasks, server } = await scene()
  const list = watchFetch(tasks)
  list.subscribe(() => {})
  await until(() => list.getSnapshot()?.state === 'ready')
  server.beforeQuery = () => {
    throw new SyncError('SYNC_RATE_LIMITED')
  }
  await list.refresh()
  expect(list.getSnapshot()).toMatchObject({ state: 'failed', error: { code: 'SYNC_RATE_LIMITED' } })
  expect(shown(list.getSnapshot() as FetchedLive<Task>)).toBe('failed: a x y z')
  server.beforeQuery = () => {}
  server.write('tasks', 'w', { id: 'w', title: 'w', done: true })
  await list.refresh()
  expect(shown(list.getSnapshot() as FetchedLive<Task>)).toBe('ready: a w x y z')
})

it('fails where the remote cannot answer it, and shows what is here', async () => {
  const { server } = await scene()
  const { tasks, sync } = device(server, { remote: server.queryable({ operators: ['eq'] }) })
  await sync()
  const list = watchFetch(tasks, { where: { n: { lt: 15 } } })
  list.subscribe(() => {})
  await until(() => list.getSnapshot()?.state === 'failed')
  expect(list.getSnapshot()).toMatchObject({ rows: [{ id: 'a' }, { id: 'x' }], error: { code: 'SYNC_UNSUPPORTED' } })
})

it('is one for equal queries, asks once for all who listen, and again for the first after there was none', async () => {
  const { tasks, server } = await scene()
  const list = watchFetch(tasks, { where: { done: true } })
  expect(watchFetch(tasks, { where: { done: { eq: true } } })).toBe(list)
  expect(watchFetch(tasks)).not.toBe(list)
  const stops = [list.subscribe(() => {}), list.subscribe(() => {})]
  await until(() => list.getSnapshot()?.state === 'ready')
  expect(server.queries.length).toBe(1)
  for (const stop of stops) stop()
  list.subscribe(() => {})
  await until(() => server.queries.length === 2)
})

it('gives the same object while nothing in it changed', async () => {
  const { tasks, notes, sync } = await scene()
  const list = watchFetch(tasks)
  const seen: unknown[] = []
  list.subscribe((value) => seen.push(value))
  await until(() => list.getSnapshot()?.state === 'ready')
  const value = list.getSnapshot()
  await notes.create({ id: 'n', body: 'x' })
  await sync()
  expect(list.getSnapshot()).toBe(value)
  expect(Object.isFrozen(value) && Object.isFrozen(value?.rows)).toBe(true)
  expect(seen.length).toBe(2)
})

it('does nothing more once the client is disposed', async () => {
  const { tasks, client, server } = await scene()
  const list = watchFetch(tasks)
  const seen: string[] = []
  list.subscribe((value) => seen.push(shown(value)))
  await client.dispose()
  await quiet()
  await list.refresh()
  expect(seen).toEqual(['loading: a'])
  expect(server.queries.length).toBeLessThanOrEqual(1)
})

it.each([{ after: 'x' }, { offset: 1 }, { with: {} }, { where: 1 }, null])('refuses %o', async (query) => {
  const { tasks } = await scene()
  expect(() => watchFetch(tasks, query as never)).toThrow(/SYNC_INPUT_INVALID/)
})
