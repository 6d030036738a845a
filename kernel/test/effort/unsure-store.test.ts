import { expect, it } from 'vitest'
import { type LocalStore, SyncError } from '../../src/index.ts'
import { device } from '../support/device.ts'
import { TestServer } from '../support/server.ts'
import { Disk } from '../support/stores.ts'

/** More commits than the writes of the test can need. */
const most = 200

it('a store that stores and never is sure of it is given up for all who write at once, and not tried for ever', async () => {
  const disk = new Disk()
  let isUnsure = false
  let commits = 0
  const store: LocalStore = {
    name: 'unsure',
    capabilities: disk.capabilities,
    destroy: (namespace) => disk.destroy(namespace),
    async open(spec) {
      const open = await disk.open(spec)
      return {
        ...open,
        async commit(entries, after) {
          commits += 1
          const head = await open.commit(entries, after)
          if (isUnsure && commits < most) throw new SyncError('SYNC_STORE_BROKEN')
          return head
        },
      }
    },
  }
  const { client, tasks, status } = device(new TestServer(), { store })
  await tasks.create({ id: 'a', title: 'before' })
  isUnsure = true
  const ends = await Promise.allSettled([client.pause(), client.resume(), client.pause()])
  expect(ends.map((end) => end.status === 'rejected' && (end.reason as SyncError).code)).toEqual(
    Array(3).fill('SYNC_STORE_BROKEN'),
  )
  expect(commits).toBeLessThan(most)
  isUnsure = false
  await tasks.create({ id: 'b', title: 'after' })
  expect(await tasks.count()).toBe(2)
  expect(status()).toMatchObject({ pending: 2, writes: { accepted: 2 } })
})

it('a write after one of unknown outcome is not taken for it, though the store could not be opened anew between', async () => {
  const disk = new Disk()
  let faults: readonly ('commit' | 'open')[] = []
  const strikes = (fault: 'commit' | 'open'): boolean => {
    const struck = faults[0] === fault
    if (struck) faults = faults.slice(1)
    return struck
  }
  const store: LocalStore = {
    name: 'unsure',
    capabilities: disk.capabilities,
    destroy: (namespace) => disk.destroy(namespace),
    async open(spec) {
      if (strikes('open')) throw new SyncError('SYNC_STORE_FAILED')
      const open = await disk.open(spec)
      return {
        ...open,
        async commit(entries, after) {
          const head = await open.commit(entries, after)
          if (strikes('commit')) throw new SyncError('SYNC_STORE_BROKEN')
          return head
        },
      }
    },
  }
  const { client, tasks, status } = device(new TestServer(), { store })
  await tasks.create({ id: 'a', title: 'before' })
  faults = ['commit', 'open']
  await expect(tasks.update('a', { n: 1 })).rejects.toMatchObject({ code: 'SYNC_STORE_BROKEN' })
  await tasks.create({ id: 'b', title: 'after' })
  expect(await tasks.read('b')).toEqual({ id: 'b', title: 'after' })
  expect(status()).toMatchObject({ writes: { accepted: 3 } })
  await client.dispose()
  const again = device(new TestServer(), { store: disk })
  expect(await again.tasks.readAll()).toEqual([
    { id: 'a', title: 'before', n: 1 },
    { id: 'b', title: 'after' },
  ])
})
