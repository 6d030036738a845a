import { expect, it } from 'vitest'
import { SyncError, type SyncErrorCode } from '../../src/index.ts'
import { device } from '../support/device.ts'
import { TestServer } from '../support/server.ts'

it('keeps a write over any number of failures, whatever they are, and says all the while that it waits [F22]', async () => {
  const server = new TestServer()
  const { client, tasks, env, status } = device(server, { retryMinMs: 100, retryMaxMs: 1000 })
  const failures: SyncErrorCode[] = [
    ...Array.from({ length: 12 }, () => 'SYNC_NETWORK' as const),
    ...Array.from({ length: 12 }, () => 'SYNC_TIMEOUT' as const),
    ...Array.from({ length: 12 }, () => 'SYNC_RATE_LIMITED' as const),
    'SYNC_AUTH_REQUIRED',
  ]
  server.beforePush = () => {
    const code = failures.shift()
    if (code) throw new SyncError(code)
  }
  await client.start()
  await tasks.create({ id: 'a', title: 'a' })
  for (let turn = 0; turn < 1000 && status().state !== 'authRequired'; turn += 1) {
    expect(status()).toMatchObject({ pending: 1, writes: { accepted: 1, applied: 0, quarantined: 0 } })
    expect(status().state).not.toBe('synced')
    expect(await env.advanceToNext()).toBe(true)
  }
  expect(failures).toEqual([])
  expect(status()).toMatchObject({ state: 'authRequired', pending: 1 })
  expect(await tasks.read('a')).toEqual({ id: 'a', title: 'a' })
  await client.start()
  await env.advance(2000)
  expect(server.record('tasks', 'a')).toEqual({ id: 'a', title: 'a' })
  expect(server.effects).toHaveLength(1)
  expect(status()).toMatchObject({ pending: 0, writes: { accepted: 1, applied: 1 } })
})
