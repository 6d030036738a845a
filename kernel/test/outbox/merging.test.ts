import { describe, expect, it, test } from 'vitest'
import { SyncError } from '../../src/index.ts'
import { Draft } from '../../src/journal/draft.ts'
import { Journal } from '../../src/journal/journal.ts'
import { Ledger } from '../../src/journal/ledger.ts'
import { accept } from '../../src/outbox/accept.ts'
import { accounted, apart, type Device, device, synced } from '../support/device.ts'
import { never, once, TestServer } from '../support/server.ts'
import { Disk, wrapStore } from '../support/stores.ts'
import { quiet, until, virtualEnv } from '../support/virtual-env.ts'

const lost = (): never => {
  throw new SyncError('SYNC_NETWORK')
}

/** What the outbox holds, in order, as it is stored. */
const stored = (disk: Disk): readonly { readonly kind: string; readonly change: object; readonly opId: string }[] =>
  [...disk.values('u-', 'op').values()] as never

describe('writes of one record that nobody has seen', () => {
  it('become one operation, with what each set and removed last', async () => {
    const { tasks, sync, server, status } = await synced()
    await tasks.update('a', { title: 'one', n: 1, done: true })
    await tasks.update('a', { title: 'two', n: undefined } as object)
    await tasks.update('a', { n: 3, done: undefined } as object)
    expect(status()).toMatchObject({ pending: 1, writes: { accepted: 3, merged: 2 } })
    await sync()
    expect(server.sent).toMatchObject([
      { kind: 'update', expected: '1', change: { set: { title: 'two', n: 3 }, unset: ['done'] }, resend: false },
    ])
    expect(server.record('tasks', 'a')).toEqual({ id: 'a', title: 'two', n: 3 })
    expect(status()).toMatchObject({ pending: 0, writes: { accepted: 3, merged: 2, applied: 1 } })
  })

  it('are a creation with the changes that followed it', async () => {
    const server = new TestServer()
    const { tasks, sync } = device(server)
    await tasks.create({ id: 'a', title: 'one', done: true })
    await tasks.update('a', { title: 'two', n: 1, done: undefined } as object)
    await sync()
    expect(server.sent).toMatchObject([{ kind: 'create', change: { set: { id: 'a', title: 'two', n: 1 } } }])
    expect(server.sent[0]?.change).not.toHaveProperty('unset')
    expect(server.record('tasks', 'a')).toEqual({ id: 'a', title: 'two', n: 1 })
  })

  it('are a deletion of the version that the first was made on', async () => {
    const { tasks, sync, server, status } = await synced()
    await tasks.update('a', { title: 'one' })
    await tasks.delete('a')
    await sync()
    expect(server.sent).toMatchObject([{ kind: 'delete', expected: '1', change: {} }])
    expect(server.record('tasks', 'a')).toBeNull()
    expect(status()).toMatchObject({ pending: 0, writes: { accepted: 2, merged: 1, applied: 1 } })
  })

  test('come to nothing where what they created is deleted [F48]', async () => {
    const server = new TestServer()
    const { tasks, sync, status } = device(server, { store: new Disk() })
    await tasks.create({ id: 'a', title: 'one' })
    await tasks.update('a', { n: 1 })
    await tasks.delete('a')
    expect(await tasks.read('a')).toBeUndefined()
    expect(status()).toMatchObject({ pending: 0, writes: { accepted: 3, merged: 1, cancelled: 2 } })
    await sync()
    expect([server.sent, server.all('tasks')]).toEqual([[], {}])
    await tasks.create({ id: 'a', title: 'again' })
    await sync()
    expect(server.record('tasks', 'a')).toEqual({ id: 'a', title: 'again' })
    expect(accounted(status())).toBe(4)
  })

  it('are merged inside one commit, too', async () => {
    const server = new TestServer()
    const store = wrapStore(new Disk({ tabs: true }))
    const { tasks, sync } = device(server, { store })
    await tasks.count()
    const before = store.commits.length
    await Promise.all([
      tasks.create({ id: 'a', title: 'one' }),
      tasks.update('a', { n: 1 }),
      tasks.update('a', { n: 2 }),
    ])
    const ops = store.commits
      .slice(before)
      .flat()
      .filter(({ table }) => table === 'op')
    expect(new Set(ops.map(({ key }) => key)).size).toBeLessThanOrEqual(2)
    await sync()
    expect(server.record('tasks', 'a')).toEqual({ id: 'a', title: 'one', n: 2 })
  })

  it('keep fields with the names of JavaScript itself apart from its own', async () => {
    const { tasks, sync, server } = await synced()
    await tasks.update('a', { constructor: 1, toString: 2 } as object)
    await tasks.update('a', { constructor: undefined, toString: 3 } as object)
    await sync()
    expect(server.record('tasks', 'a')).toEqual({ id: 'a', title: 'base', n: 0, toString: 3 })
    expect(server.sent).toHaveLength(1)
    expect(server.sent[0]?.change.unset).toEqual(['constructor'])
  })

  it('get a new id with each write, in the place of the first', async () => {
    const store = new Disk()
    const { tasks } = await synced({ store })
    await tasks.update('a', { n: 1 })
    const [place] = [...store.values('u-', 'op').keys()]
    const [first] = stored(store)
    await tasks.update('a', { n: 2 })
    expect([...store.values('u-', 'op').keys()]).toEqual([place])
    expect(stored(store)[0]?.opId).not.toBe(first?.opId)
    expect(stored(store)).toMatchObject([{ change: { set: { n: 2 } } }])
  })

  it('are told of as writes of this app', async () => {
    const { tasks, heard } = await synced()
    await tasks.update('a', { n: 1 })
    await tasks.update('a', { n: 2 })
    await tasks.create({ id: 'b', title: 'b' })
    await tasks.delete('b')
    expect(heard('record:changed').slice(1)).toEqual(
      ['a', 'a', 'b', 'b'].map((id) => ({ collection: 'tasks', id, source: 'local' })),
    )
  })
})

describe('a write stays an operation of its own', () => {
  const two = async ({ sync, server }: Pick<Device, 'sync'> & { readonly server: TestServer }): Promise<void> => {
    const before = server.effects.length
    await sync()
    await sync()
    expect(server.effects.length - before).toBe(2)
  }

  it('where it has a condition, or what it follows has one', async () => {
    const scene = await synced()
    await scene.tasks.update('a', { n: 1 })
    await scene.tasks.update('a', { n: 2 }, { where: { n: 1 } })
    await two(scene)
    await scene.tasks.update('a', { n: 3 }, { where: { n: 2 } })
    await scene.tasks.update('a', { n: 4 })
    await two(scene)
    expect(scene.server.record('tasks', 'a')).toMatchObject({ n: 4 })
  })

  test('where the one before is on its way, which is never changed after that [F24]', async () => {
    const scene = await synced()
    await scene.tasks.update('a', { n: 1 })
    let answer = (): void => {}
    scene.server.afterPush = once(() => new Promise<undefined>((resolve) => (answer = () => resolve(undefined))))
    const first = scene.sync()
    await until(() => scene.server.effects.length === 1)
    await scene.tasks.update('a', { n: 2 })
    await scene.tasks.update('a', { title: 'later' })
    answer()
    await first
    await scene.sync()
    expect(scene.server.sent.map(({ change, expected }) => [change.set, expected])).toEqual([
      [{ n: 1 }, '1'],
      [{ n: 2, title: 'later' }, '2'],
    ])
    expect(scene.server.record('tasks', 'a')).toMatchObject({ n: 2, title: 'later' })
    expect(scene.status()).toMatchObject({ pending: 0, writes: { accepted: 3, applied: 2, merged: 1 } })
  })

  it.each(['lost', 'refused for now'] as const)('where the one before was sent, and its answer was %s', async (how) => {
    const scene = await synced()
    await scene.tasks.update('a', { n: 1 })
    if (how === 'lost') scene.server.afterPush = once(lost)
    else
      scene.server.beforePush = once(() => [
        { kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_RATE_LIMITED' } },
      ])
    await scene.sync().catch(() => undefined)
    await scene.tasks.update('a', { n: 2 })
    await scene.sync()
    const [first, second, third] = scene.server.sent
    expect([second?.opId, second?.change]).toEqual([first?.opId, first?.change])
    expect(third?.change).toEqual({ set: { n: 2 } })
    expect(scene.server.effects).toHaveLength(2)
  })

  it('where the one before was found in the store', async () => {
    const store = new Disk()
    const server = new TestServer()
    const first = device(server, { store })
    await first.tasks.create({ id: 'a', title: 'a' })
    await first.tasks.update('a', { n: 1 }, apart('a'))
    await first.tasks.update('a', { n: 2 })
    await first.client.dispose()
    const second = device(server, { store })
    await second.tasks.update('a', { n: 3 })
    await second.tasks.update('a', { n: 4 })
    expect(second.status()).toMatchObject({ pending: 4, writes: { accepted: 5, merged: 1 } })
    await second.sync()
    expect(server.sent.map(({ change }) => change.set?.['n'])).toEqual([undefined, 1, 2, 4])
  })

  it('where another tab may have sent the one before', async () => {
    const server = new TestServer()
    const store = new Disk({ tabs: true })
    const [a, b] = [device(server, { store }), device(server, { store })]
    await a.tasks.create({ id: 'a', title: 'a' })
    await b.tasks.count()
    server.afterPush = once(() => never())
    b.sync().catch(() => {})
    await until(() => server.effects.length === 1)
    await a.tasks.update('a', { n: 1 })
    await a.tasks.update('a', { n: 2 })
    await a.sync()
    expect(server.sent.map(({ kind, change }) => [kind, change.set])).toEqual([
      ['create', { id: 'a', title: 'a' }],
      ['create', { id: 'a', title: 'a' }],
      ['update', { n: 2 }],
    ])
    expect(server.effects).toHaveLength(2)
    expect(accounted(a.status())).toBe(3)
  })

  it('where a row came over what it deletes', () => {
    let places = 0
    const draft = new Draft(
      new Ledger(),
      () => `1.${places++}.s`,
      () => false,
    )
    const write = (opId: string, record: { readonly id: string } | null): void =>
      accept(draft, { opId, writes: [opId], collection: 'tasks', id: 'a', deps: [], at: 0, v: 1 }, () => record)
    write('w1', { id: 'a' })
    draft.base.set('tasks/a', {
      revision: '1',
      record: { id: 'a', title: 'theirs' },
      ancestor: { revision: null, record: null },
      v: 1,
    })
    write('w2', null)
    expect(draft.queues.get('tasks/a')?.map(({ op }) => op.kind)).toEqual(['create', 'delete'])
  })
})

describe('settled()', () => {
  it('follows a write to what it was merged into', async () => {
    const { tasks, sync, server } = await synced()
    await tasks.update('a', { n: 1 })
    const first = tasks.settled('a')
    let isOver = false
    void first.then(() => (isOver = true))
    await tasks.update('a', { n: 2 })
    await tasks.update('a', { n: 3 })
    await quiet()
    expect(isOver).toBe(false)
    await sync()
    expect(await first).toEqual({ state: 'applied', revision: '2' })
    expect(server.record('tasks', 'a')).toMatchObject({ n: 3 })
  })

  it('tells that a creation was cancelled', async () => {
    const { tasks } = device(new TestServer())
    await tasks.create({ id: 'a', title: 'a' })
    const settled = tasks.settled('a')
    await tasks.update('a', { n: 1 })
    await tasks.delete('a')
    expect(await settled).toMatchObject({ state: 'cancelled', reason: { code: 'SYNC_ABORTED' } })
  })
})

it('a commit that fails takes nothing of a merge, and the write before it is sent as it was', async () => {
  const store = wrapStore()
  const { tasks, sync, server, status } = await synced({ store })
  await tasks.update('a', { n: 1 })
  store.beforeCommit = () => {
    throw new SyncError('SYNC_STORE_FULL')
  }
  await expect(tasks.update('a', { n: 2 })).rejects.toMatchObject({ code: 'SYNC_STORE_FULL' })
  store.beforeCommit = () => {}
  expect(status()).toMatchObject({ pending: 1, writes: { accepted: 1, merged: 0 } })
  await sync()
  expect(server.sent.map(({ change }) => change.set)).toEqual([{ n: 1 }])
})

it('what is sent is chosen when no commit is under way, with all that was decided before it', async () => {
  const store = wrapStore()
  const open = await store.open({ namespace: 'u-', durability: 'none', env: virtualEnv() })
  const ledger = new Ledger()
  const ports = {
    env: virtualEnv(),
    open: async () => open,
    check: () => {},
    committed: () => {},
    standsAlone: () => false,
  }
  const journal = new Journal(open, ledger, 's', { ...ports, entries: (draft) => draft.entries() })
  let commit = (): void => {}
  store.beforeCommit = () => new Promise<void>((resolve) => (commit = resolve))
  const seen: unknown[] = []
  const first = journal.write(({ meta }) => meta.set('n', 1))
  await quiet()
  const look = journal.between(() => seen.push(ledger.meta.get('n')))
  const second = journal.write(({ meta }) => {
    seen.push('the next decision')
    meta.set('n', 2)
  })
  await quiet()
  expect(seen).toEqual([])
  store.beforeCommit = () => {}
  commit()
  await Promise.all([first, look, second])
  expect(seen).toEqual(['the next decision', 2])
})

it('two thousand edits of a record are one operation, and each costs the store as much as the first', async () => {
  const bytes = async (edits: number): Promise<number> => {
    const store = wrapStore()
    const { tasks, sync, server, status } = await synced({ store })
    const before = store.commits.length
    for (let n = 1; n <= edits; n += 1) await tasks.update('a', { n })
    const size = JSON.stringify(store.commits.slice(before)).length
    expect(status()).toMatchObject({ pending: 1, writes: { accepted: edits, merged: edits - 1 } })
    await sync()
    expect(server.sent).toMatchObject([{ change: { set: { n: edits } } }])
    return size / edits
  }
  expect((await bytes(2000)) / (await bytes(100))).toBeLessThan(1.2)
})
