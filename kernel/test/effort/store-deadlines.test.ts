import { describe, expect, it } from 'vitest'
import { createSyncClient, type LocalStore, type OpenStore, record, SyncError } from '../../src/index.ts'
import { accounted, device } from '../support/device.ts'
import { never, TestServer } from '../support/server.ts'
import { Disk } from '../support/stores.ts'
import { until, virtualEnv } from '../support/virtual-env.ts'

/** What a test makes of the calls of an open store; each may give another answer. */
interface Faults {
  open?: () => Promise<unknown> | undefined
  load?: () => Promise<unknown> | undefined
  commit?: (land: () => Promise<number>) => Promise<number> | undefined
  close?: () => Promise<void> | undefined
}

interface Faulty extends LocalStore {
  readonly faults: Faults
  opens: number
}

/** A store whose calls go wrong as `faults` say, until told otherwise. */
function faulty(inner: LocalStore = new Disk()): Faulty {
  const faults: Faults = {}
  const store: Faulty = {
    name: 'faulty',
    capabilities: inner.capabilities,
    faults,
    opens: 0,
    destroy: (name) => inner.destroy(name),
    async open(spec) {
      store.opens += 1
      await faults.open?.()
      const open = await inner.open(spec)
      return {
        durability: open.durability,
        async *load(after): AsyncGenerator<never> {
          await faults.load?.()
          yield* open.load(after) as AsyncIterable<never>
        },
        commit: (entries, after) => {
          const land = (): Promise<number> => open.commit(entries, after)
          return faults.commit?.(land) ?? land()
        },
        close: () => faults.close?.() ?? open.close(),
      } satisfies OpenStore
    },
  }
  return store
}

const broken = (): Promise<never> => Promise.reject(new SyncError('SYNC_STORE_BROKEN'))

const uncertain = [
  ['did not', 'fails', () => broken()],
  ['did', 'fails', async (land: () => Promise<number>) => land().then(broken)],
  ['did not', 'hangs', () => never()],
  ['did', 'hangs', async (land: () => Promise<number>) => land().then(() => never())],
] as const

describe('a commit of unknown outcome', () => {
  it.each(uncertain)(
    'that %s take effect and %s is settled on the namespace opened anew [F54 F56]',
    async (_, __, fault) => {
      const [server, store] = [new TestServer(), faulty()]
      const { tasks, env, sync, status } = device(server, { store })
      await tasks.create({ id: 'a', title: 'a' })
      store.faults.commit = (land) => {
        delete store.faults.commit
        return fault(land)
      }
      const write = tasks.update('a', { n: 1 })
      const behind = tasks.create({ id: 'b', title: 'b' })
      await env.advance(120_000)
      await Promise.all([write, behind])
      expect(store.opens).toBe(2)
      expect(await tasks.readAll()).toEqual([
        { id: 'a', title: 'a', n: 1 },
        { id: 'b', title: 'b' },
      ])
      expect(status().writes.accepted).toBe(3)
      await sync()
      expect(server.effects).toHaveLength(status().writes.accepted - status().writes.merged)
      expect(accounted(status())).toBe(3)
      expect(await device(server, { store }).tasks.count()).toBe(2)
    },
  )

  it.each(['fails', 'hangs'])(
    'that %s again rejects the write and shows nothing of it; a later one works [F54 F56]',
    async (how) => {
      const [server, store] = [new TestServer(), faulty()]
      const { tasks, env, status } = device(server, { store })
      await tasks.create({ id: 'a', title: 'a' })
      store.faults.commit = how === 'fails' ? broken : never
      const write = tasks.update('a', { n: 1 })
      const rejected = expect(write).rejects.toMatchObject({ code: 'SYNC_STORE_BROKEN', retry: 'unknown' })
      await env.advance(300_000)
      await rejected
      expect(status()).toMatchObject({ error: { code: 'SYNC_STORE_BROKEN' } })
      expect(await tasks.read('a')).toEqual({ id: 'a', title: 'a' })
      delete store.faults.commit
      await tasks.update('a', { n: 2 })
      expect(await tasks.read('a')).toEqual({ id: 'a', title: 'a', n: 2 })
      expect(status().error).toBeUndefined()
    },
  )

  it('may land later: what was written in between is neither lost nor doubled [F56]', async () => {
    const [server, store] = [new TestServer(), faulty()]
    const { tasks, env, status } = device(server, { store })
    await tasks.create({ id: 'a', title: 'a' })
    let late = (): Promise<number> => Promise.reject(new Error('nothing hangs'))
    store.faults.commit = (land) => {
      late = land
      delete store.faults.commit
      return never()
    }
    const write = tasks.create({ id: 'b', title: 'b' })
    store.faults.load = async () => {
      delete store.faults.load
      // Between the load on the new handle and the commit on it.
      store.faults.commit = async (land) => {
        delete store.faults.commit
        await late()
        return land()
      }
    }
    store.faults.close = () => Promise.resolve()
    await env.advance(120_000)
    await write
    expect(status().writes.accepted).toBe(2)
    expect(await tasks.count()).toBe(2)
  })

  it('is no end of the engine: what comes meanwhile is stored when the store answers again [F56]', async () => {
    const [server, store] = [new TestServer(), faulty()]
    const { client, tasks, env, status, heard } = device(server, { store })
    await client.start()
    await env.advance(5000)
    store.faults.commit = never
    server.write('tasks', 's', { id: 's', title: 'from the server' })
    server.tell({ kind: 'poke' })
    // As long as it takes: how the waits fall is chance.
    const began = env.now()
    for (let steps = 0; steps < 100 && heard('sync:failed').length === 0; steps += 1) await env.advanceToNext()
    expect(env.now() - began).toBeLessThan(400_000)
    expect(await tasks.count()).toBe(0)
    expect(heard('sync:failed')).toMatchObject([{ error: { code: 'SYNC_STORE_BROKEN' } }])
    expect(status()).toMatchObject({ error: { code: 'SYNC_STORE_BROKEN' } })
    delete store.faults.commit
    await env.advance(300_000)
    expect(await tasks.count()).toBe(1)
    expect(status()).toMatchObject({ state: 'synced', error: undefined })
    await client.dispose()
    expect(env.timers()).toBe(0)
  })

  it('goes on although the old handle does not let go at once', async () => {
    const [server, store] = [new TestServer(), faulty()]
    const { tasks, env } = device(server, { store })
    await tasks.create({ id: 'a', title: 'a' })
    let locked = true
    store.faults.commit = broken
    store.faults.close = never
    store.faults.open = () => (locked ? Promise.reject(new SyncError('SYNC_STORE_LOCKED')) : undefined)
    const rejected = expect(tasks.update('a', { n: 1 })).rejects.toMatchObject({ code: 'SYNC_STORE_BROKEN' })
    await env.advance(60_000)
    await rejected
    locked = false
    store.faults.commit = () => {
      delete store.faults.commit
      return Promise.reject(new SyncError('SYNC_CLOSED'))
    }
    const write = tasks.update('a', { n: 2 })
    await env.advance(60_000)
    await write
    expect(await tasks.read('a')).toMatchObject({ n: 2 })
    delete store.faults.close
  })
})

describe('a store that hangs', () => {
  it('when it is opened fails the call as blocked, and the next one works; one that opens too late is closed [F56]', async () => {
    const store = faulty()
    const env = virtualEnv()
    let answer = (): void => {}
    store.faults.open = () =>
      new Promise((resolve) => {
        answer = () => resolve(undefined)
      })
    let closed = 0
    store.faults.close = () => {
      closed += 1
      return undefined
    }
    const { tasks } = device(new TestServer(), { store, env })
    const blocked = expect(tasks.count()).rejects.toMatchObject({ code: 'SYNC_STORE_BLOCKED', retry: 'safe' })
    await env.advance(10_000)
    await blocked
    answer()
    await until(() => closed === 1)
    delete store.faults.open
    expect(await tasks.count()).toBe(0)
  })

  it('when it is loaded fails the call, and the next one works [F56]', async () => {
    const store = faulty()
    const env = virtualEnv()
    store.faults.load = never
    const { tasks } = device(new TestServer(), { store, env })
    const failed = expect(tasks.count()).rejects.toMatchObject({ code: 'SYNC_STORE_BROKEN' })
    await env.advance(60_000)
    await failed
    delete store.faults.load
    expect(await tasks.count()).toBe(0)
    expect(env.timers()).toBe(0)
  })

  it('when it is closed does not keep dispose() from closing the adapter, and says so [F56]', async () => {
    const [server, store] = [new TestServer(), faulty()]
    let closed = 0
    const remote = {
      ...server.adapter(),
      close: async () => {
        closed += 1
      },
    }
    const env = virtualEnv()
    const client = createSyncClient({ collections: { tasks: record<{ id: string }>() }, store, remote, env })
    await client.stop()
    await client.collections.tasks.count()
    store.faults.close = never
    const failed = expect(client.dispose()).rejects.toMatchObject({ code: 'SYNC_STORE_BROKEN' })
    await env.advance(10_000)
    await failed
    expect([closed, env.timers()]).toEqual([1, 0])
  })
})
