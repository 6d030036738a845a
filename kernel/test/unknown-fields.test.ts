import { expect, it } from 'vitest'
import { z } from 'zod'
import { createSyncClient, memoryStore, record } from '../src/index.ts'
import { TestServer } from './support/server.ts'
import { virtualEnv } from './support/virtual-env.ts'

const schemas = {
  'a plain type': record<{ id: string; title: string; done?: boolean }>(),
  'a schema of zod': z.object({ id: z.string(), title: z.string(), done: z.boolean().optional() }),
}

it.each(Object.entries(schemas))(
  'a field that only newer apps know is kept whatever this one writes, with %s [F118]',
  async (_, schema) => {
    const server = new TestServer()
    server.write('tasks', 'a', { id: 'a', title: 'old', due: 'tomorrow', done: false })
    const client = createSyncClient({
      collections: { tasks: schema },
      sync: 'manual',
      env: virtualEnv(),
      store: memoryStore(),
      remote: server.adapter(),
    })
    const { tasks } = client.collections
    await client.synchronize()
    await tasks.update('a', { title: 'new' })
    await client.synchronize()
    expect(server.sent.at(-1)?.change).toEqual({ set: { title: 'new' } })
    await tasks.update('a', (draft) => {
      draft.done = true
    })
    await client.synchronize()
    expect(server.sent.at(-1)?.change).toEqual({ set: { done: true } })
    expect(server.sent.at(-1)?.record).toMatchObject({ due: 'tomorrow' })
    expect(server.record('tasks', 'a')).toEqual({ id: 'a', title: 'new', due: 'tomorrow', done: true })
    // Who writes the whole record without it means that.
    await tasks.save({ id: 'a', title: 'whole' })
    await client.synchronize()
    expect(server.record('tasks', 'a')).toEqual({ id: 'a', title: 'whole' })
    await client.dispose()
  },
)
