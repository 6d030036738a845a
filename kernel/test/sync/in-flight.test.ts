import { expect, it } from 'vitest'
import { SyncError } from '../../src/index.ts'
import { type Device, device } from '../support/device.ts'
import { once, TestServer } from '../support/server.ts'
import { until } from '../support/virtual-env.ts'

/** Begins a cycle whose first push is held before the server has done anything; the result lets it go on, to its end. */
async function held({ sync }: Device, server: TestServer): Promise<() => Promise<void>> {
  let release = (): void => {}
  const gate = new Promise<void>((resolve) => {
    release = resolve
  })
  server.beforePush = once(async () => {
    await gate
    return undefined
  })
  const running = sync()
  await until(() => server.requests.length === 1, 'the push')
  return async () => {
    release()
    await running
    await sync()
  }
}

it('an edit while another is on its way changes nothing of that one, and has the last word [F24]', async () => {
  const server = new TestServer()
  server.write('tasks', 'a', { id: 'a', title: 'base', n: 0 })
  const made = device(server)
  await made.sync()
  await made.tasks.update('a', { title: 'first', n: 1 })
  const release = await held(made, server)
  const [first] = structuredClone(server.sent)
  await made.tasks.update('a', { title: 'second' })
  await made.tasks.update('a', { done: true })
  expect(await made.tasks.read('a')).toEqual({ id: 'a', title: 'second', n: 1, done: true })
  await release()
  expect(first).toMatchObject({ expected: '1', change: { set: { title: 'first', n: 1 } } })
  expect(server.sent[0]).toEqual(first)
  expect(server.record('tasks', 'a')).toEqual({ id: 'a', title: 'second', n: 1, done: true })
  expect(made.heard('conflict:detected')).toEqual([])
  expect(made.status()).toMatchObject({ pending: 0, writes: { accepted: 3 } })
})

it('an update of a record whose create is on its way goes with the version that the create was answered [F92]', async () => {
  const server = new TestServer()
  const made = device(server)
  await made.tasks.create({ id: 'a', title: 'a' })
  const release = await held(made, server)
  await made.tasks.update('a', { n: 1 })
  await release()
  const update = server.sent.find(({ kind }) => kind === 'update')
  expect(update).toMatchObject({ expected: '1', change: { set: { n: 1 } } })
  expect(server.record('tasks', 'a')).toEqual({ id: 'a', title: 'a', n: 1 })
  expect(made.heard('conflict:detected')).toEqual([])
  expect(made.status()).toMatchObject({ pending: 0, writes: { applied: 2 } })
})

it.each(['before it is sent', 'while it is on its way', 'after its answer was lost'])(
  'a record that is created and deleted again %s is nowhere in the end [F48]',
  async (when) => {
    const server = new TestServer()
    const made = device(server)
    const { tasks, sync } = made
    await tasks.create({ id: 'a', title: 'a' })
    let release = async (): Promise<void> => {
      await sync()
    }
    if (when === 'while it is on its way') release = await held(made, server)
    if (when === 'after its answer was lost') {
      server.afterPush = once((): never => {
        throw new SyncError('SYNC_NETWORK')
      })
      await expect(sync()).rejects.toMatchObject({ code: 'SYNC_NETWORK' })
    }
    await tasks.delete('a')
    expect(await tasks.read('a')).toBeUndefined()
    await release()
    await sync()
    expect(server.record('tasks', 'a') ?? null).toBeNull()
    expect(await tasks.readAll()).toEqual([])
    expect(made.heard('conflict:detected')).toEqual([])
    const { accepted, applied, merged, cancelled } = made.status().writes
    expect([made.status().pending, accepted, applied + merged + cancelled]).toEqual([0, 2, 2])
  },
)

it('of two writes that stand in one queue the second is never sent beside the first, which may conflict [F27]', async () => {
  const server = new TestServer()
  server.write('tasks', 'a', { id: 'a', title: 'base', n: 0 })
  const made = device(server)
  await made.sync()
  // Conditions keep them from becoming one.
  await made.tasks.update('a', { title: 'one' }, { where: { n: 0 } })
  await made.tasks.update('a', { n: 1 }, { where: { title: 'one' } })
  server.beforePush = once(() => server.edit('tasks', 'a', { done: true }))
  await made.sync()
  await made.sync()
  for (const { operations } of server.requests)
    expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length)
  expect(server.sent.map(({ change }) => change.set)).toEqual([{ title: 'one' }, { title: 'one' }, { n: 1 }])
  expect(server.record('tasks', 'a')).toEqual({ id: 'a', title: 'one', n: 1, done: true })
  expect(made.status()).toMatchObject({ pending: 0, writes: { accepted: 2, applied: 2, quarantined: 0 } })
})
