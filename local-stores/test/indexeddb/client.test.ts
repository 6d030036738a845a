import { createSyncClient, isSyncError, record, type SyncClient } from '@rowkeep/kernel'
import { expect, onTestFinished, test } from 'vitest'
import { indexeddbStore } from '../../src/indexeddb/index.ts'
import { freshName } from './helpers.ts'

interface Task {
  id: string
  title: string
  done: boolean
}
const collections = { tasks: record<Task>() }

function clientAt(name: string): SyncClient<typeof collections> {
  const client = createSyncClient({ collections, store: indexeddbStore({ name }) })
  onTestFinished(() => client.dispose())
  return client
}

const titles = async ({ collections: { tasks } }: SyncClient<typeof collections>): Promise<readonly string[]> =>
  (await tasks.query({ orderBy: { title: 'asc' } })).map(({ title }) => title)

test('what a client wrote is there after a restart', async () => {
  const name = freshName()
  const first = clientAt(name)
  const { id } = await first.collections.tasks.create({ title: 'milk', done: false })
  await first.collections.tasks.update(id, { done: true })
  await first.dispose()
  expect(await clientAt(name).collections.tasks.read(id)).toEqual({ id, title: 'milk', done: true })
})

test('two clients on one namespace lose nothing of what each writes', async () => {
  const name = freshName()
  const [a, b] = [clientAt(name), clientAt(name)]
  const created = async (client: SyncClient<typeof collections>, tab: string): Promise<void> => {
    for (let n = 0; n < 20; n += 1) await client.collections.tasks.create({ title: `${tab} ${n + 10}`, done: false })
  }
  await Promise.all([created(a, 'a'), created(b, 'b')])
  const wanted = ['a', 'b'].flatMap((tab) => Array.from({ length: 20 }, (_, n) => `${tab} ${n + 10}`))
  expect(await titles(clientAt(name))).toEqual(wanted)
})

test('a client whose database is deleted says so at the next write, and a new one starts empty', async () => {
  const name = freshName()
  const client = clientAt(name)
  await client.collections.tasks.create({ title: 'milk', done: false })
  const [database] = (await indexedDB.databases()).filter((one) => one.name?.startsWith(name))
  await new Promise((resolve) => {
    indexedDB.deleteDatabase(database?.name ?? '').addEventListener('success', resolve)
  })
  const thrown: unknown = await client.collections.tasks
    .create({ title: 'eggs', done: false })
    .catch((error: unknown) => error)
  expect(isSyncError(thrown, 'SYNC_STORE_BROKEN')).toBe(true)
  expect(await titles(client)).toEqual(['milk'])
  expect(await titles(clientAt(name))).toEqual([])
})
