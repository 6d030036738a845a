import { expect, it } from 'vitest'
import { quarantine } from '../../src/inbox/index.ts'
import { type PushOperation, type PushVerdict, SyncError } from '../../src/index.ts'
import { accounted, device } from '../support/device.ts'
import { once, TestServer, withLimits } from '../support/server.ts'

const retry = (
  outcome: 'unapplied' | 'unknown',
  code: 'SYNC_NETWORK' | 'SYNC_TOO_LARGE' | 'SYNC_PROTOCOL' = 'SYNC_NETWORK',
): PushVerdict => ({
  kind: 'retry',
  outcome,
  error: { code },
})
const bytesOf = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value)).length

it('sends the writes of one record in order, never two in one request', async () => {
  const server = new TestServer()
  const { tasks, sync, status } = device(server)
  await tasks.create({ id: 'a', title: 'one' })
  await tasks.update('a', { n: 1 })
  await tasks.update('a', { title: 'two' })
  await tasks.update('a', { n: 2 })
  await sync()
  expect(server.record('tasks', 'a')).toEqual({ id: 'a', title: 'two', n: 2 })
  for (const { operations } of server.requests)
    expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length)
  expect(server.sent[0]?.kind).toBe('create')
  const { applied, merged, accepted } = status().writes
  expect([applied + merged, accepted, status().pending]).toEqual([4, 4, 0])
})

it('recreates a deleted record after its deletion', async () => {
  const server = new TestServer()
  const { tasks, sync } = device(server)
  await tasks.create({ id: 'a', title: 'one' })
  await sync()
  await tasks.delete('a')
  await tasks.create({ id: 'a', title: 'again' })
  await sync()
  expect(server.record('tasks', 'a')).toEqual({ id: 'a', title: 'again' })
  expect(await tasks.read('a')).toEqual({ id: 'a', title: 'again' })
})

it('puts operations of different records into one request, up to the limit [F61]', async () => {
  const server = new TestServer()
  const { tasks, sync } = device(server)
  await tasks.createMany(Array.from({ length: 25 }, (_, n) => ({ title: `task ${n}`, n })))
  await sync()
  expect(server.requests.map(({ operations }) => operations.length)).toEqual([10, 10, 5])
  expect(server.requests.every(({ atomic }) => !atomic)).toBe(true)
  expect(Object.keys(server.all('tasks'))).toHaveLength(25)
})

it('keeps requests within the bytes the remote takes', async () => {
  const server = new TestServer()
  const { tasks, sync } = device(server, { remote: server.adapter(withLimits({ requestBytes: 4000 })) })
  await tasks.createMany(Array.from({ length: 9 }, (_, n) => ({ title: 'ü'.repeat(300), n })))
  await sync()
  for (const request of server.requests) expect(bytesOf(request)).toBeLessThanOrEqual(4000)
  expect(server.requests.length).toBeLessThan(9)
  expect(Object.keys(server.all('tasks'))).toHaveLength(9)
})

it('halves a batch that is too large, until it fits [F39]', async () => {
  const server = new TestServer()
  const { tasks, sync, status } = device(server)
  server.beforePush = ({ operations }) =>
    operations.length > 3 ? operations.map(() => retry('unapplied', 'SYNC_TOO_LARGE')) : undefined
  await tasks.createMany(Array.from({ length: 10 }, (_, n) => ({ title: `task ${n}` })))
  await sync()
  expect(Object.keys(server.all('tasks'))).toHaveLength(10)
  expect(server.requests[0]?.operations).toHaveLength(10)
  expect(server.requests.slice(2).every(({ operations }) => operations.length <= 3)).toBe(true)
  expect(status()).toMatchObject({ pending: 0, writes: { applied: 10 } })
})

it('sets aside a single write that is too large for the server', async () => {
  const server = new TestServer()
  const { tasks, client, sync, status } = device(server)
  server.beforePush = once(() => [{ kind: 'rejected', error: { code: 'SYNC_TOO_LARGE' } }])
  await tasks.create({ id: 'a', title: 'long' })
  await sync()
  expect(quarantine(client).getSnapshot()).toMatchObject([{ recordId: 'a', reason: { code: 'SYNC_TOO_LARGE' } }])
  expect(accounted(status())).toBe(1)
})

const failing =
  (id: string) =>
  (verdicts: readonly PushVerdict[], { operations }: { readonly operations: readonly PushOperation[] }) =>
    verdicts.map((verdict, at) => (operations[at]?.id === id ? retry('unknown') : verdict))

it('delays only the record whose write keeps failing [F25]', async () => {
  const server = new TestServer()
  const { tasks, client, env, status } = device(server, { pullIntervalMs: 3_600_000 })
  server.afterPush = failing('poison')
  await tasks.createMany([
    { id: 'poison', title: 'x' },
    { id: 'a', title: 'a' },
  ])
  await client.start()
  await env.advance(0)
  expect(status()).toMatchObject({ pending: 1, writes: { applied: 1 } })
  await tasks.create({ id: 'b', title: 'b' })
  await env.advance(0)
  expect(server.record('tasks', 'b')).toBeTruthy()
  const tries = (): number => server.sent.filter(({ id }) => id === 'poison').length
  const before = tries()
  await env.advance(600_000)
  // It is tried again and again, each time later, but at least once in every minute or so.
  expect(tries()).toBeGreaterThan(before + 8)
  expect(tries()).toBeLessThan(before + 120)
  server.afterPush = () => {}
  await env.advance(61_000)
  expect(status()).toMatchObject({ pending: 0, writes: { applied: 3 } })
})

it.each([0, 1, 3])('takes %i verdicts for two operations as no answer at all', async (count) => {
  const server = new TestServer()
  const { tasks, sync, status } = device(server)
  await tasks.createMany([
    { id: 'a', title: 'a' },
    { id: 'b', title: 'b' },
  ])
  server.afterPush = once((verdicts) => [...verdicts, ...verdicts].slice(0, count))
  await expect(sync()).rejects.toMatchObject({ code: 'SYNC_PROTOCOL' })
  expect(status()).toMatchObject({ pending: 2, writes: { applied: 0 } })
  await sync()
  expect(server.sent.map(({ resend }) => resend)).toEqual([false, false, true, true])
  expect(server.effects).toHaveLength(2)
  expect(status()).toMatchObject({ pending: 0, writes: { applied: 2 } })
})

it('marks as a resend what may have taken effect, and not what surely has not [F26]', async () => {
  const server = new TestServer()
  const { tasks, sync } = device(server)
  await tasks.createMany([
    { id: 'a', title: 'a' },
    { id: 'b', title: 'b' },
  ])
  server.beforePush = once(() => [retry('unapplied'), retry('unknown')])
  await sync()
  await sync()
  const again = server.sent.slice(2)
  expect(new Map(again.map(({ id, resend }) => [id, resend]))).toEqual(
    new Map([
      ['a', false],
      ['b', true],
    ]),
  )
  expect(new Set(again.map(({ opId }) => opId))).toEqual(new Set(server.sent.slice(0, 2).map(({ opId }) => opId)))
})

it('keeps a write marked as a resend although its second try surely had no effect', async () => {
  const server = new TestServer()
  const { tasks, sync } = device(server)
  await tasks.create({ id: 'a', title: 'a' })
  server.afterPush = once(() => {
    throw new SyncError('SYNC_NETWORK')
  })
  await expect(sync()).rejects.toMatchObject({ code: 'SYNC_NETWORK' })
  server.beforePush = once(() => [retry('unapplied')])
  await sync()
  await sync()
  expect(server.sent.map(({ resend }) => resend)).toEqual([false, true, true])
  expect(server.effects).toHaveLength(1)
})

it('sends no more bytes than the write needs, and the whole record beside them', async () => {
  const server = new TestServer()
  const { tasks, sync } = device(server)
  server.write('tasks', 'a', { id: 'a', title: 'a', n: 1, done: false })
  await sync()
  await tasks.update('a', { n: 2, done: undefined } as object)
  await sync()
  expect(server.sent).toMatchObject([
    {
      kind: 'update',
      id: 'a',
      expected: '1',
      change: { set: { n: 2 }, unset: ['done'] },
      record: { id: 'a', title: 'a', n: 2 },
    },
  ])
  expect(server.sent[0]?.record).not.toHaveProperty('done')
})

it('finds the one write that no request can carry, and sends the others [F39]', async () => {
  const server = new TestServer()
  const { tasks, sync, status } = device(server)
  server.beforePush = ({ operations }) =>
    operations.some(({ id }) => id === 'odd') ? operations.map(() => retry('unapplied', 'SYNC_PROTOCOL')) : undefined
  await tasks.createMany(['odd', 'a', 'b', 'c', 'd'].map((id) => ({ id, title: id })))
  await sync()
  expect(Object.keys(server.all('tasks')).sort()).toEqual(['a', 'b', 'c', 'd'])
  expect(status()).toMatchObject({ pending: 1, writes: { applied: 4 } })
})

it('refuses a condition that is nested deeper than a wire carries', async () => {
  const { tasks, status } = device(new TestServer())
  await tasks.create({ id: 'a', title: 'a' })
  let where: object = { title: 'a' }
  for (let level = 0; level < 60; level += 1) where = { AND: [where] }
  await expect(tasks.update('a', { title: 'b' }, { where })).rejects.toMatchObject({ code: 'SYNC_INPUT_INVALID' })
  expect(status().pending).toBe(1)
})
