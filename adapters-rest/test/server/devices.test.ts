import { createSyncClient, platformEnv, record } from '@rowkeep/kernel'
import { fetch, fetchCount } from '@rowkeep/kernel/remote-query'
import { expect, test } from 'vitest'
import { restAdapter } from '../../src/index.ts'
import { restDouble } from '../../src/testing/index.ts'

interface Note {
  readonly id: string
  readonly title: string
  readonly done: boolean
}

test('a device reads from the server what its scope leaves there, and writes with the server first', async () => {
  const double = restDouble()
  for (const id of ['a', 'b', 'c']) await double.write('notes', { id, title: id, done: id !== 'a' })
  const client = createSyncClient({
    collections: { notes: record<Note>() },
    remote: restAdapter({ url: `${double.origin}/sync`, token: () => 'token-of-ada' }),
    user: 'ada',
    scope: { notes: () => ({ done: false }) },
    sync: 'manual',
    env: { ...platformEnv, fetch: async (input, init) => double.fetch(new Request(input, init)) },
  })
  const { notes } = client.collections
  await client.synchronize()
  expect((await notes.readAll()).map(({ id }) => id)).toEqual(['a'])
  await notes.create({ id: 'b2', title: 'mine', done: true })
  const first = await fetch(notes, { where: { done: true }, orderBy: { title: 'desc' }, limit: 2 })
  expect([first.rows.map(({ id }) => id), first.source]).toEqual([['b2', 'c', 'b'], 'remote'])
  expect((await fetchCount(notes, { where: { done: true } })).count).toBe(3)
  await notes.update('a', { title: 'sent' }, { strategy: 'remoteFirst' })
  expect((await double.rows('notes'))[0]).toEqual({ id: 'a', title: 'sent', done: false })
  await client.dispose()
  await double.close()
})
