import { expect, it } from 'vitest'
import { SyncError } from '../../src/index.ts'
import { synced } from '../support/device.ts'
import { once } from '../support/server.ts'

it('a row that came while a write of it waited is what is shown when the write is refused [F45]', async () => {
  const { server, tasks, sync, status } = await synced()
  await tasks.update('a', { done: true, forbidden: true })
  server.edit('tasks', 'a', { title: 'theirs', n: 5 })
  server.beforePush = once((): never => {
    throw new SyncError('SYNC_NETWORK')
  })
  // The pull of this cycle brings the row, and its push does not get through.
  await expect(sync()).rejects.toMatchObject({ code: 'SYNC_NETWORK' })
  expect(await tasks.read('a')).toEqual({ id: 'a', title: 'theirs', n: 5, done: true, forbidden: true })
  // Now the server refuses, without a word of the row.
  server.beforePush = ({ operations }) =>
    operations.map(() => ({ kind: 'rejected', error: { code: 'SYNC_FORBIDDEN' } }))
  await sync()
  expect(await tasks.read('a')).toEqual({ id: 'a', title: 'theirs', n: 5 })
  expect(status()).toMatchObject({ pending: 0, writes: { quarantined: 1 } })
})
