import { expect, it } from 'vitest'
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
