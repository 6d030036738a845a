import { expect, it } from 'vitest'
import { SyncError } from '../../src/index.ts'
import { device } from '../support/device.ts'
import { TestServer } from '../support/server.ts'
import { type VirtualEnv, virtualEnv } from '../support/virtual-env.ts'

const hour = 3_600_000
const day = 24 * hour

/** A world whose device clock is wrong, by an amount that may change at any time. */
function wrong(offset: { by: number }): VirtualEnv {
  const env = virtualEnv()
  return { ...env, now: () => env.now() + offset.by }
}

it.each([
  [0, 0],
  [-day, day],
  [day, -day],
  [-hour, 0],
  [hour, 0],
  [0, -365 * day],
])('who reaches the server last has the last word, with clocks that are wrong by %i and %i ms [F43]', async (a, b) => {
  const server = new TestServer()
  server.write('tasks', 'a', { id: 'a', title: 'base' })
  const offset = { by: a }
  const [one, two] = [device(server, { env: wrong(offset) }), device(server, { env: wrong({ by: b }) })]
  await one.sync()
  await two.sync()
  await one.tasks.update('a', { title: 'one' })
  // Its clock jumps in mid-session, too.
  offset.by -= 3 * hour
  await two.tasks.update('a', { title: 'two' })
  await one.sync()
  await two.sync()
  await one.sync()
  for (const { tasks, status } of [one, two]) {
    expect(await tasks.read('a')).toEqual({ id: 'a', title: 'two' })
    expect(status()).toMatchObject({ pending: 0, writes: { applied: 1 } })
  }
  expect(server.record('tasks', 'a')).toEqual({ id: 'a', title: 'two' })
})

it('a record made under a clock that is a year ahead hides no row of the server [F07]', async () => {
  const server = new TestServer()
  server.write('tasks', 'old', { id: 'old', title: 'old' })
  const { tasks, sync } = device(server, { env: wrong({ by: 365 * day }) })
  await tasks.create({ id: 'mine', title: 'mine' })
  await sync()
  server.write('tasks', 'new', { id: 'new', title: 'new' })
  await sync()
  expect((await tasks.readAll()).map(({ id }) => id)).toEqual(['mine', 'new', 'old'])
  // Every cursor is one that the server gave, or none.
  const given = new Set<unknown>([null])
  server.afterPull = (page) => {
    if (page.kind !== 'expired') given.add(page.cursor)
  }
  const asked = server.pulls.length
  await sync()
  await sync()
  expect(given.has(server.pulls.at(-1)?.cursor)).toBe(true)
  expect(server.pulls.length).toBeGreaterThan(asked)
})

it('a clock that went back during an outage keeps the live channel closed no longer than the outage', async () => {
  const server = new TestServer()
  const offset = { by: 0 }
  const env = { ...wrong(offset), random: () => 0.5 }
  const { client } = device(server, { env, retryMinMs: 1000, retryMaxMs: 16_000 })
  server.beforePull = () => {
    throw new SyncError('SYNC_NETWORK')
  }
  await client.start()
  // 0.5, 1, 2, 4 and from then on 8 seconds between two tries, of which the last was at 7.5.
  await env.advance(8000)
  expect(server.pulls).toHaveLength(5)
  offset.by = -day
  server.tell({ kind: 'down', error: { code: 'SYNC_NETWORK' } })
  await env.advance(2000)
  expect([server.subscribers, server.pulls.length]).toEqual([0, 5])
  server.beforePull = () => {}
  await env.advance(40_000)
  expect(client.status.getSnapshot()).toMatchObject({ state: 'synced' })
  expect(server.subscribers).toBe(1)
})
