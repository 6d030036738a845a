import { afterEach, describe, expect, it } from 'vitest'
import { createSyncClient, isSyncError, record } from '../src/index.ts'
import { type Device, device } from './support/device.ts'
import { TestServer } from './support/server.ts'
import { Disk } from './support/stores.ts'
import { virtualEnv } from './support/virtual-env.ts'

/** The methods without their types: bad input comes from JavaScript, from casts and from the network. */
interface Untyped {
  create(record: unknown, options?: unknown): Promise<unknown>
  createMany(records: unknown): Promise<unknown>
  save(record: unknown, options?: unknown): Promise<unknown>
  update(id: unknown, change: unknown, options?: unknown): Promise<unknown>
  delete(id: unknown, options?: unknown): Promise<unknown>
  read(id: unknown): Promise<unknown>
  query(query?: unknown): Promise<unknown>
  count(query?: unknown): Promise<unknown>
  watchQuery(query: unknown): unknown
  watchById(id: unknown): { getSnapshot(): unknown }
}
const untyped = ({ tasks }: Device): Untyped => tasks as unknown as Untyped

afterEach(() => {
  expect(({} as { x?: unknown }).x).toBeUndefined()
  expect(Object.keys(Object.prototype)).toEqual([])
})

/** Every refusal has a code, says what is wrong and how to recover. */
async function refuses(call: Promise<unknown>, code = 'SYNC_INPUT_INVALID'): Promise<void> {
  const error: unknown = await call.then(
    () => 'it was accepted',
    (thrown: unknown) => thrown,
  )
  expect(isSyncError(error), String(error)).toBe(true)
  expect(error).toMatchObject({
    code,
    message: expect.stringContaining(code),
    recovery: expect.stringMatching(/\w{3}.*\.$/),
  })
}

/** A device that has one record, and the check that a refusal left no trace in it. */
async function scene() {
  const disk = new Disk()
  const server = new TestServer()
  const made = device(server, { store: disk })
  await made.tasks.create({ id: 'good', title: 'good' })
  const intact = async (): Promise<void> => {
    expect(disk.values('u-', 'op').size).toBe(1)
    expect(await made.tasks.readAll()).toEqual([{ id: 'good', title: 'good' }])
    expect(made.status().writes.accepted).toBe(1)
    await made.tasks.create({ id: 'later', title: 'later' })
    await made.sync()
    expect(server.all('tasks')).toEqual({ good: { id: 'good', title: 'good' }, later: { id: 'later', title: 'later' } })
  }
  return { ...made, raw: untyped(made), intact }
}

const cyclic = (): unknown => {
  const value: Record<string, unknown> = { id: 'x' }
  value['self'] = value
  return value
}
const deep = (levels: number): unknown => {
  let value: unknown = 'bottom'
  for (let level = 0; level < levels; level += 1) value = level % 2 ? [value] : { value }
  return value
}
const withProto = (text: string): unknown => JSON.parse(text)
const sparse = (): unknown[] => {
  const list: unknown[] = ['first']
  list[3] = 'last'
  return list
}

const noRecords: readonly (readonly [string, unknown])[] = [
  ['undefined', undefined],
  ['null', null],
  ['text', 'a task'],
  ['a number', 7],
  ['a list', [{ id: 'x', title: 'x' }]],
  ['a function', () => ({ id: 'x' })],
  ['a date', new Date()],
  ['a map', new Map([['id', 'x']])],
  [
    'an instance of a class',
    new (class Task {
      readonly id = 'x'
    })(),
  ],
  ['a promise', Promise.resolve({ id: 'x' })],
]

const noJson: readonly (readonly [string, unknown])[] = [
  ['a function', () => 1],
  ['a bigint', 10n],
  ['a symbol', Symbol('x')],
  ['NaN', Number.NaN],
  ['Infinity', Number.NEGATIVE_INFINITY],
  ['a date', new Date()],
  ['a map', new Map()],
  ['a typed array', new Uint8Array(3)],
  ['a regular expression', /x/],
  ['an error', new Error('x')],
  ['a boxed text', Object('x')],
  ['undefined in a list', [1, undefined]],
  ['a hole in a list', sparse()],
  ['undefined in an object', { a: undefined }],
  ['a cycle', cyclic()],
  ['10 000 levels', deep(10_000)],
  ['101 levels', deep(101)],
  ['a field named __proto__', withProto('{"__proto__":{"x":1}}')],
]

const badKeys: readonly (readonly [string, unknown])[] = [
  ['a number', 7],
  ['null', null],
  ['an object', {}],
  ['empty text', ''],
  ['NUL', 'a\0b'],
  ['a lone surrogate', 'a\ud800'],
  ['10 kB', 'x'.repeat(10_000)],
  ['513 bytes', `${'ü'.repeat(256)}x`],
]

const goodKeys = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '../x',
  '../../etc/passwd',
  "'; DROP TABLE tasks; --",
  '"',
  '%',
  '%0041',
  '/',
  'a/b',
  ' ',
  '\n',
  'ü',
  '😀',
  'Ａ',
  'x'.repeat(512),
]

describe('what is no record', () => {
  it.each(noRecords)('(%s) is refused by create, createMany and save', async (_, value) => {
    const { raw, intact } = await scene()
    await refuses(raw.create(value))
    await refuses(raw.createMany([{ id: 'y', title: 'y' }, value]))
    await refuses(raw.save(value))
    await intact()
  })

  it('in place of a list is refused by createMany', async () => {
    const { raw, intact } = await scene()
    for (const value of [undefined, null, 7, 'abc', {}, { length: 1, 0: { id: 'x' } }])
      await refuses(raw.createMany(value))
    await intact()
  })

  it('in place of a change is refused by update', async () => {
    const { raw, intact } = await scene()
    for (const value of [undefined, null, 7, 'abc', true, ['x'], new Date(), new Map()])
      await refuses(raw.update('good', value))
    await intact()
  })
})

describe('what is no JSON', () => {
  it.each(noJson)('(%s) is refused anywhere in a record [F52 F112]', async (_, value) => {
    const { raw, intact } = await scene()
    const bad = { id: 'x', title: 'x', extra: { list: [value] } }
    await refuses(raw.create(bad))
    await refuses(raw.createMany([{ id: 'y', title: 'y' }, bad]))
    await refuses(raw.save(bad))
    await refuses(raw.update('good', { extra: [value] }))
    await refuses(
      raw.update('good', (draft: Record<string, unknown>) => {
        draft['extra'] = { value }
      }),
    )
    await intact()
  })

  it('is named by its place', async () => {
    const { raw } = await scene()
    const made = raw.create({ id: 'x', tags: ['ok', { at: new Date() }] })
    await expect(made).rejects.toThrow(/tasks\.tags\[1\]\.at/)
  })

  it('is judged as it is when called, getters and all', async () => {
    const { raw, intact } = await scene()
    const thrown = new Error('getter')
    const trap = {
      id: 'x',
      get title(): string {
        throw thrown
      },
    }
    await expect(raw.create(trap)).rejects.toBe(thrown)
    await intact()
  })
})

describe('a key', () => {
  it.each(badKeys)('that is %s is refused', async (_, id) => {
    const { raw, intact } = await scene()
    await refuses(raw.create({ id, title: 'x' }))
    await refuses(raw.createMany([{ id, title: 'x' }]))
    await refuses(raw.save({ id, title: 'x' }))
    await intact()
  })

  it.each(goodKeys)('%j is only a text', async (id) => {
    const server = new TestServer()
    const store = new Disk()
    const made = device(server, { store })
    await made.tasks.create({ id, title: 'one' })
    await made.tasks.update(id, { n: 1 })
    await made.sync()
    const there = device(server, { store: new Disk() })
    await there.sync()
    for (const one of [made, there, device(server, { store })]) {
      expect(await one.tasks.read(id)).toEqual({ id, title: 'one', n: 1 })
      expect(await one.tasks.query({ where: { id } })).toHaveLength(1)
    }
    for (const name of store.values('u-', 'base').keys()) expect(name).toMatch(/^[\x21-\x7e]{1,1024}$/)
    await made.tasks.delete(id)
    expect(await made.tasks.read(id)).toBeUndefined()
  })

  it('keeps apart what a store or a file system might take for the same', async () => {
    const { tasks } = device(new TestServer())
    const ids = ['a', 'A', 'á', 'a\u0301', 'a ', ' a', 'a/', '%0061', 'a%', 'a\u200b']
    for (const id of ids) await tasks.create({ id, title: id })
    expect(await tasks.count()).toBe(ids.length)
    for (const id of ids) expect(await tasks.read(id)).toMatchObject({ title: id })
  })

  it.each(['__proto__', 'constructor', 'nothing', '', '\0', '\ud800'])(
    '%j that names no record reads as none',
    async (id) => {
      const made = device(new TestServer())
      expect(await made.tasks.read(id)).toBeUndefined()
      await refuses(made.tasks.update(id, { n: 1 }), 'SYNC_NOT_FOUND')
      await made.tasks.delete(id)
      expect(made.status().writes.accepted).toBe(0)
    },
  )

  it.each([undefined, null, 7, {}, Symbol('x')])('of another type (%s) is refused or finds nothing', async (id) => {
    const { raw, intact } = await scene()
    expect(await raw.read(id)).toBeUndefined()
    const error: unknown = await raw.update(id, { n: 1 }).then(
      () => 'accepted',
      (thrown: unknown) => thrown,
    )
    expect(isSyncError(error), String(error)).toBe(true)
    await intact()
  })
})

describe('a large record', () => {
  it('of more than the remote takes is refused at the call [F115]', async () => {
    const { raw, intact } = await scene()
    const long = 'x'.repeat(1_000_000)
    await refuses(raw.create({ id: 'x', title: long }), 'SYNC_TOO_LARGE')
    await refuses(raw.save({ id: 'x', title: long }), 'SYNC_TOO_LARGE')
    await refuses(raw.update('good', { title: long }), 'SYNC_TOO_LARGE')
    await refuses(
      raw.createMany([
        { id: 'y', title: 'y' },
        { id: 'x', title: long },
      ]),
      'SYNC_TOO_LARGE',
    )
    await intact()
  })

  it('of just under that is kept and sent', async () => {
    const server = new TestServer()
    const { tasks, sync } = device(server)
    const title = 'x'.repeat(999_000)
    await tasks.create({ id: 'x', title })
    await sync()
    expect(server.record('tasks', 'x')).toEqual({ id: 'x', title })
  })

  it('of 100 levels is kept', async () => {
    const made = device(new TestServer())
    await untyped(made).create({ id: 'x', title: 'x', extra: deep(98) })
    expect(await made.tasks.read('x')).toEqual({ id: 'x', title: 'x', extra: deep(98) })
  })
})

describe('field names', () => {
  it('that mean something to JavaScript are only names', async () => {
    const server = new TestServer()
    const made = device(server)
    const odd = {
      id: 'x',
      title: 'x',
      constructor: 'c',
      toString: 1,
      hasOwnProperty: null,
      '': 'empty',
      'a.b': 1,
      $where: 'x',
    }
    await untyped(made).create(odd)
    await made.sync()
    expect(server.record('tasks', 'x')).toEqual(odd)
    expect(await made.tasks.read('x')).toEqual(odd)
    expect(await untyped(made).query({ where: { constructor: 'c', 'a.b': 1 } })).toHaveLength(1)
  })

  it.each(['__proto__', 'constructor', 'toString', 'valueOf'])(
    '%s finds no record that does not have it',
    async (field) => {
      const made = device(new TestServer())
      await made.tasks.create({ id: 'x', title: 'x' })
      const where = Object.fromEntries([[field, { ne: null }]])
      expect(await untyped(made).query({ where })).toEqual([])
      expect(await untyped(made).query({ orderBy: Object.fromEntries([[field, 'asc']]) })).toHaveLength(1)
    },
  )
})

describe('a query', () => {
  it.each<[string, unknown]>([
    ['is null', null],
    ['is text', 'title'],
    ['has a misspelt part', { were: { title: 'x' } }],
    ['has a where that is text', { where: 'title = 1' }],
    ['has a where that is a list', { where: [{ title: 'x' }] }],
    ['has a misspelt operator', { where: { title: { equals: 'x' } } }],
    ['has an operator of Object.prototype', { where: { title: { constructor: 'x' } } }],
    ['has an operator __proto__', { where: { title: withProto('{"__proto__":"x"}') } }],
    ['has an empty condition', { where: { title: {} } }],
    ['compares with undefined', { where: { title: undefined } }],
    ['compares with undefined by an operator', { where: { title: { eq: undefined } } }],
    ['compares with a date', { where: { title: { gt: new Date() } } }],
    ['compares with NaN', { where: { n: { gt: Number.NaN } } }],
    ['compares with a function', { where: { title: () => true } }],
    ['has an in that is no list', { where: { title: { in: 'x' } } }],
    ['has a startsWith that is no text', { where: { title: { startsWith: 1 } } }],
    ['has an AND that is no list', { where: { AND: { title: 'x' } } }],
    ['has an OR with no conditions in it', { where: { OR: ['x'] } }],
    ['has a NOT that is text', { where: { NOT: 'x' } }],
    ['is ordered by text', { orderBy: 'title' }],
    ['is ordered by null', { orderBy: null }],
    ['is ordered in no direction', { orderBy: { title: 'up' } }],
    ['has a negative limit', { limit: -1 }],
    ['has a broken limit', { limit: 1.5 }],
    ['has a limit that is text', { limit: '5' }],
    ['has an endless offset', { offset: Number.POSITIVE_INFINITY }],
  ])('that %s is refused', async (_, query) => {
    const { raw, intact } = await scene()
    await refuses(raw.query(query))
    await refuses(raw.count(query))
    await refuses(Promise.resolve().then(() => raw.watchQuery(query)))
    await intact()
  })

  it.each<[string, unknown]>([
    ['loads a relation that does not exist', { with: { project: true } }],
    ['loads a relation of Object.prototype', { with: { constructor: true } }],
    ['loads what is no object', { with: 'project' }],
  ])('that %s is refused, also live', async (_, query) => {
    const { raw, intact } = await scene()
    await refuses(raw.query(query))
    await refuses(Promise.resolve().then(() => raw.watchQuery(query)))
    await intact()
  })

  it('of 200 nested groups is answered or refused, never crashes', async () => {
    const { raw, intact } = await scene()
    let where: unknown = { title: 'good' }
    for (let level = 0; level < 200; level += 1) where = { NOT: where }
    expect(await raw.query({ where })).toHaveLength(1)
    for (let level = 0; level < 20_000; level += 1) where = { NOT: where }
    await refuses(raw.query({ where }))
    await intact()
  })
})

describe('options of a write', () => {
  it.each<[string, unknown]>([
    ['a misspelt option', { were: { title: 'good' } }],
    ['an unknown strategy', { strategy: 'remote' }],
    ['a where that is text', { where: 'title' }],
  ])('with %s are refused', async (_, options) => {
    const { raw, intact } = await scene()
    await refuses(raw.update('good', { n: 1 }, options))
    await refuses(raw.delete('good', options))
    await refuses(raw.save({ id: 'good', title: 'x' }, options))
    await intact()
  })
})

describe('options of a client', () => {
  const tasks = record<{ id: string }>()
  const make = (options: unknown) => () => createSyncClient(options as { collections: { tasks: typeof tasks } })
  const remote = new TestServer().adapter()

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['no collections', {}],
    ['collections that are a list', { collections: [tasks] }],
    ['collections that are text', { collections: 'tasks' }],
    ['a collection without a schema', { collections: { tasks: {} } }],
    ['a collection that is null', { collections: { tasks: null } }],
    ['a collection that is text', { collections: { tasks: 'text' } }],
    ['a misspelt part of a collection', { collections: { tasks: { schema: tasks, indices: ['n'] } } }],
    ['an empty key', { collections: { tasks: { schema: tasks, key: [] } } }],
    ['a key that is no text', { collections: { tasks: { schema: tasks, key: 7 } } }],
    ['indexes that are text', { collections: { tasks: { schema: tasks, indexes: 'n' } } }],
    ['a relation that leads nowhere', { collections: { tasks: { schema: tasks, relations: { x: { to: 'y' } } } } }],
    ['a misspelt option', { collections: { tasks }, remot: remote }],
    ['an option of Object.prototype', { collections: { tasks }, ['__proto__x']: 1 }],
    ['a remote without push', { collections: { tasks }, remote: { pull: () => {} } }],
    [
      'a remote without capabilities',
      { collections: { tasks }, remote: { name: 'x', pull: () => {}, push: () => {} } },
    ],
    ['a store that is none', { collections: { tasks }, store: {} }],
    ['a user that is a number', { collections: { tasks }, user: 7 }],
    ['an unknown kind of sync', { collections: { tasks }, sync: 'always' }],
    ['a timeout of 0', { collections: { tasks }, requestTimeoutMs: 0 }],
    ['a timeout that is NaN', { collections: { tasks }, requestTimeoutMs: Number.NaN }],
    ['a timeout that is text', { collections: { tasks }, retryMinMs: 'soon' }],
    ['a scope of no collection', { collections: { tasks }, remote, scope: { taskz: () => undefined } }],
    ['a scope that is no function', { collections: { tasks }, remote, scope: { tasks: { done: false } } }],
    ['a resolver of no collection', { collections: { tasks }, remote, conflict: { taskz: () => 'ask' } }],
    ['a resolver that is no function', { collections: { tasks }, remote, conflict: { tasks: 'ask' } }],
    ['plugins that are no list', { collections: { tasks }, use: { name: 'x' } }],
    ['a plugin without a name', { collections: { tasks }, use: [{ middleware: {} }] }],
    ["a plugin's maker that was not called", { collections: { tasks }, use: [function logging() {}] }],
  ])('with %s are refused when it is made', (_, options) => {
    let error: unknown = 'it was accepted'
    try {
      make(options)()
    } catch (thrown) {
      error = thrown
    }
    expect(isSyncError(error, 'SYNC_CONFIG_INVALID'), String(error)).toBe(true)
  })

  it.each(['', '__proto__x', '1tasks', 'my tasks', 'tasks/x', '../tasks', 'tâches', 'x'.repeat(65), 'a.b', "'"])(
    'with a collection named %j are refused',
    (name) => {
      expect(make({ collections: Object.fromEntries([[name, tasks]]) })).toThrowError(
        expect.objectContaining({ code: 'SYNC_CONFIG_INVALID' }),
      )
    },
  )

  it.each(['constructor', 'toString', 'hasOwnProperty', 'tasks', 'a', 'A-b_9', 'x'.repeat(64)])(
    'with a collection named %j work like any other',
    async (name) => {
      const client = createSyncClient({ collections: { [name]: record<{ id: string }>() }, env: virtualEnv() })
      const collection = client.collections[name]
      await collection?.create({ id: 'a' })
      expect(await collection?.readAll()).toEqual([{ id: 'a' }])
      await client.dispose()
    },
  )

  it.each(['constructor', 'toString', 'hasOwnProperty'])(
    'with a collection named %j sync it like any other',
    async (name) => {
      const server = new TestServer()
      server.write(name, 'a', { id: 'a', n: 0 })
      const client = createSyncClient({
        collections: { [name]: record<{ id: string; n: number }>() },
        env: virtualEnv(),
        remote: server.adapter(),
        sync: 'manual',
      })
      await client.synchronize()
      await client.collections[name]?.update('a', { n: 1 })
      server.edit(name, 'a', { n: 2 })
      await client.synchronize()
      await client.synchronize()
      // Nobody gave it a scope or a resolver: it comes whole, and the later value stays.
      expect(server.pulls[0]?.feed.filters).toBeUndefined()
      expect(server.all(name)).toEqual({ a: { id: 'a', n: 1 } })
      await client.dispose()
    },
  )
})
