import { expect, it } from 'vitest'
import { SyncError } from '../../src/index.ts'
import { device } from '../support/device.ts'
import { TestServer } from '../support/server.ts'

const filled = (): TestServer => {
  const server = new TestServer()
  server.write('tasks', 'open', { id: 'open', title: 'open', done: false })
  server.write('tasks', 'done', { id: 'done', title: 'done', done: true })
  return server
}

it('lists a scope anew when it comes back, and lets go of what is outside of it', async () => {
  let done = false
  const { tasks, sync } = device(filled(), { scope: () => ({ done }) })
  const ids = async () => (await tasks.readAll()).map(({ id }) => id)
  await sync()
  expect(await ids()).toEqual(['open'])
  done = true
  await sync()
  expect(await ids()).toEqual(['done'])
  done = false
  await sync()
  expect(await ids()).toEqual(['open'])
})

it('keeps one feed entry however often the scope changes', async () => {
  const server = filled()
  let title = 0
  const { sync, store, client, env } = device(server, { scope: () => ({ title: String(title) }) as object })
  for (; title < 5; title += 1) await sync()
  await client.dispose()
  const open = await store.open({ namespace: 'u-', durability: 'none', env })
  const keys: string[] = []
  for await (const { entries } of open.load()) keys.push(...entries.map(({ key }) => key))
  expect(keys.filter((key) => key.startsWith('feed/'))).toHaveLength(1)
  await open.close()
})

it('keeps a row that changed so as to enter the new scope', async () => {
  const server = new TestServer()
  let done = true
  server.write('tasks', 'x', { id: 'x', title: 'x', done: true })
  const { tasks, sync } = device(server, { scope: () => ({ done }) })
  await sync()
  server.edit('tasks', 'x', { done: false })
  done = false
  await sync()
  expect(await tasks.readAll()).toEqual([{ id: 'x', title: 'x', done: false }])
})

it('lets go of deleted rows though the first run of the new scope was cut off', async () => {
  const server = new TestServer()
  for (let n = 0; n < 12; n += 1) server.write('tasks', `t${n}`, { id: `t${n}`, title: 't', n })
  let least = 0
  const { tasks, sync } = device(server, { scope: () => ({ n: { gte: least } }) as object })
  await sync()
  server.rows.delete('tasks/t11')
  least = 1
  let pulls = 0
  server.beforePull = () => {
    pulls += 1
    if (pulls === 2) throw new SyncError('SYNC_NETWORK')
  }
  await expect(sync()).rejects.toMatchObject({ code: 'SYNC_NETWORK' })
  await sync()
  expect((await tasks.readAll()).map(({ id }) => id)).not.toContain('t11')
  expect(await tasks.count()).toBe(10)
})

it('believes another history although the scope changed with it', async () => {
  const server = new TestServer()
  let title = 'a'
  for (let n = 0; n < 5; n += 1) server.write('tasks', 'r', { id: 'r', title: 'r', n })
  const { tasks, sync } = device(server, { scope: () => ({ title: { gte: title } }) as object })
  await sync()
  server.rows.clear()
  server.write('tasks', 'r', { id: 'r', title: 'r', n: 1 })
  server.epoch = 'e2'
  title = 'b'
  await sync()
  expect(await tasks.read('r')).toMatchObject({ n: 1 })
})

it('lets go of a row outside of it that came with a verdict', async () => {
  const server = new TestServer()
  server.write('tasks', 'x', { id: 'x', title: 'theirs', done: true })
  const { tasks, sync, status } = device(server, { scope: () => ({ done: false }), resolver: () => 'remote' })
  await sync()
  await tasks.create({ id: 'x', title: 'mine', done: false })
  await sync()
  await expect.poll(() => status().pending).toBe(0)
  await sync()
  expect(await tasks.readAll()).toEqual([])
})

it('says so when a scope throws', async () => {
  const { sync } = device(filled(), {
    scope: () => {
      throw new Error('no user yet')
    },
  })
  await expect(sync()).rejects.toMatchObject({ code: 'SYNC_CONFIG_INVALID' })
})

it('is asked once a cycle, also where a joint feed splits', async () => {
  const server = filled()
  let asked = 0
  const scope = () => {
    asked += 1
    return undefined
  }
  const { sync } = device(server, { scope })
  await sync()
  expect(asked).toBe(1)
  server.beforePull = ({ feed }) => {
    if (feed.collections.includes('notes')) throw new SyncError('SYNC_FORBIDDEN')
  }
  await sync()
  expect(asked).toBe(2)
})

it('keeps a row with unsent writes that the new scope leaves out, until they have ended [F15]', async () => {
  const server = filled()
  let done = false
  const { tasks, sync } = device(server, { scope: () => ({ done }) })
  await sync()
  await tasks.update('open', { title: 'mine' })
  done = true
  server.beforePush = () => {
    throw new SyncError('SYNC_NETWORK')
  }
  await expect(sync()).rejects.toMatchObject({ code: 'SYNC_NETWORK' })
  expect(await tasks.read('open')).toMatchObject({ title: 'mine' })
  expect(await tasks.read('done')).toBeDefined()
  server.beforePush = () => {}
  await sync()
  expect(server.record('tasks', 'open')).toMatchObject({ title: 'mine', done: false })
  expect((await tasks.readAll()).map(({ id }) => id)).toEqual(['done'])
})

it('takes a scope that changes in the middle of a run up in the next cycle', async () => {
  const server = filled()
  let done = false
  const { tasks, sync } = device(server, { scope: () => ({ done }) })
  server.beforePull = () => {
    done = true
  }
  await sync()
  expect((await tasks.readAll()).map(({ id }) => id)).toEqual(['open'])
  await sync()
  expect((await tasks.readAll()).map(({ id }) => id)).toEqual(['done'])
})

it('lets nothing go while it throws, and goes on once it does not', async () => {
  const server = filled()
  let broken = false
  const scope = () => {
    if (broken) throw new Error('no user yet')
    return { done: false }
  }
  const { client, tasks, env, status } = device(server, { scope })
  await client.start()
  await env.advance(5000)
  broken = true
  await env.advance(70_000)
  expect(status()).toMatchObject({ state: 'offline', error: { code: 'SYNC_CONFIG_INVALID' } })
  expect((await tasks.readAll()).map(({ id }) => id)).toEqual(['open'])
  broken = false
  await env.advance(70_000)
  expect(status().state).toBe('synced')
})
