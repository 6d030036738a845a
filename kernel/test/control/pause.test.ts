import { describe, expect, it } from 'vitest'
import { createSyncClient, memoryStore, record } from '../../src/index.ts'
import { fetch } from '../../src/remote-query/index.ts'
import { clear } from '../../src/users/index.ts'
import { device } from '../support/device.ts'
import { never, TestServer } from '../support/server.ts'
import { Disk } from '../support/stores.ts'
import { quiet, until, virtualEnv } from '../support/virtual-env.ts'

describe('pause()', () => {
  it('holds through restarts, whatever starts the client, until resume()', async () => {
    const [server, store] = [new TestServer(), new Disk()]
    const first = device(server, { store, sync: 'auto' })
    await first.client.pause()
    await first.tasks.create({ id: 'a', title: 'a' })
    await first.client.dispose()
    const calls = server.calls.length
    const next = device(server, { store, sync: 'auto' })
    await next.tasks.create({ id: 'b', title: 'b' })
    await next.client.start()
    await next.env.advance(3_600_000)
    expect([server.calls.length, server.subscribers, next.env.timers()]).toEqual([calls, 0, 0])
    expect(next.status()).toMatchObject({ state: 'paused', pending: 2 })
    await next.client.resume()
    await next.env.advance(5000)
    expect(next.status()).toMatchObject({ state: 'synced', pending: 0 })
    expect(Object.keys(server.all('tasks'))).toEqual(['a', 'b'])
  })

  it('lets nothing go to the remote by any call', async () => {
    const server = new TestServer()
    const { client, tasks, env } = device(server, { remote: server.queryable() })
    await client.start()
    await env.advance(5000)
    await client.pause()
    const calls = server.calls.length
    const paused = { code: 'SYNC_NETWORK' }
    await expect(client.synchronize()).rejects.toMatchObject(paused)
    await expect(tasks.create({ id: 'a', title: 'a' }, { strategy: 'remoteFirst' })).rejects.toMatchObject(paused)
    await expect(fetch(tasks, {}, { strategy: 'remoteOnly' })).rejects.toMatchObject(paused)
    expect(await fetch(tasks)).toMatchObject({ rows: [], source: 'local', reason: paused })
    env.setOnline(false)
    env.setOnline(true)
    server.tell({ kind: 'poke' })
    await env.advance(3_600_000)
    expect([server.calls.length, server.queries.length, server.subscribers]).toEqual([calls, 0, 0])
    expect(await tasks.count()).toBe(0)
  })

  it('ends a request under way', async () => {
    const server = new TestServer()
    server.beforePull = () => never()
    const { client, env, status } = device(server)
    await client.start()
    const cut = client.synchronize()
    await until(() => server.pulls.length === 1)
    await Promise.all([client.pause(), expect(cut).rejects.toMatchObject({ code: 'SYNC_ABORTED' })])
    expect(server.contexts[0]?.signal.aborted).toBe(true)
    expect([status().state, env.timers()]).toEqual(['paused', 0])
  })

  it('is a matter of its own: stop() and start() do not lift it, and resume() starts nothing that was stopped', async () => {
    const server = new TestServer()
    const { client, env, status } = device(server)
    await client.start()
    await client.pause()
    await client.stop()
    await client.start()
    await env.advance(5000)
    expect([status().state, server.subscribers]).toEqual(['paused', 0])
    await client.stop()
    await client.resume()
    await env.advance(5000)
    expect([status().state, server.subscribers]).toEqual(['paused', 0])
    await client.start()
    await env.advance(5000)
    expect([status().state, server.subscribers]).toEqual(['synced', 1])
  })

  it('holds in every tab, and so does resume()', async () => {
    const [server, store, env] = [new TestServer(), new Disk({ tabs: true, tells: true }), virtualEnv()]
    const tabs = [device(server, { store, env }), device(server, { store, env })] as const
    for (const { client } of tabs) await client.start()
    await env.advance(5000)
    expect(server.subscribers).toBe(2)
    await tabs[0].client.pause()
    await env.advance(0)
    expect([server.subscribers, env.timers()]).toEqual([0, 0])
    expect(tabs.map(({ status }) => status().state)).toEqual(['paused', 'paused'])
    await tabs[1].client.resume()
    await env.advance(5000)
    expect(tabs.map(({ status }) => status().state)).toEqual(['synced', 'synced'])
  })

  it('is of one user: the next one on this device is not paused', async () => {
    const [server, store] = [new TestServer(), new Disk()]
    const ada = device(server, { store, user: 'ada' })
    await ada.client.pause()
    await ada.client.dispose()
    const bob = device(server, { store, user: 'bob' })
    await bob.client.start()
    await bob.env.advance(5000)
    expect([bob.status().state, server.subscribers]).toEqual(['synced', 1])
  })

  it('survives clear() of what is here', async () => {
    const server = new TestServer()
    const { client, env, status } = device(server)
    await client.start()
    await client.pause()
    await clear(client)
    await env.advance(5000)
    expect([status().state, server.subscribers]).toEqual(['paused', 0])
  })

  it('is taken note of without a remote', async () => {
    const store = memoryStore()
    const options = { collections: { tasks: record<{ id: string }>() }, store, env: virtualEnv() }
    const client = createSyncClient(options)
    await client.pause()
    await client.collections.tasks.create({ id: 'a' })
    await client.dispose()
    const server = new TestServer()
    const next = createSyncClient({ ...options, remote: server.adapter() })
    await next.start()
    await quiet()
    expect([next.status.getSnapshot()?.state, server.calls.length]).toEqual(['paused', 0])
    await next.dispose()
  })
})
