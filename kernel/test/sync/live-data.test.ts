import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type LiveEvent,
  type LiveRemote,
  type LocalStore,
  memoryStore,
  type PushVerdict,
  type RemoteAdapter,
  type RemoteChange,
} from '../../src/index.ts'
import { type Device, device } from '../support/device.ts'
import { once, TestServer } from '../support/server.ts'
import { Disk } from '../support/stores.ts'

interface Scene extends Device {
  readonly server: TestServer
  tell(...changes: readonly RemoteChange[]): Promise<void>
}

async function live(server: TestServer, store: LocalStore = memoryStore()): Promise<Scene> {
  const one = device(server, { store, remote: server.adapter({ live: 'data' }), pullIntervalMs: 60_000 })
  await one.client.start()
  await one.env.advance(5000)
  const tell = async (...changes: readonly RemoteChange[]): Promise<void> => {
    server.tell({ kind: 'data', changes })
    await one.env.advance(0)
  }
  return { ...one, server, tell }
}

function withTask(): TestServer {
  const server = new TestServer()
  server.put('tasks', 'a', { id: 'a', title: 'base', n: 1 }, 5)
  return server
}

describe('rows told live', () => {
  it.each<[string, RemoteChange]>([
    ['a deletion of a row that is not here', { kind: 'tombstone', collection: 'tasks', id: 'x', revision: '9' }],
    ['an eviction of a row that is not here', { kind: 'eviction', collection: 'tasks', id: 'x' }],
    [
      'a row of a collection nobody asked for',
      { kind: 'record', collection: 'users', id: 'a', revision: '9', record: { id: 'a' } },
    ],
    ['a deletion in a collection nobody asked for', { kind: 'tombstone', collection: 'users', id: 'a', revision: '9' }],
    [
      'a row under the id of another',
      { kind: 'record', collection: 'tasks', id: 'a', revision: '9', record: { id: 'b', title: 'forged' } },
    ],
    [
      'a row that is no JSON',
      { kind: 'record', collection: 'tasks', id: 'a', revision: '9', record: { id: 'a', title: (() => 1) as never } },
    ],
    ['a row without a record', { kind: 'record', collection: 'tasks', id: 'a', revision: '9' } as never],
  ])('leave what is here as it is: %s [F78]', async (_, change) => {
    const store = new Disk()
    const one = await live(withTask(), store)
    await one.tell(change)
    expect(await one.tasks.readAll()).toEqual([{ id: 'a', title: 'base', n: 1 }])
    await one.sync()
    expect(await one.tasks.readAll()).toEqual([{ id: 'a', title: 'base', n: 1 }])
    expect(one.server.requests).toEqual([])
    expect([...store.values('u-', 'base').keys()].filter((key) => !key.startsWith('tasks/'))).toEqual([])
  })

  it('that were told before the pull that brings their forerunners are not taken back by it [F42]', async () => {
    const server = withTask()
    const one = await live(server)
    server.afterPull = once((page) => page)
    const older = server.row('tasks', 'a')
    server.put('tasks', 'a', { id: 'a', title: 'newest' }, 7)
    await one.tell(server.row('tasks', 'a'))
    server.afterPull = (page) => (page.kind === 'expired' ? page : { ...page, changes: [older] })
    await one.sync()
    expect(await one.tasks.read('a')).toEqual({ id: 'a', title: 'newest' })
  })

  it.each([
    ['an edit', (one: Scene) => one.tasks.update('a', { title: 'mine' }), [{ id: 'a', title: 'mine', n: 1 }]],
    ['a deletion', (one: Scene) => one.tasks.delete('a'), []],
  ] as const)(
    'as they were before %s do not take it back, once it took effect and was answered without its row',
    async (_, write, after) => {
      const one = await live(withTask())
      const older = one.server.row('tasks', 'a')
      one.server.afterPush = (verdicts) => verdicts.map(({ kind }) => ({ kind }) as PushVerdict)
      await write(one)
      await one.env.advance(0)
      expect(one.status()).toMatchObject({ pending: 0, writes: { applied: 1 } })
      await one.tell(older)
      expect(await one.tasks.readAll()).toEqual(after)
      await one.sync()
      expect(await one.tasks.readAll()).toEqual(after)
    },
  )

  it('by a channel that was begun under another history are not taken, those of the next one are', async () => {
    const server = withTask()
    const remote = server.adapter({ live: 'data' }) as RemoteAdapter & LiveRemote
    const heard: ((event: LiveEvent) => void)[] = []
    const subscribe: LiveRemote['subscribe'] = (feed, listener, context) => {
      heard.push(listener)
      return remote.subscribe(feed, listener, context)
    }
    const one = device(server, { remote: { ...remote, subscribe } as RemoteAdapter, pullIntervalMs: 60_000 })
    await one.client.start()
    await one.env.advance(5000)
    server.epoch = 'restored'
    await one.sync()
    await one.env.advance(5000)
    heard[0]?.({
      kind: 'data',
      changes: [{ kind: 'record', collection: 'tasks', id: 'gone', revision: '3', record: { id: 'gone' } }],
    })
    server.put('tasks', 'b', { id: 'b', title: 'of this one' }, 1)
    heard.at(-1)?.({ kind: 'data', changes: [server.row('tasks', 'b')] })
    await one.env.advance(0)
    expect((await one.tasks.readAll()).map(({ id }) => id)).toEqual(['a', 'b'])
    expect(server.subscribers).toBe(1)
  })

  it('before any page has told of which history they are only have it pulled', async () => {
    const server = new TestServer()
    server.put('tasks', 'a', { id: 'a', title: 'restored' }, 2)
    let go = (): void => {}
    server.beforePull = once(
      () =>
        new Promise<undefined>((resolve) => {
          go = () => resolve(undefined)
        }),
    )
    const one = device(server, { remote: server.adapter({ live: 'data' }), pullIntervalMs: 60_000 })
    await one.client.start()
    await one.env.advance(0)
    const record = { id: 'a', title: 'of the old one' }
    server.tell({ kind: 'data', changes: [{ kind: 'record', collection: 'tasks', id: 'a', revision: '7', record }] })
    await one.env.advance(0)
    expect(await one.tasks.readAll()).toEqual([])
    go()
    await one.env.advance(0)
    expect(await one.tasks.readAll()).toEqual([{ id: 'a', title: 'restored' }])
    expect(server.pulls.length).toBe(2)
  })

  it('come to the same end in any order, however often, as the newest of each [F42]', async () => {
    const versions = (id: string): readonly RemoteChange[] => [
      { kind: 'record', collection: 'tasks', id, revision: '6', record: { id, title: 'six' } },
      { kind: 'record', collection: 'tasks', id, revision: '8', record: { id, title: 'eight' } },
      { kind: 'tombstone', collection: 'tasks', id, revision: '9' },
      ...(id === 'a'
        ? ([{ kind: 'record', collection: 'tasks', id, revision: '11', record: { id, title: 'revived' } }] as const)
        : []),
    ]
    const all = [...versions('a'), ...versions('b')]
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([...all, ...all], { minLength: 14, maxLength: 14 }), async (order) => {
        const one = await live(withTask())
        one.server.put('tasks', 'a', { id: 'a', title: 'revived' }, 11)
        one.server.put('tasks', 'b', null, 9)
        for (const change of order) await one.tell(change)
        expect(await one.tasks.readAll()).toEqual([{ id: 'a', title: 'revived' }])
        await one.client.dispose()
      }),
      { numRuns: 25 },
    )
  })

  it('of a collection nobody asked for are told as unreadable, and have nothing pulled', async () => {
    const one = await live(withTask())
    const asked = one.server.pulls.length
    for (const collection of ['users', '__proto__']) {
      await one.tell({ kind: 'record', collection, id: 'x', revision: '1', record: { id: 'x' } })
    }
    expect(one.server.pulls).toHaveLength(asked)
    expect(one.heard('row:unreadable')).toMatchObject([{ collection: 'users' }, { collection: '__proto__' }])
  })

  it('of a record that is not here, have it pulled, for it may have left since', async () => {
    const server = withTask()
    const one = await live(server)
    server.put('tasks', 'b', { id: 'b', title: 'in' }, 1)
    const late = server.row('tasks', 'b')
    await one.tell(late)
    expect((await one.tasks.readAll()).map(({ id }) => id)).toEqual(['a', 'b'])
    server.evict('tasks', 'b')
    await one.sync()
    const asked = server.pulls.length
    await one.tell(late)
    expect(server.pulls).toHaveLength(asked + 1)
    expect((await one.tasks.readAll()).map(({ id }) => id)).toEqual(['a'])
  })

  it('in part, where versions do not tell older from newer, only have the whole row pulled [F79]', async () => {
    const server = withTask()
    const one = device(server, { remote: server.adapter({ live: 'data', revisions: 'opaque' }) })
    await one.client.start()
    await one.env.advance(5000)
    server.edit('tasks', 'a', { title: 'new' })
    const part: LiveEvent = {
      kind: 'data',
      changes: [{ kind: 'record', collection: 'tasks', id: 'a', revision: '6', record: { id: 'a', title: 'new' } }],
    }
    server.tell(part)
    await one.env.advance(0)
    expect(await one.tasks.read('a')).toEqual({ id: 'a', title: 'new', n: 1 })
  })

  it('of an event that is none end nothing, and the timer goes on', async () => {
    const one = await live(withTask())
    for (const event of [
      { kind: 'data', changes: null },
      { kind: 'data', changes: [null] },
      { kind: 'data' },
      { kind: 'data', changes: [{ kind: 'tombstone', collection: 'tasks', id: 7 }] },
    ]) {
      try {
        one.server.tell(event as never)
      } catch {
        // Thrown back at the adapter, which is where it came from.
      }
      await one.env.advance(0)
    }
    one.server.edit('tasks', 'a', { title: 'later' })
    await one.env.advance(70_000)
    expect(await one.tasks.read('a')).toMatchObject({ title: 'later' })
  })
})
