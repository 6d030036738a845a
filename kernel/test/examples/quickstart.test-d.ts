import { expectTypeOf, it } from 'vitest'
import { createSyncClient, type RemoteAdapter, record } from '../../src/index.ts'

declare const restAdapter: (options: { readonly url: string }) => RemoteAdapter

interface Task {
  id: string
  title: string
  done: boolean
}

it('starts with a type, a URL and nothing else', async () => {
  const { tasks } = createSyncClient({
    collections: { tasks: record<Task>() },
    remote: restAdapter({ url: 'https://api.example.com/sync' }),
  }).collections

  expectTypeOf(await tasks.create({ title: 'Pull the plug', done: false })).toEqualTypeOf<Task>()
  for await (const open of tasks.watchQuery({ where: { done: false } })) {
    expectTypeOf(open.map(({ title }) => title)).toEqualTypeOf<string[]>()
  }
})
