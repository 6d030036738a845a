import { describe, expect, it } from 'vitest'
import { conflicts, quarantine } from '../../src/inbox/index.ts'
import { createSyncClient, record, SyncError } from '../../src/index.ts'
import { add, convert, type MigrationStep, migrations, remove, rename } from '../../src/migrations/index.ts'
import { transaction } from '../../src/transactions/index.ts'
import { accounted } from '../support/device.ts'
import { once, TestServer } from '../support/server.ts'
import { Disk, wrapStore } from '../support/stores.ts'
import { virtualEnv } from '../support/virtual-env.ts'
import { type App1, app1, app2, app3, moved, type Todo } from './apps.ts'

const high: Todo = { id: 'h', text: 'High', priority: 'high', junk: 'x' }
const low: Todo = { id: 'l', text: 'Low', priority: 'low' }

/** A server and a disk with two synced todos. */
async function lived(more: (app: App1, server: TestServer) => Promise<unknown> = async () => {}) {
  const [server, store] = [new TestServer(), new Disk()]
  server.write('todos', 'h', { ...high })
  server.write('todos', 'l', { ...low })
  const app = app1({ store, server })
  await app.synchronize()
  await more(app, server)
  await app.dispose()
  server.requests.splice(0)
  return { server, store }
}

/** The server brings its rows to version 3 itself, each in the version it has. */
function migrateServer(server: TestServer): void {
  for (const [id, todo] of Object.entries(server.all('todos'))) {
    server.put('tasks', id, moved(todo as never) as never, Number(server.row('todos', id).revision))
  }
}

describe('data of an older version', () => {
  it('is shown as this version has it: fields renamed, gone, added, converted, made of others; the collection renamed', async () => {
    const app = app3(await lived())
    expect(await app.collections.tasks.readAll()).toEqual([moved(high), moved(low)])
    expect(await app.collections.tasks.query({ where: { priority: { gte: 2 } } })).toHaveLength(1)
  })

  it('is the same by way of a version between, and whichever part was rewritten there', async () => {
    const place = await lived(async ({ collections: { todos } }) => {
      await todos.update('h', { text: 'Higher' })
      await todos.create({ id: 'n', text: 'New', priority: 'high' })
    })
    const between = app2(place)
    await between.collections.todos.update('l', { done: true })
    await between.dispose()
    expect(await app3(place).collections.tasks.readAll()).toEqual([
      moved({ ...high, text: 'Higher' }),
      { ...moved(low), done: true },
      moved({ id: 'n', text: 'New', priority: 'high' }),
    ])
  })

  it('is not written but for the mark, until it changes; then with all entries of its record', async () => {
    const place = await lived(async ({ collections: { todos } }) => todos.update('h', { priority: 'low' }))
    const before = place.store.values('u-', 'base')
    const app = app3(place)
    await app.collections.tasks.readAll()
    expect(place.store.values('u-', 'base')).toEqual(before)
    expect(place.store.values('u-', 'meta').get('version')).toBe(3)
    await app.collections.tasks.update('h', { done: true })
    const base = place.store.values('u-', 'base')
    expect([...base.keys()].sort()).toEqual(['tasks/h', 'todos/l'])
    expect(base.get('tasks/h')).toMatchObject({ v: 3, record: moved(high) })
    expect([...place.store.values('u-', 'op').values()]).toMatchObject([
      { v: 3, collection: 'tasks', change: { set: { priority: 1 } } },
      { v: 3, collection: 'tasks', change: { set: { done: true } } },
    ])
    await app.dispose()
    expect(await app3(place).collections.tasks.read('h')).toEqual({ ...moved(high), priority: 1, done: true })
  })
})

describe('a write on its way', () => {
  it('that had no payload yet is sent as this version has it [F117]', async () => {
    const place = await lived(async (app, server) => {
      const { todos } = app.collections
      server.beforePush = () => {
        throw new SyncError('SYNC_NETWORK')
      }
      await todos.update('h', { text: 'One' })
      await app.synchronize().catch(() => undefined)
      await todos.update('h', { text: 'Two', junk: undefined } as never)
    })
    migrateServer(place.server)
    place.server.beforePush = () => {}
    await app3(place).synchronize()
    expect(place.server.sent.map(({ collection, change }) => [collection, change])).toEqual([
      ['tasks', { set: { text: 'One' } }],
      ['tasks', { set: { title: 'Two', slug: 'two' } }],
    ])
  })

  it('that may have been sent is settled as it was sent, under its id, and only once in effect [F117]', async () => {
    const place = await lived(async (app, server) => {
      await app.collections.todos.update('h', { text: 'Sent' })
      server.afterPush = once((): never => {
        throw new SyncError('SYNC_NETWORK')
      })
      await app.synchronize().catch(() => undefined)
    })
    const [id] = place.server.log.keys()
    const app = app2(place)
    expect(await app.collections.todos.read('h')).toMatchObject({ title: 'Sent' })
    await app.synchronize()
    expect(place.server.sent[0]).toMatchObject({ opId: id, change: { set: { text: 'Sent' } }, resend: true })
    expect(place.server.effects).toHaveLength(1)
    expect(app.status.getSnapshot()).toMatchObject({ pending: 0, writes: { accepted: 1, applied: 1 } })
  })

  it('that no migration changes is sent again to the letter, with its fields in their order', async () => {
    const place = await lived(async (app, server) => {
      server.afterPush = once((): never => {
        throw new SyncError('SYNC_NETWORK')
      })
      await app.collections.todos.update('h', { forbidden: false, done: true } as never)
      await app.synchronize().catch(() => undefined)
    })
    await app2(place).synchronize()
    const [again] = place.server.sent
    expect(again).toMatchObject({ opId: [...place.server.log.keys()][0], resend: true })
    expect(JSON.stringify(again?.change)).toBe('{"set":{"forbidden":false,"done":true}}')
  })

  it('that is refused as it was sent is sent as this version has it, under a new id', async () => {
    const place = await lived(async ({ collections: { todos } }) => todos.update('h', { text: 'New' }))
    migrateServer(place.server)
    place.server.beforePush = ({ operations }) =>
      operations.some(({ change }) => change.set && 'text' in change.set)
        ? operations.map(() => ({ kind: 'rejected', error: { code: 'SYNC_REJECTED' } }) as const)
        : undefined
    const app = app3(place)
    await app.synchronize()
    const [old, fresh] = place.server.sent
    expect(fresh).toMatchObject({ collection: 'tasks', change: { set: { title: 'New', slug: 'new' } }, resend: false })
    expect(fresh?.opId).not.toBe(old?.opId)
    expect(app.status.getSnapshot()).toMatchObject({ pending: 0, writes: { accepted: 1, applied: 1 } })
  })

  it('is migrated in the inbox and in quarantine too', async () => {
    const place = await lived(async (app, server) => {
      const { todos } = app.collections
      await todos.update('h', { text: 'Mine' })
      server.write('todos', 'h', null)
      await todos.update('l', { text: 'Rude', forbidden: true })
      await app.synchronize()
    })
    const app = app3(place)
    await app.collections.tasks.readAll()
    expect(conflicts(app).getSnapshot()).toMatchObject([
      { collection: 'tasks', base: moved(high), local: moved({ ...high, text: 'Mine' }), remote: null },
    ])
    expect(quarantine(app).getSnapshot()).toMatchObject([
      {
        collection: 'tasks',
        set: { title: 'Rude', slug: 'rude', forbidden: true },
        reason: { code: 'SYNC_FORBIDDEN' },
      },
    ])
    place.server.write('tasks', 'l', moved(low) as never)
    await app.synchronize()
    const [id] = (quarantine(app).getSnapshot() ?? []).map((one) => one.id)
    await quarantine(app).requeue(id ?? '', { forbidden: false })
    await app.synchronize()
    expect(place.server.record('tasks', 'l')).toMatchObject({ title: 'Rude', slug: 'rude' })
  })

  it('keeps its condition, by the new name of its field', async () => {
    const place = await lived(async ({ collections: { todos } }) => {
      await todos.update('h', { priority: 'low' })
      await todos.update('h', { text: 'Next' }, { where: { text: 'High' } })
    })
    place.server.put('todos', 'h', { id: 'h', title: 'High', priority: 'high', done: false }, 1)
    const app = app2(place)
    await app.synchronize()
    expect(place.server.sent.map(({ change, condition }) => [change.set, condition])).toEqual([
      [{ priority: 'low' }, undefined],
      [{ title: 'Next' }, { field: 'title', is: 'eq', value: 'High' }],
    ])
    expect(app.status.getSnapshot()).toMatchObject({ pending: 0, writes: { accepted: 2, applied: 2 } })
  })

  it('stays in its transaction', async () => {
    const place = await lived(async (app) =>
      transaction(app, async (tx) => {
        await tx.todos.create({ id: 'n', text: 'N', priority: 'high' })
        await tx.todos.update('l', { text: 'L' })
      }),
    )
    migrateServer(place.server)
    const app = app3(place)
    await app.synchronize()
    expect(place.server.requests).toMatchObject([{ atomic: true, operations: [{ id: 'n' }, { id: 'l' }] }])
    expect(app.status.getSnapshot()).toMatchObject({ pending: 0, writes: { accepted: 2, applied: 2 } })
    expect(accounted(app.status.getSnapshot() as never)).toBe(2)
  })

  it('goes into quarantine where its collection is gone, or its condition cannot be told any more', async () => {
    const place = await lived(async ({ collections: { todos, drafts } }) => {
      await drafts.create({ id: 'd', body: 'unsent' })
      await todos.update('h', { text: 'x' }, { where: { priority: 'high' } })
    })
    const app = app3(place)
    await app.collections.tasks.readAll()
    expect(quarantine(app).getSnapshot()).toMatchObject([
      { collection: 'drafts', recordId: 'd', reason: { code: 'SYNC_UNSUPPORTED' } },
      { collection: 'tasks', recordId: 'h', reason: { code: 'SYNC_UNSUPPORTED' } },
    ])
    expect(app.status.getSnapshot()).toMatchObject({ pending: 0, writes: { accepted: 2, quarantined: 2 } })
    const [draft] = quarantine(app).getSnapshot() ?? []
    await expect(quarantine(app).requeue(draft?.id ?? '')).rejects.toMatchObject({ code: 'SYNC_UNSUPPORTED' })
    await quarantine(app).discard(draft?.id ?? '')
    expect(app.status.getSnapshot()).toMatchObject({ writes: { quarantined: 1, discarded: 1 } })
  })
})

it('a change is seen on the record it was made on, so that what is made of several fields is right', async () => {
  interface Person {
    readonly id: string
    readonly first: string
    readonly last: string
    readonly forbidden?: boolean
  }
  const [server, store] = [new TestServer(), new Disk()]
  server.write('people', 'a', { id: 'a', first: 'Ada', last: 'Byron' })
  const common = { store, remote: server.adapter(), env: virtualEnv(), sync: 'manual' } as const
  const old = createSyncClient({ ...common, collections: { people: record<Person>() } })
  await old.synchronize()
  await old.collections.people.update('a', { first: 'Rude', forbidden: true })
  await old.synchronize()
  server.beforePush = () => {
    throw new SyncError('SYNC_NETWORK')
  }
  await old.collections.people.update('a', { last: 'King' })
  await old.synchronize().catch(() => undefined)
  await old.collections.people.update('a', { last: 'Lovelace' })
  await old.dispose()
  const join = ({ first, last, ...rest }: Record<string, unknown>) => ({ ...rest, name: `${first} ${last}` })
  const plan = migrations({ version: 2, steps: [{ to: 2, records: { people: join as never } }] })
  const app = createSyncClient({
    ...common,
    env: virtualEnv(),
    collections: { people: record<{ id: string; name: string }>() },
    migrations: plan,
  })
  expect(await app.collections.people.readAll()).toEqual([{ id: 'a', name: 'Ada Lovelace' }])
  expect(quarantine(app).getSnapshot()).toMatchObject([{ set: { name: 'Rude Byron', forbidden: true } }])
  const changes = [...store.values('u-', 'op').values()].map((op) => (op as { change: unknown }).change)
  expect(changes).toEqual([
    { set: { first: 'Rude', forbidden: true } },
    { set: { last: 'King' } },
    { set: { last: 'Lovelace' } },
  ])
  await app.collections.people.update('a', { name: 'Ada' })
  const after = [...store.values('u-', 'op').values()].map((op) => (op as { change: unknown }).change)
  expect(after.slice(1)).toEqual([
    { set: { name: 'Ada King' } },
    { set: { name: 'Ada Lovelace' } },
    { set: { name: 'Ada' } },
  ])
  await app.dispose()
})

it('rows of a collection that is gone leave the store', async () => {
  const place = await lived(async (app, server) => {
    server.write('drafts', 'd', { id: 'd', body: 'x' })
    await app.synchronize()
  })
  expect([...place.store.values('u-', 'base').keys()]).toContain('drafts/d')
  await app3(place).collections.tasks.readAll()
  expect([...place.store.values('u-', 'base').keys()].sort()).toEqual(['todos/h', 'todos/l'])
})

describe('a migration that fails', () => {
  const broken = (what: (task: never) => unknown) =>
    migrations({
      version: 2,
      steps: [{ to: 2, renamed: { todos: 'tasks' }, removed: ['drafts'], records: { tasks: what as never } }],
    })

  it.each([
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    ['makes no record', () => 7],
    ['makes what is no JSON', () => ({ id: 'h', at: new Map() })],
    ['changes the key', (task: Todo) => ({ ...task, id: `${task.id}!` })],
    [
      'changes what it was given',
      (task: Record<string, unknown>) => {
        task['x'] = 1
        return task
      },
    ],
    [
      'fails at the last record only',
      (task: Todo) => {
        if (task.id === 'l') throw new Error('no')
        return task
      },
    ],
  ])('because a change %s does not open, and leaves everything as it was', async (_, what) => {
    const place = await lived(async ({ collections: { todos } }) => todos.update('h', { text: 'kept' }))
    const all = () => (['meta', 'base', 'op'] as const).map((table) => place.store.values('u-', table))
    const before = all()
    const app = app3(place, broken(what as never))
    await expect(app.collections.tasks.readAll()).rejects.toMatchObject({ code: 'SYNC_CONFIG_INVALID' })
    expect(all()).toEqual(before)
    await app.dispose()
    const old = app1(place)
    expect(await old.collections.todos.read('h')).toMatchObject({ text: 'kept' })
  })
})

describe('an older app', () => {
  it('refuses to open what a newer one has, and writes nothing [F117]', async () => {
    const place = await lived()
    const newer = app3(place)
    await newer.collections.tasks.readAll()
    await newer.dispose()
    const all = () => (['meta', 'base', 'op'] as const).map((table) => place.store.values('u-', table))
    const before = all()
    for (const old of [app1(place), app2(place)]) {
      await expect(old.collections.todos.readAll()).rejects.toMatchObject({ code: 'SYNC_FORMAT_NEWER' })
    }
    expect(all()).toEqual(before)
  })

  it('that has it open in another tab stops writing and sending, and its status says so', async () => {
    const place = await lived()
    const old = app1(place)
    await old.collections.todos.update('h', { text: 'before' })
    const newer = app3(place)
    await newer.collections.tasks.update('l', { done: true })
    await expect(old.collections.todos.update('h', { text: 'after' })).rejects.toMatchObject({
      code: 'SYNC_FORMAT_NEWER',
    })
    await expect(old.synchronize()).rejects.toMatchObject({ code: 'SYNC_FORMAT_NEWER' })
    expect(old.status.getSnapshot()).toMatchObject({ state: 'outdated' })
    expect(place.server.requests).toEqual([])
    expect(await old.collections.todos.read('h')).toMatchObject({ text: 'before' })
    await expect(old.collections.todos.delete('l')).rejects.toMatchObject({ code: 'SYNC_FORMAT_NEWER' })
    expect(await newer.collections.tasks.readAll()).toMatchObject([{ title: 'before' }, { title: 'Low', done: true }])
  })

  it('whose last write came while the newer one opened loses nothing', async () => {
    const { server, store } = await lived()
    const old = app1({ store, server })
    await old.collections.todos.readAll()
    const slow = wrapStore(store)
    let writes = 0
    slow.beforeCommit = async () => {
      writes += 1
      if (writes > 1) return
      await old.collections.todos.update('h', { text: 'late' })
      await old.collections.todos.create({ id: 'n', text: 'later', priority: 'high' })
    }
    const newer = app3({ store: slow, server })
    expect(await newer.collections.tasks.readAll()).toEqual([
      moved({ ...high, text: 'late' }),
      moved(low),
      moved({ id: 'n', text: 'later', priority: 'high' }),
    ])
  })
})

describe('a plan', () => {
  const to2 = { to: 2 }
  const to3 = { to: 3 }
  const bad: readonly (readonly [string, unknown])[] = [
    ['no object', undefined],
    ['no version', { steps: [] }],
    ['a version that is no whole number', { version: 1.5, steps: [] }],
    ['version 0', { version: 0, steps: [] }],
    ['no list of steps', { version: 2, steps: {} }],
    ['a missing step', { version: 3, steps: [to2] }],
    ['a gap', { version: 3, steps: [to3] }],
    ['a duplicate', { version: 3, steps: [to2, to2] }],
    ['steps backwards', { version: 3, steps: [to3, to2] }],
    ['a step too many', { version: 2, steps: [to2, to3] }],
    ['a step that is none', { version: 2, steps: [null] }],
    ['an unknown part', { version: 2, steps: [{ to: 2, recrods: {} }] }],
    ['a change that is no function', { version: 2, steps: [{ to: 2, records: { tasks: 'rename' } }] }],
    ['names that are no text', { version: 2, steps: [{ to: 2, removed: [7] }] }],
    ['an unknown option', { version: 1, steps: [], lazy: true }],
  ]
  it.each(bad)('with %s is refused', (_, options) => {
    expect(() => migrations(options as never)).toThrow(expect.objectContaining({ code: 'SYNC_CONFIG_INVALID' }))
  })

  const unfit: readonly (readonly [string, MigrationStep])[] = [
    ['changes records of a collection that is not there', { to: 2, records: { nothing: [] } }],
    ['renames to a collection that is not there', { to: 2, renamed: { a: 'nothing' } }],
    ['renames a collection that still is', { to: 2, renamed: { notes: 'tasks' } }],
    ['removes a collection that still is', { to: 2, removed: ['tasks'] }],
    ['gives two collections one name', { to: 2, renamed: { a: 'tasks', b: 'tasks' } }],
  ]
  it.each(unfit)('that %s is refused by the client', (_, step) => {
    const collections = { tasks: record<{ id: string }>(), notes: record<{ id: string }>() }
    const plan = migrations({ version: 2, steps: [step] })
    expect(() => createSyncClient({ collections, migrations: plan })).toThrow(
      expect.objectContaining({ code: 'SYNC_CONFIG_INVALID' }),
    )
  })

  it('of version 1 has no steps, and a new device begins with the mark of its version', async () => {
    expect(migrations({ version: 1, steps: [] }).version).toBe(1)
    const store = new Disk()
    await app3({ store }).collections.tasks.readAll()
    expect(store.values('u-', 'meta').get('version')).toBe(3)
  })

  it.each([
    ['rename', () => rename('', 'x')],
    ['rename to __proto__', () => rename('x', '__proto__')],
    ['remove', () => remove(7 as never)],
    ['add', () => add('', 1)],
    ['convert', () => convert('x', 'Number' as never)],
  ])('with a wrong %s is refused', (_, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'SYNC_CONFIG_INVALID' }))
  })
})
