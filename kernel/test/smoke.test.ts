import { expect, it } from 'vitest'
import { createSyncClient, memoryStore, record } from '../src/index.ts'
import { TestServer } from './support/server.ts'

interface Task {
  id: string
  title: string
  done: boolean
}

it('writes here, arrives there', async () => {
  const server = new TestServer()
  const make = () =>
    createSyncClient({ collections: { tasks: record<Task>() }, remote: server.adapter(), sync: 'manual' })
  const [a, b] = [make(), make()]
  const task = await a.collections.tasks.create({ title: 'one', done: false })
  expect(await a.collections.tasks.read(task.id)).toEqual(task)
  expect(await a.synchronize()).toMatchObject({ pushed: 1 })
  expect(server.record('tasks', task.id)).toEqual(task)
  await b.synchronize()
  expect(await b.collections.tasks.readAll()).toEqual([task])
  await a.collections.tasks.update(task.id, { done: true })
  await b.collections.tasks.update(task.id, { title: 'two' })
  await a.synchronize()
  await b.synchronize()
  await a.synchronize()
  const both = { id: task.id, title: 'two', done: true }
  expect(server.record('tasks', task.id)).toEqual(both)
  expect(await a.collections.tasks.read(task.id)).toEqual(both)
  expect(await b.collections.tasks.read(task.id)).toEqual(both)
  expect(a.status.getSnapshot()).toMatchObject({ pending: 0, writes: { accepted: 2, applied: 2 } })
  expect(memoryStore().name).toBe('memory')
  await a.dispose()
  await b.dispose()
})
