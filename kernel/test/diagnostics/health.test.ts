import { afterEach, describe, expect, it, test } from 'vitest'
import { type Health, health } from '../../src/diagnostics/index.ts'
import {
  createSyncClient,
  type Durability,
  type LocalStore,
  memoryStore,
  type PullPage,
  record,
  SyncError,
} from '../../src/index.ts'
import { type Device, device, type Scene, synced } from '../support/device.ts'
import { never, TestServer } from '../support/server.ts'
import { Disk, wrapStore } from '../support/stores.ts'
import { quiet, virtualEnv } from '../support/virtual-env.ts'

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

/** The newest value, as a subscriber has it. */
function followed({ client }: Pick<Device, 'client'>): () => Health {
  let last: Health | undefined
  let twice = false
  ends.push(
    health(client).subscribe((value) => {
      // What a listener throws would only be told to observers.
      twice ||= JSON.stringify(value) === JSON.stringify(last)
      last = value
    }),
  )
  return () => {
    expect(twice).toBe(false)
    if (!last) throw new Error('nothing was told yet')
    expect(health(client).getSnapshot()).toEqual(last)
    return last
  }
}

const lost = (): never => {
  throw new SyncError('SYNC_NETWORK')
}

describe('the outbox', () => {
  it('counts what waits, by collection, with the age of the oldest', async () => {
    const made = device(new TestServer())
    const now = followed(made)
    const at = made.env.now()
    await made.tasks.create({ id: 'a', title: 'a' })
    await made.env.advance(5000)
    await made.tasks.createMany([
      { id: 'b', title: 'b' },
      { id: 'c', title: 'c' },
    ])
    await made.notes.create({ id: 'n', body: 'n' })
    expect(now().outbox).toEqual({
      pending: 4,
      parked: 0,
      quarantined: 0,
      byCollection: { tasks: 3, notes: 1 },
      oldestAt: at,
      failing: [],
    })
    await made.sync()
    expect(now().outbox).toMatchObject({ pending: 0, byCollection: {}, oldestAt: undefined })
  })

  it('counts what waits for a person beside it', async () => {
    const made = await synced({ resolver: () => 'ask' })
    const now = followed(made)
    made.server.edit('tasks', 'a', { title: 'theirs' })
    await made.tasks.update('a', { title: 'mine' })
    await made.tasks.create({ id: 'b', title: 'b', forbidden: true })
    await made.sync()
    await quiet()
    expect(now().outbox).toMatchObject({ pending: 0, parked: 1, quarantined: 1 })
    expect(now().totals).toMatchObject({ conflicts: 1, quarantined: 1 })
  })

  it('lists what keeps failing, with the reason, the tries and the next one', async () => {
    const server = new TestServer()
    const made = device(server, { retryMinMs: 1000, retryMaxMs: 1000 })
    const now = followed(made)
    await made.client.start()
    await made.env.advance(0)
    server.beforePush = ({ operations }) =>
      operations.map(({ id }) =>
        id === 'a' ? { kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_NETWORK' } } : { kind: 'applied' },
      )
    await made.tasks.createMany([
      { id: 'a', title: 'a' },
      { id: 'b', title: 'b' },
    ])
    await made.env.advance(10_000)
    const [first, ...others] = now().outbox.failing
    expect(others).toEqual([])
    expect(first).toMatchObject({ collection: 'tasks', id: 'a', error: { code: 'SYNC_NETWORK' } })
    expect(first?.attempts).toBeGreaterThan(5)
    expect((first?.nextAt ?? 0) - made.env.now()).toBeLessThanOrEqual(1000)
    server.beforePush = () => {}
    await made.env.advance(2000)
    expect(now().outbox.failing).toEqual([])
  })
})

describe('the way to the server', () => {
  it('is told with its times: the last complete pull, the next cycle, the error', async () => {
    const server = new TestServer()
    const made = device(server, { retryMinMs: 1000, retryMaxMs: 1000, pullIntervalMs: 60_000 })
    const now = followed(made)
    await made.client.start()
    await made.env.advance(5000)
    const { lastPullAt = 0, nextAt = 0 } = now()
    expect(now()).toMatchObject({ engine: 'idle', isOnline: true, error: undefined })
    expect(made.env.now() - lastPullAt).toBeLessThan(5001)
    expect(nextAt - made.env.now()).toBeLessThanOrEqual(66_000)
    expect(nextAt).toBeGreaterThan(made.env.now())
    server.beforePull = lost
    await made.env.advance(nextAt - made.env.now())
    expect(now()).toMatchObject({ engine: 'waiting', lastPullAt, error: { code: 'SYNC_NETWORK' } })
    expect((now().nextAt ?? 0) - made.env.now()).toBeLessThanOrEqual(1000)
    made.env.setOnline(false)
    expect(now().isOnline).toBe(false)
  })

  it('tells of each feed whether it is open, complete and live', async () => {
    const server = new TestServer()
    for (let n = 0; n < 12; n += 1) server.write('tasks', `t${n}`, { id: `t${n}`, title: 'told' })
    const made = device(server, { remote: server.adapter({ feedSpan: 'collection' }) })
    const now = followed(made)
    const feeds = () =>
      Object.fromEntries(now().feeds.map(({ id, ...rest }) => [id.split('@')[0], rest])) as Record<string, object>
    let pulls = 0
    server.beforePull = ({ feed }) => {
      if (feed.collections[0] === 'notes') throw new SyncError('SYNC_FORBIDDEN')
      pulls += 1
      return pulls === 2 ? never<PullPage>() : undefined
    }
    await made.client.start()
    await made.env.advance(0)
    expect(feeds()).toEqual({
      notes: { state: 'forbidden', isComplete: false, isLive: true },
      tasks: { state: 'open', isComplete: false, isLive: true },
    })
    await made.env.advance(40_000)
    expect(feeds()['tasks']).toEqual({ state: 'open', isComplete: true, isLive: true })
    server.tell({ kind: 'down', error: { code: 'SYNC_NETWORK' } })
    await made.tasks.create({ id: 'x', title: 'x' })
    expect(feeds()['tasks']).toMatchObject({ isLive: false })
    await made.env.advance(100_000)
    expect(feeds()['tasks']).toMatchObject({ isLive: true })
  })

  it('knows how far the clocks are apart', async () => {
    const server = new TestServer()
    const made = device(server)
    const now = followed(made)
    server.now = made.env.now() + 86_400_000
    await made.sync()
    expect(now().clockOffsetMs).toBe(86_400_000)
  })

  it('counts what happened', async () => {
    const made = await synced()
    const now = followed(made)
    await made.tasks.update('a', { n: 1 })
    made.server.edit('tasks', 'a', { title: 'theirs' })
    await made.sync()
    made.server.beforePull = lost
    await made.sync().catch(() => {})
    expect(now().totals).toMatchObject({ finished: 1, failed: 1, restarted: 0, pushed: 1 })
    expect(now().totals.pulled).toBeGreaterThan(0)
  })
})

describe('remoteLagMs', () => {
  /** A server whose feed stops before what was written after `hold()`, as one does under a long transaction somewhere. */
  function holding(server: TestServer): { hold(): void; release(): void } {
    let known: ReadonlySet<string> | undefined
    let held: PullPage | undefined
    server.afterPull = (page) => {
      if (!known || page.kind === 'expired') {
        held = page
        return undefined
      }
      const { cursor } = held as Extract<PullPage, { cursor: unknown }>
      return { ...page, changes: [], more: false, cursor }
    }
    return {
      hold: () => {
        known = new Set(server.rows.keys())
      },
      release: () => {
        known = undefined
      },
    }
  }

  test('rises while the feed is held back behind what this device wrote, nothing is lost, and it falls again [F14]', async () => {
    const made: Scene = await synced({ pullIntervalMs: 10_000 })
    const now = followed(made)
    const feed = holding(made.server)
    await made.sync()
    feed.hold()
    await made.client.start()
    await made.env.advance(0)
    made.server.write('tasks', 'b', { id: 'b', title: 'of another' })
    await made.tasks.update('a', { title: 'mine' })
    await made.env.advance(0)
    expect(now().remoteLagMs).toBe(0)
    const seen: number[] = []
    for (let step = 0; step < 6; step += 1) {
      await made.env.advance(11_000)
      seen.push(now().remoteLagMs)
    }
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
    expect(seen.at(-1)).toBeGreaterThan(40_000)
    expect(await made.tasks.read('a')).toMatchObject({ title: 'mine' })
    expect(made.server.record('tasks', 'a')).toMatchObject({ title: 'mine' })
    feed.release()
    await made.env.advance(11_000)
    expect(now().remoteLagMs).toBe(0)
    expect(await made.tasks.read('b')).toMatchObject({ title: 'of another' })
  })

  it('stays 0 where all comes back, whatever is written', async () => {
    const made = await synced({ pullIntervalMs: 10_000 })
    const now = followed(made)
    await made.client.start()
    for (let n = 0; n < 20; n += 1) {
      await made.tasks.save({ id: `t${n % 7}`, title: `title ${n}` })
      if (n % 5 === 4) await made.tasks.delete(`t${(n - 1) % 7}`)
      await made.env.advance(3000)
      expect(now().remoteLagMs).toBe(0)
    }
  })
})

describe('the store', () => {
  it('is named, with what it grants and whether the platform may delete it', async () => {
    const made = device(new TestServer(), { store: new Disk() })
    const now = followed(made)
    await made.tasks.readAll()
    expect(now().store).toMatchObject({
      name: 'disk',
      driver: undefined,
      durability: 'strict',
      wanted: 'none',
      isEvictable: false,
      isPersisted: undefined,
      storage: 'new',
      usedBytes: undefined,
      damaged: 0,
      error: undefined,
    })
  })

  test('that grants less than the app wants is not opened, and the least is seen [F59]', async () => {
    const open = (store: LocalStore, durability: Durability) =>
      createSyncClient({ collections: { tasks: record<{ id: string }>() }, store, durability, env: virtualEnv() })
    const refused = open(memoryStore(), 'relaxed')
    await expect(refused.collections.tasks.readAll()).rejects.toMatchObject({ code: 'SYNC_STORE_DURABILITY' })
    await refused.dispose()
    const granted = open(new Disk(), 'strict')
    await granted.collections.tasks.readAll()
    expect(health(granted).getSnapshot()?.store).toMatchObject({ durability: 'strict', wanted: 'strict' })
    await granted.dispose()
  })

  it('tells its driver, its size and whether it is persisted where it knows, and that a size could not be had', async () => {
    const disk = new Disk()
    let used = 1000
    let fails = false
    const store: LocalStore & { driver(): Promise<string> } = {
      name: 'known',
      capabilities: disk.capabilities,
      driver: async () => 'asyncStorage',
      open: async (spec) => ({
        ...(await disk.open(spec)),
        size: async () => {
          if (fails) throw new Error('no')
          return { usedBytes: used, freeBytes: undefined }
        },
        room: async () => ({ freeBytes: 5000, isPersisted: true }),
      }),
      destroy: (namespace) => disk.destroy(namespace),
    }
    const made = device(new TestServer(), { store })
    const now = followed(made)
    await made.tasks.readAll()
    await quiet()
    const known = { driver: 'asyncStorage', usedBytes: 1000, freeBytes: 5000, isPersisted: true }
    expect(now().store).toMatchObject(known)
    used = 2000
    await made.sync()
    await quiet()
    expect(now().store.usedBytes).toBe(2000)
    fails = true
    await made.sync()
    await quiet()
    expect(now().store).toMatchObject({ driver: 'asyncStorage', usedBytes: undefined, freeBytes: 5000 })
  })

  it('is measured by its entries, kept up to date from each commit', async () => {
    const store = new Disk()
    const made = device(new TestServer(), { store })
    const now = followed(made)
    const held = (): number =>
      (['base', 'op', 'meta'] as const).reduce(
        (sum, table) =>
          [...store.values('u-', table).values()].reduce(
            (all: number, value) => all + JSON.stringify(value).length,
            sum,
          ),
        0,
      )
    for (const step of [
      () => made.tasks.create({ id: 'a', title: 'a' }),
      () => made.tasks.create({ id: 'b', title: 'b'.repeat(1000) }),
      () => made.sync(),
      () => made.tasks.update('b', { title: 'short' }),
      () => made.sync(),
      () => made.tasks.delete('a'),
      () => made.sync(),
    ]) {
      await step()
      expect(now().store.entryBytes).toBe(held())
    }
  })

  test('that is empty is new, never said to be evicted; all is pulled anew and no deletion is sent [F57]', async () => {
    const store = new Disk()
    const made = await synced({ store })
    await made.client.dispose()
    const kept = device(made.server, { store })
    await kept.tasks.readAll()
    expect(health(kept.client).getSnapshot()?.store.storage).toBe('kept')
    await kept.client.dispose()

    await store.destroy('u-')
    const next = device(made.server, { store })
    const now = followed(next)
    await next.sync()
    expect(now().store.storage).toBe('new')
    expect(await next.tasks.readAll()).toHaveLength(1)
    expect(made.server.requests).toEqual([])
  })

  test('that goes back under an open client is told as broken; nothing is built on it, nothing deleted upstream [F57]', async () => {
    const inner = memoryStore()
    const store: LocalStore = {
      ...inner,
      open: async (spec) => {
        const open = await inner.open(spec)
        let gone = false
        return {
          ...open,
          async *load(after) {
            if (gone) yield { entries: [], broken: [], head: 0, reset: true }
            else yield* open.load(after)
          },
          commit: async (entries, after) => {
            if (emptied) gone = true
            if (gone) throw new SyncError('SYNC_STORE_STALE')
            return open.commit(entries, after)
          },
        }
      },
    }
    let emptied = false
    const made = await synced({ store })
    const now = followed(made)
    await made.client.start()
    await made.env.advance(0)
    emptied = true
    await expect(made.tasks.update('a', { n: 1 })).rejects.toMatchObject({ code: 'SYNC_STORE_BROKEN' })
    expect(now().store).toMatchObject({ storage: 'broken', error: { code: 'SYNC_STORE_BROKEN' } })
    expect(made.status().state).toBe('degraded')
    expect(await made.tasks.read('a')).toMatchObject({ title: 'base' })
    await made.env.advance(100_000)
    expect(made.server.requests).toEqual([])
  })

  test('that holds garbage: it is counted, and the rows come again [F60]', async () => {
    const store = new Disk()
    const made = await synced({ store })
    await made.client.dispose()
    store.broken.add('base/tasks/a')
    const next = device(made.server, { store })
    const now = followed(next)
    await next.sync()
    expect(now().store.damaged).toBe(1)
    expect(next.status().damaged).toBe(1)
    expect(await next.tasks.read('a')).toMatchObject({ title: 'base' })
  })

  it('tells why it refused a commit, until it takes one', async () => {
    const store = wrapStore()
    const made = await synced({ store })
    const now = followed(made)
    store.beforeCommit = () => {
      throw new SyncError('SYNC_STORE_FULL')
    }
    await made.tasks.update('a', { n: 1 }).catch(() => {})
    expect(now().store.error?.code).toBe('SYNC_STORE_FULL')
    store.beforeCommit = () => {}
    await made.tasks.update('a', { n: 1 })
    expect(now().store.error).toBeUndefined()
  })
})

describe('health', () => {
  it('is one Watch a client, unknown until the store is open, frozen, the same while nothing changes', async () => {
    const { client, tasks } = device(new TestServer())
    const watch = health(client)
    expect(watch).toBe(health(client))
    expect(watch.getSnapshot()).toBeUndefined()
    await tasks.readAll()
    const value = watch.getSnapshot()
    expect(value).toBe(watch.getSnapshot())
    expect(Object.isFrozen(value)).toBe(true)
  })

  it('says so where there is no remote', async () => {
    const client = createSyncClient({ collections: { tasks: record<{ id: string }>() }, env: virtualEnv() })
    await client.collections.tasks.create({ id: 'a' })
    expect(health(client).getSnapshot()).toMatchObject({
      engine: undefined,
      feeds: [],
      nextAt: undefined,
      outbox: { pending: 1 },
      store: { name: 'memory', durability: 'none' },
    })
    await client.dispose()
  })

  it('can be sent as it is: JSON, without rows', async () => {
    const made = await synced()
    await made.tasks.update('a', { title: 'a secret' })
    made.server.beforePush = lost
    const now = followed(made)
    await made.sync().catch(() => {})
    const text = JSON.stringify(now())
    expect(text).not.toContain('a secret')
    expect(JSON.parse(text)).toMatchObject({ outbox: { pending: 1, failing: [{ collection: 'tasks', id: 'a' }] } })
  })

  it.each([[{}], [null], ['client'], [() => {}]])('refuses %o, which is no client', (wrong) => {
    expect(() => health(wrong as never)).toThrow(expect.objectContaining({ code: 'SYNC_INPUT_INVALID' }))
  })
})
