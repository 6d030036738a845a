import { expect, it } from 'vitest'
import { type PushVerdict, SyncError } from '../../src/index.ts'
import { apart, device } from '../support/device.ts'
import { never, once, TestServer } from '../support/server.ts'
import { Disk } from '../support/stores.ts'
import { until } from '../support/virtual-env.ts'

const lost = (): never => {
  throw new SyncError('SYNC_NETWORK')
}

it('sends a write whose answer was lost again: same id, same payload, one effect [F20]', async () => {
  const server = new TestServer()
  const { tasks, sync, status } = device(server)
  server.write('tasks', 'a', { id: 'a', title: 'a' })
  await sync()
  await tasks.update('a', { n: 1 })
  server.afterPush = once(lost)
  await expect(sync()).rejects.toMatchObject({ code: 'SYNC_NETWORK' })
  expect(status()).toMatchObject({ pending: 1 })
  await sync()
  const [first, second] = server.sent
  expect(second).toEqual({ ...first, resend: true })
  expect(server.effects).toEqual([first?.opId])
  expect(status()).toMatchObject({ pending: 0, writes: { applied: 1 } })
})

it('settles a write of unknown outcome before anything else happens to its record', async () => {
  const server = new TestServer()
  const { tasks, sync, heard } = device(server)
  server.write('tasks', 'a', { id: 'a', title: 'a' })
  await sync()
  await tasks.update('a', { n: 1 })
  server.afterPush = once(lost)
  await expect(sync()).rejects.toThrow()
  await tasks.update('a', { n: 2 })
  server.edit('tasks', 'a', { done: true })
  const before = server.calls.length
  await sync()
  expect(server.calls[before]).toBe('push')
  expect(server.requests.at(1)?.operations).toEqual([{ ...server.sent[0], resend: true }])
  expect(server.record('tasks', 'a')).toEqual({ id: 'a', title: 'a', n: 2, done: true })
  expect(heard('conflict:detected')).toEqual([])
})

it.each(['before', 'after'] as const)('survives a crash %s the effect of a push [F20]', async (when) => {
  const server = new TestServer()
  const store = new Disk()
  const first = device(server, { store })
  await first.tasks.create({ id: 'a', title: 'a' })
  if (when === 'before') server.beforePush = once(() => never())
  else server.afterPush = once(() => never())
  first.sync().catch(() => {})
  await until(() => server.requests.length === 1, 'the push')
  const second = device(server, { store })
  expect(await second.tasks.readAll()).toEqual([{ id: 'a', title: 'a' }])
  await second.sync()
  expect(server.sent[1]).toEqual({ ...server.sent[0], resend: true })
  expect(server.effects).toHaveLength(1)
  expect(second.status()).toMatchObject({ pending: 0, writes: { accepted: 1, applied: 1 } })
  expect(await second.tasks.readAll()).toEqual([{ id: 'a', title: 'a' }])
})

it('counts as unsent what waits behind another write of its record when the device crashes', async () => {
  const server = new TestServer()
  const store = new Disk()
  const first = device(server, { store })
  await first.tasks.create({ id: 'a', title: 'a' })
  await first.tasks.update('a', { n: 1 }, apart('a'))
  const second = device(server, { store })
  await second.sync()
  const update = server.sent.find(({ kind }) => kind === 'update')
  expect(update).toMatchObject({ resend: false, change: { set: { n: 1 } } })
  expect(server.record('tasks', 'a')).toEqual({ id: 'a', title: 'a', n: 1 })
})

const unknown = (verdicts: readonly PushVerdict[]): readonly PushVerdict[] =>
  verdicts.map(() => ({ kind: 'retry', outcome: 'unknown', error: { code: 'SYNC_TIMEOUT' } }))

it('shows once a row that comes back before the answer to its own write', async () => {
  const server = new TestServer()
  const { tasks, sync, heard, status } = device(server)
  server.afterPush = once(unknown)
  await tasks.create({ id: 'a', title: 'a', n: 1 })
  await sync()
  expect(server.effects).toHaveLength(1)
  await sync()
  expect(await tasks.readAll()).toEqual([{ id: 'a', title: 'a', n: 1 }])
  expect(server.effects).toHaveLength(1)
  expect(heard('conflict:detected')).toEqual([])
  expect(status()).toMatchObject({ pending: 0, writes: { applied: 1 } })
})

it('takes its own effect under a foreign one for no conflict, once it knows [F44]', async () => {
  const server = new TestServer()
  const { tasks, sync, heard, status } = device(server)
  server.write('tasks', 'a', { id: 'a', title: 'a', n: 0 })
  await sync()
  await tasks.update('a', { n: 1 })
  server.afterPush = unknown
  await sync()
  server.edit('tasks', 'a', { n: 2 })
  await sync()
  expect(server.pulls.length).toBeGreaterThan(2)
  expect(await tasks.read('a')).toEqual({ id: 'a', title: 'a', n: 1 })
  server.afterPush = () => {}
  await sync()
  expect(server.effects).toHaveLength(1)
  expect(await tasks.read('a')).toEqual({ id: 'a', title: 'a', n: 2 })
  expect(server.record('tasks', 'a')).toEqual({ id: 'a', title: 'a', n: 2 })
  expect(heard('conflict:detected')).toEqual([])
  expect(status()).toMatchObject({ pending: 0, writes: { applied: 1 } })
})

it('gives a write another id when its payload changes after a try that had no effect [F28]', async () => {
  const server = new TestServer()
  const { tasks, sync } = device(server)
  server.write('tasks', 'a', { id: 'a', title: 'a', n: 0 })
  await sync()
  await tasks.update('a', { title: 'mine' })
  server.beforePush = once(() => [{ kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_NETWORK' } }])
  await sync()
  server.edit('tasks', 'a', { n: 1 })
  await sync()
  const [first, second] = server.sent
  expect([first?.expected, second?.expected]).toEqual(['1', '2'])
  expect(second?.opId).not.toBe(first?.opId)
  expect(server.record('tasks', 'a')).toEqual({ id: 'a', title: 'mine', n: 1 })
})

it('goes on with an increment-like chain after a lost answer without losing or doubling a step', async () => {
  const server = new TestServer()
  const { tasks, sync } = device(server)
  await tasks.create({ id: 'a', title: 'a', n: 0 })
  for (let step = 1; step <= 5; step += 1) {
    await tasks.update('a', (draft) => {
      draft.n = (draft.n ?? 0) + 1
    })
    server.afterPush = once(step % 2 ? lost : () => undefined)
    await sync().catch(() => {})
  }
  await sync()
  expect(server.record('tasks', 'a')).toEqual({ id: 'a', title: 'a', n: 5 })
})
