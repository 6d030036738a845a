import { afterEach, describe, expect, it, test } from 'vitest'
import { createSyncClient, record, type Status, SyncError } from '../../src/index.ts'
import { clear } from '../../src/users/index.ts'
import { type Device, device, synced, type Task } from '../support/device.ts'
import { never, once, TestServer } from '../support/server.ts'
import { Disk, wrapStore } from '../support/stores.ts'
import { type VirtualEnv, virtualEnv } from '../support/virtual-env.ts'

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

/** The states told, in order, each as often as it was told in a row. */
function states({ client }: Pick<Device, 'client'>): readonly Status['state'][] {
  const seen: Status['state'][] = []
  let last: Status | undefined
  ends.push(
    client.status.subscribe((status) => {
      // What is told twice shows as that; what a listener throws would only be told to observers.
      if (last?.state !== status.state || JSON.stringify(last) === JSON.stringify(status)) seen.push(status.state)
      last = status
    }),
  )
  return seen
}

const lost = (): never => {
  throw new SyncError('SYNC_NETWORK')
}
const full = (): never => {
  throw new SyncError('SYNC_STORE_FULL')
}

describe('a state is reached, told once, and left', () => {
  it('paused, syncing, synced', async () => {
    const made = device(new TestServer())
    const seen = states(made)
    await made.env.advance(0)
    await made.client.start()
    await made.env.advance(0)
    expect(seen).toEqual(['paused', 'syncing', 'synced'])
    await made.client.stop()
    expect(seen).toEqual(['paused', 'syncing', 'synced', 'paused'])
  })

  it('offline', async () => {
    const server = new TestServer()
    server.beforePull = once(lost)
    const made = device(server)
    const seen = states(made)
    await made.client.start()
    await made.env.advance(0)
    expect(made.status()).toMatchObject({ state: 'offline', error: { code: 'SYNC_NETWORK' } })
    await made.env.advance(1000)
    expect(seen.slice(0, 5)).toEqual(['paused', 'syncing', 'offline', 'syncing', 'synced'])
    expect(made.status().error).toBeUndefined()
  })

  it('authRequired', async () => {
    const server = new TestServer()
    server.beforePull = once(() => {
      throw new SyncError('SYNC_AUTH_REQUIRED')
    })
    const made = device(server)
    const seen = states(made)
    await made.client.start()
    await made.env.advance(100_000)
    expect(made.status()).toMatchObject({ state: 'authRequired', error: { code: 'SYNC_AUTH_REQUIRED' } })
    await made.client.start()
    await made.env.advance(0)
    expect(seen.at(-1)).toBe('synced')
  })

  it('degraded: a store that is full, seen without an observer', async () => {
    const store = wrapStore()
    const made = device(new TestServer(), { store })
    const seen = states(made)
    await made.client.start()
    await made.env.advance(0)
    store.beforeCommit = full
    await expect(made.tasks.create({ id: 'a', title: 'a' })).rejects.toMatchObject({ code: 'SYNC_STORE_FULL' })
    expect(made.status()).toMatchObject({ state: 'degraded', pending: 0, error: { code: 'SYNC_STORE_FULL' } })
    store.beforeCommit = () => {}
    await made.tasks.create({ id: 'a', title: 'a' })
    await made.env.advance(0)
    expect(made.status()).toMatchObject({ state: 'synced', error: undefined })
    expect(seen.filter((state) => state !== 'syncing')).toEqual(['paused', 'synced', 'degraded', 'synced'])
  })

  it('degraded, not offline: a store that takes no page', async () => {
    const store = wrapStore()
    const server = new TestServer()
    const made = device(server, { store })
    await made.client.start()
    await made.env.advance(0)
    store.beforeCommit = () => {
      throw new SyncError('SYNC_STORE_FAILED')
    }
    server.write('tasks', 'a', { id: 'a', title: 'a' })
    await made.env.advance(70_000)
    expect(made.status()).toMatchObject({ state: 'degraded', error: { code: 'SYNC_STORE_FAILED' } })
    store.beforeCommit = () => {}
    await made.env.advance(60_000)
    expect(made.status()).toMatchObject({ state: 'synced', error: undefined })
  })

  it('degraded, also without a backend', async () => {
    const store = wrapStore()
    const client = createSyncClient({ collections: { tasks: record<Task>() }, store, env: virtualEnv() })
    ends.push(() => void client.dispose())
    store.beforeCommit = full
    await client.collections.tasks.readAll().catch(() => {})
    store.beforeCommit = () => {}
    await client.collections.tasks.readAll()
    expect(client.status.getSnapshot()?.state).toBe('offline')
    store.beforeCommit = full
    await client.collections.tasks.create({ id: 'a', title: 'a' }).catch(() => {})
    expect(client.status.getSnapshot()).toMatchObject({ state: 'degraded', error: { code: 'SYNC_STORE_FULL' } })
  })

  it('a value that is too large is no trouble of the store', async () => {
    const store = wrapStore()
    const made = await synced({ store })
    await made.client.start()
    await made.env.advance(0)
    store.beforeCommit = once(() => {
      throw new SyncError('SYNC_TOO_LARGE')
    })
    await made.tasks.update('a', { n: 1 }).catch(() => {})
    expect(made.status()).toMatchObject({ state: 'synced', error: undefined })
  })

  test('forbidden names the collections, never passes for synced, and is left when they can be read [F11]', async () => {
    const server = new TestServer()
    server.write('tasks', 't', { id: 't', title: 'a task' })
    server.write('notes', 'n', { id: 'n', body: 'a note' })
    const made = device(server)
    const seen = states(made)
    await made.client.start()
    await made.env.advance(0)
    server.beforePull = ({ feed }) => {
      if (feed.collections.includes('notes')) throw new SyncError('SYNC_FORBIDDEN')
    }
    server.edit('tasks', 't', { n: 1 })
    const before = seen.length
    await made.env.advance(70_000)
    expect(made.status()).toMatchObject({ state: 'forbidden', forbidden: ['notes'], error: undefined })
    expect(new Set(seen.slice(before))).toEqual(new Set(['syncing', 'forbidden']))
    expect(await made.notes.readAll()).toHaveLength(1)
    expect(await made.tasks.read('t')).toMatchObject({ n: 1 })
    server.beforePull = () => {}
    await made.env.advance(70_000)
    expect(made.status()).toMatchObject({ state: 'synced', forbidden: [] })
  })

  it('forbidden is remembered through a restart, by name', async () => {
    const server = new TestServer()
    const store = new Disk()
    server.beforePull = ({ feed }) => {
      if (feed.collections.includes('notes')) throw new SyncError('SYNC_FORBIDDEN')
    }
    const first = device(server, { store })
    await first.sync()
    await first.client.dispose()
    const next = device(server, { store })
    await next.tasks.readAll()
    expect(next.status().forbidden).toEqual(['notes'])
  })
})

describe('synced is never said', () => {
  test('of a run that was cut off before its last page [F10]', async () => {
    const server = new TestServer()
    for (let n = 0; n < 25; n += 1) server.write('tasks', `t${n}`, { id: `t${n}`, title: 'told' })
    let pages = 0
    server.beforePull = () => {
      pages += 1
      if (pages > 2) lost()
    }
    const made = device(server)
    const seen = states(made)
    await made.client.start()
    await made.env.advance(200_000)
    expect(await made.tasks.count()).toBeLessThan(25)
    expect(seen).not.toContain('synced')
    server.beforePull = () => {}
    await made.env.advance(100_000)
    expect(made.status().state).toBe('synced')
    expect(await made.tasks.count()).toBe(25)
  })

  it('once the last pull is too old, though nothing was heard since', async () => {
    const env: VirtualEnv = virtualEnv()
    const { setTimer } = env
    let loses = false
    Object.assign(env, { setTimer: (ms: number, run: () => void) => (loses ? () => {} : setTimer(ms, run)) })
    const made = await synced({ env, pullIntervalMs: 1000 })
    loses = true
    await made.client.start()
    await env.advance(0)
    expect(made.status().state).toBe('synced')
    await env.advance(1999)
    expect(made.status().state).toBe('synced')
    await env.advance(1)
    expect(made.status().state).toBe('syncing')
  })

  it('after another tab cleared the device', async () => {
    const server = new TestServer()
    server.write('tasks', 'a', { id: 'a', title: 'a' })
    const store = new Disk({ tabs: true, tells: true })
    const [one, other] = [device(server, { store }), device(server, { store })]
    await one.client.start()
    await one.env.advance(0)
    const seen = states(one)
    await clear(other.client)
    await one.env.advance(0)
    expect(await one.tasks.count()).toBe(0)
    expect(seen).toEqual(['synced', 'syncing'])
  })

  it('while another tab lists everything anew', async () => {
    const server = new TestServer()
    for (let n = 0; n < 12; n += 1) server.write('tasks', `t${n}`, { id: `t${n}`, title: 'told' })
    const store = new Disk({ tabs: true, tells: true })
    const one = device(server, { store })
    await one.client.start()
    await one.env.advance(0)
    const seen = states(one)
    server.expire()
    const other = device(server, { store })
    server.afterPull = (page) =>
      page.kind === 'snapshot' && server.pulls.at(-1)?.cursor !== null ? never() : undefined
    other.sync().catch(() => {})
    await one.env.advance(0)
    expect(seen).toEqual(['synced', 'syncing'])
  })
})
