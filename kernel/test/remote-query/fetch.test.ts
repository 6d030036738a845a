import { describe, expect, it } from 'vitest'
import { type RefreshableRemote, type SharedPlugin, SyncError } from '../../src/index.ts'
import { fetch, fetchCount, type ReadStrategy } from '../../src/remote-query/index.ts'
import { type DeviceOptions, device, type Scene } from '../support/device.ts'
import { never, TestServer, withLimits } from '../support/server.ts'
import { virtualEnv } from '../support/virtual-env.ts'

/** A device that syncs what is not done; the server has `a` (open) and `x`, `y`, `z` (done), which the device does not keep. */
async function scene(options: DeviceOptions = {}): Promise<Scene> {
  const server = new TestServer()
  server.write('tasks', 'a', { id: 'a', title: 'open', done: false, n: 1 })
  for (const [at, id] of ['x', 'y', 'z'].entries())
    server.write('tasks', id, { id, title: id, done: true, n: 10 * (at + 1) })
  const made = device(server, { scope: () => ({ done: false }), remote: server.queryable(), ...options })
  await made.sync()
  return { ...made, server }
}

const ids = (rows: readonly { readonly id: string }[]): readonly string[] => rows.map(({ id }) => id)
const failing =
  (code: ConstructorParameters<typeof SyncError>[0], ...rest: object[]) =>
  () => {
    throw new SyncError(code, ...rest)
  }

describe('where an answer comes from', () => {
  it('is the server for remoteFirst, the default, and the rows are not kept', async () => {
    const { tasks, server, client } = await scene()
    const { rows, source, reason, after } = await fetch(tasks, { where: { done: true }, orderBy: { n: 'desc' } })
    expect([ids(rows), source, reason, after]).toEqual([['z', 'y', 'x'], 'remote', undefined, null])
    expect(Object.isFrozen(rows[0])).toBe(true)
    expect(ids(await tasks.readAll())).toEqual(['a'])
    expect(server.queries).toEqual([
      {
        collection: 'tasks',
        filter: { field: 'done', is: 'eq', value: true },
        order: [{ field: 'n', descending: true }],
        limit: 5,
      },
    ])
    expect(client.status.getSnapshot()?.pending).toBe(0)
  })

  it('is this device for localOnly, and the server is not asked', async () => {
    const { tasks, server } = await scene()
    expect(await fetch(tasks, {}, { strategy: 'localOnly' })).toMatchObject({ rows: [{ id: 'a' }], source: 'local' })
    expect(server.queries).toEqual([])
  })

  it('is this device for localFirst where it has an answer, else the server', async () => {
    const { tasks, server } = await scene()
    const options = { strategy: 'localFirst' } as const
    expect(await fetch(tasks, {}, options)).toMatchObject({ rows: [{ id: 'a' }], source: 'local', reason: undefined })
    expect(server.queries).toEqual([])
    const found = await fetch(tasks, { where: { done: true } }, options)
    expect([ids(found.rows), found.source]).toEqual([['x', 'y', 'z'], 'remote'])
  })

  it.each<[ReadStrategy, string]>([
    ['remoteFirst', 'a'],
    ['localFirst', ''],
  ])('falls back to this device when offline, and says why: %s', async (strategy, expected) => {
    const { tasks, server, env } = await scene()
    env.setOnline(false)
    const where = strategy === 'localFirst' ? { done: true } : {}
    const { rows, source, reason } = await fetch(tasks, { where }, { strategy })
    expect([ids(rows).join(), source, reason?.code]).toEqual([expected, 'local', 'SYNC_NETWORK'])
    expect(server.queries).toEqual([])
  })

  it.each(['SYNC_NETWORK', 'SYNC_RATE_LIMITED', 'SYNC_PROTOCOL', 'SYNC_AUTH_REQUIRED'] as const)(
    'falls back to this device where the server cannot be had now: %s',
    async (code) => {
      const { tasks, server } = await scene()
      server.beforeQuery = failing(code)
      expect(await fetch(tasks)).toMatchObject({ rows: [{ id: 'a' }], source: 'local', reason: { code } })
      await expect(fetch(tasks, {}, { strategy: 'remoteOnly' })).rejects.toMatchObject({ code })
    },
  )

  it.each(['SYNC_FORBIDDEN', 'SYNC_NOT_FOUND', 'SYNC_REJECTED'] as const)(
    'is none where the server says no: %s',
    async (code) => {
      const { tasks, server } = await scene()
      server.beforeQuery = failing(code)
      await expect(fetch(tasks)).rejects.toMatchObject({ code })
    },
  )

  it('is none for remoteOnly when offline', async () => {
    const { tasks, env } = await scene()
    env.setOnline(false)
    await expect(fetch(tasks, {}, { strategy: 'remoteOnly' })).rejects.toMatchObject({ code: 'SYNC_NETWORK' })
  })

  it('is this device after the deadline of a request', async () => {
    const { tasks, server, env } = await scene({ requestTimeoutMs: 500 })
    server.beforeQuery = () => never()
    const asked = fetch(tasks)
    await env.advance(499)
    await env.advance(1)
    expect((await asked).reason?.code).toBe('SYNC_TIMEOUT')
    expect(server.contexts.at(-1)?.signal.aborted).toBe(true)
  })
})

describe('rows that are kept here', () => {
  it('are refreshed when the answer has a newer version, without a pull', async () => {
    const { tasks, server, heard } = await scene()
    server.edit('tasks', 'a', { title: 'newer' })
    const pulls = server.pulls.length
    expect((await fetch(tasks, { where: { done: false } })).rows).toMatchObject([{ title: 'newer' }])
    expect(await tasks.read('a')).toMatchObject({ title: 'newer' })
    expect(heard('record:changed')).toContainEqual({ collection: 'tasks', id: 'a', source: 'remote' })
    expect(server.pulls.length).toBe(pulls)
  })

  it('stay as they are when the answer is older, and are handed out as they are here', async () => {
    const { tasks, server } = await scene()
    server.edit('tasks', 'a', { title: 'newer' })
    const old = {
      ...server.row('tasks', 'a'),
      revision: '1',
      kind: 'record',
      record: { id: 'a', title: 'old' },
    } as const
    await fetch(tasks)
    server.beforeQuery = () => ({ rows: [old], after: null })
    expect((await fetch(tasks)).rows).toMatchObject([{ title: 'newer' }])
  })

  it('leave when their new version is out of scope, and are handed out all the same', async () => {
    const { tasks, server } = await scene()
    server.edit('tasks', 'a', { done: true })
    expect(ids((await fetch(tasks, { where: { done: true } })).rows)).toEqual(['a', 'x', 'y', 'z'])
    expect(await tasks.read('a')).toBeUndefined()
  })

  it('are not touched where versions cannot be told older from newer', async () => {
    const server = new TestServer()
    server.write('tasks', 'a', { id: 'a', title: 'old' })
    const { tasks, sync } = device(server, { remote: server.queryable({ revisions: 'opaque' }) })
    await sync()
    server.edit('tasks', 'a', { title: 'newer' })
    expect((await fetch(tasks)).rows).toMatchObject([{ title: 'newer' }])
    expect(await tasks.read('a')).toMatchObject({ title: 'old' })
  })
})

describe('writes on their way', () => {
  it('are in the answer: an edit, a deletion, a create that matches', async () => {
    const { tasks, server } = await scene()
    await tasks.create({ id: 'm', title: 'mine', done: true, n: 15 })
    await tasks.create({ id: 'other', title: 'mine', done: false })
    await tasks.update('a', { done: true, n: 25 })
    const { rows } = await fetch(tasks, { where: { done: true }, orderBy: { n: 'asc' } })
    expect(ids(rows)).toEqual(['x', 'm', 'y', 'a', 'z'])
    await tasks.delete('m')
    await tasks.update('a', { done: false })
    expect(ids((await fetch(tasks, { where: { done: true } })).rows)).toEqual(['x', 'y', 'z'])
    await tasks.delete('a')
    expect(ids((await fetch(tasks, {})).rows)).toEqual(['other', 'x', 'y', 'z'])
    expect(server.requests).toEqual([])
  })

  it('keep their value over a newer row, as for every row that comes', async () => {
    const { tasks, server } = await scene()
    await tasks.update('a', { title: 'mine' })
    server.edit('tasks', 'a', { title: 'theirs', n: 7 })
    expect((await fetch(tasks, { where: { done: false } })).rows).toMatchObject([{ title: 'mine', n: 7 }])
    expect(await tasks.read('a')).toMatchObject({ title: 'mine', n: 7 })
  })

  it('are in the count', async () => {
    const { tasks } = await scene()
    expect(await fetchCount(tasks, { where: { done: true } })).toEqual({
      count: 3,
      source: 'remote',
      reason: undefined,
    })
    await tasks.create({ id: 'm', title: 'mine', done: true })
    await tasks.update('a', { done: true })
    expect((await fetchCount(tasks, { where: { done: true } })).count).toBe(5)
    expect((await fetchCount(tasks, { where: { done: false } })).count).toBe(0)
    await tasks.delete('a')
    expect((await fetchCount(tasks)).count).toBe(4)
  })

  it('stand on the page where they belong, and on no other', async () => {
    const { tasks } = await scene()
    await tasks.create({ id: 'm', title: 'mine', done: true, n: 15 })
    await tasks.create({ id: 'last', title: 'mine', done: true, n: 99 })
    const pages: (readonly string[])[] = []
    let after: string | null | undefined
    do {
      const page = await fetch(tasks, { orderBy: { n: 'asc' }, limit: 2, ...(after ? { after } : {}) })
      pages.push(ids(page.rows))
      after = page.after
    } while (after !== null)
    expect(pages).toEqual([
      ['a', 'x'],
      ['m', 'y', 'z', 'last'],
    ])
  })
})

it.each(['ordered', 'opaque'] as const)(
  'a record moved here stands on its new page alone (%s revisions)',
  async (revisions) => {
    const { server } = await scene()
    const { tasks, sync } = device(server, { scope: () => ({ done: false }), remote: server.queryable({ revisions }) })
    await sync()
    await tasks.update('a', { n: 25 })
    const first = await fetch(tasks, { orderBy: { n: 'asc' }, limit: 2 })
    expect(ids(first.rows)).toEqual(['x'])
    expect(ids((await fetch(tasks, { orderBy: { n: 'asc' }, limit: 2, after: first.after ?? '' })).rows)).toEqual([
      'y',
      'a',
      'z',
    ])
  },
)

describe('paging', () => {
  it('asks page by page where the query wants more than a page of the remote has', async () => {
    const { tasks, server } = await scene()
    const remote = server.queryable(withLimits({ pageRows: 2 }))
    const other = device(server, { remote })
    expect(ids((await fetch(other.tasks)).rows)).toEqual(['a', 'x', 'y', 'z'])
    expect(ids((await fetch(other.tasks, { limit: 3 })).rows)).toEqual(['a', 'x', 'y'])
    expect(server.queries.map(({ limit, after }) => [limit, after])).toEqual([
      [2, undefined],
      [2, 'x'],
      [2, undefined],
      [1, 'x'],
    ])
    expect(ids((await fetch(tasks, { limit: 1 })).rows)).toEqual(['a'])
  })

  it('goes on over the rows of this device with a place that was given by it', async () => {
    const { tasks, env } = await scene()
    for (const id of ['b', 'c']) await tasks.create({ id, title: id })
    env.setOnline(false)
    const first = await fetch(tasks, { limit: 2 })
    expect([ids(first.rows), first.source]).toEqual([['a', 'b'], 'local'])
    const after = first.after ?? ''
    expect(await fetch(tasks, { limit: 2, after })).toMatchObject({ rows: [{ id: 'c' }], after: null })
    env.setOnline(true)
    const next = await fetch(tasks, { limit: 2, after })
    expect([ids(next.rows), next.source, next.reason?.code]).toEqual([['c'], 'local', 'SYNC_UNSUPPORTED'])
    await expect(fetch(tasks, { after }, { strategy: 'remoteOnly' })).rejects.toMatchObject({
      code: 'SYNC_UNSUPPORTED',
    })
  })

  it('goes on over the rows of this device where the server went away after a page', async () => {
    const { tasks, env } = await scene()
    for (const id of ['b', 'zz']) await tasks.create({ id, title: id })
    const first = await fetch(tasks, { limit: 2 })
    expect(ids(first.rows)).toEqual(['a', 'b', 'x'])
    env.setOnline(false)
    const next = await fetch(tasks, { limit: 2, after: first.after ?? '' })
    expect([ids(next.rows), next.source]).toEqual([['zz'], 'local'])
  })

  it('ends with a typed failure where the remote leads in circles or answers more than was asked for', async () => {
    const { tasks, server } = await scene()
    const remoteOnly = { strategy: 'remoteOnly' } as const
    server.beforeQuery = () => ({ rows: [], after: 'again' })
    await expect(fetch(tasks, {}, remoteOnly)).rejects.toMatchObject({ code: 'SYNC_PROTOCOL' })
    const row = { ...server.row('tasks', 'x'), kind: 'record', record: { id: 'x' } } as const
    server.beforeQuery = () => ({ rows: [row, row], after: null })
    await expect(fetch(tasks, { limit: 1 }, remoteOnly)).rejects.toMatchObject({ code: 'SYNC_PROTOCOL' })
  })

  it('sends nothing for a limit of 0', async () => {
    const { tasks, server } = await scene()
    expect(await fetch(tasks, { limit: 0 })).toMatchObject({ rows: [], after: null })
    expect(server.queries).toEqual([])
  })
})

describe('what is refused before anything is sent', () => {
  it('is an operator the remote does not declare, by its name', async () => {
    const { server } = await scene()
    const { tasks } = device(server, { remote: server.queryable({ operators: ['eq'] }) })
    const asked = fetch(tasks, { where: { OR: [{ done: true }, { NOT: { n: { gte: 1 } } }] } })
    await expect(asked).rejects.toMatchObject({ code: 'SYNC_UNSUPPORTED', message: expect.stringContaining('"gte"') })
    await expect(fetchCount(tasks, { where: { n: { gte: 1 } } })).rejects.toMatchObject({ code: 'SYNC_UNSUPPORTED' })
    expect(server.queries).toEqual([])
  })

  it.each<[string, object]>([
    ['meta.x', { where: { NOT: { AND: [{ 'meta.x': 1 }] } } }],
    ['meta.y', { orderBy: { 'meta.y': 'asc' } }],
    ['n', { orderBy: { title: 'desc', n: 'asc nulls last' } }],
  ])('is what the contract has no word for: %j', async (field, query) => {
    const { tasks, server } = await scene()
    const refusal = { code: 'SYNC_UNSUPPORTED', message: expect.stringContaining(`"${field}"`) }
    await expect(fetch(tasks, query as never)).rejects.toMatchObject(refusal)
    await expect(fetch(tasks, query as never, { strategy: 'localOnly' })).resolves.toMatchObject({ source: 'local' })
    expect(server.queries).toEqual([])
  })

  it('is asked in the words of the contract otherwise', async () => {
    const { tasks, server } = await scene()
    await fetch(tasks, { orderBy: { n: 'desc' } })
    expect(server.queries[0]).toMatchObject({ order: [{ field: 'n', descending: true }] })
    expect(JSON.stringify(server.queries)).not.toContain('nulls')
  })

  it('is every question to a remote that answers none', async () => {
    const { server } = await scene()
    const { tasks } = device(server, { remote: server.adapter() })
    await expect(fetch(tasks)).rejects.toMatchObject({ code: 'SYNC_UNSUPPORTED' })
  })

  it.each<[string, unknown, unknown]>([
    ['an offset', { offset: 1 }, {}],
    ['relations', { with: {} }, {}],
    ['a query that is none', [], {}],
    ['a where that is none', { where: [] }, {}],
    ['an unknown strategy', {}, { strategy: 'remote' }],
    ['an unknown option', {}, { stragety: 'remoteOnly' }],
    ['a signal that is none', {}, { signal: {} }],
    ['a place that is none', { after: 'x' }, {}],
    ['a place of another type', { after: 7 }, {}],
    ['a place of another order', { after: '[[{"field":"n","descending":true}],null,["a",1]]' }, {}],
    ['a place without its values', { after: '[[],null,[]]' }, {}],
    ['a place that is hostile', { after: '[[],{"__proto__":1},null]' }, {}],
    ['a where that is too deep', { where: deep(60) }, {}],
  ])('is %s', async (_, query, options) => {
    const { tasks, server } = await scene()
    await expect(fetch(tasks, query as never, options as never)).rejects.toMatchObject({ code: 'SYNC_INPUT_INVALID' })
    expect(server.queries).toEqual([])
  })

  it('is anything that is no collection', async () => {
    const { client } = await scene()
    for (const thing of [client, {}, null, 'tasks'])
      await expect(fetch(thing as never)).rejects.toMatchObject({ code: 'SYNC_INPUT_INVALID' })
  })
})

function deep(levels: number): object {
  return levels === 0 ? { done: true } : { NOT: deep(levels - 1) }
}

describe('the call', () => {
  it("has the app's middleware around its requests, and the user", async () => {
    const seen: string[] = []
    const log: SharedPlugin = {
      name: 'log',
      middleware: {
        request: (request, next) => {
          seen.push(request.url)
          return next()
        },
      },
    }
    const env = virtualEnv({ fetch: async () => new Response('') })
    const { tasks, server } = await scene({ use: [log], user: 'ada', env })
    server.beforeQuery = async (_, context) => {
      await context.env.fetch('https://example.test/query')
    }
    await fetch(tasks)
    expect(seen).toEqual(['https://example.test/query'])
    expect(server.contexts.at(-1)).toMatchObject({ user: 'ada', timeoutMs: 30_000 })
  })

  it('renews a sign-in that has run out, once, and goes on', async () => {
    const server = new TestServer()
    server.write('tasks', 'a', { id: 'a', title: 'x' })
    let renewed = 0
    const remote = {
      ...server.queryable(),
      refresh: async () => {
        renewed += 1
        return true
      },
    } satisfies RefreshableRemote
    const { tasks, sync } = device(server, { remote })
    await sync()
    server.beforeQuery = () => (renewed === 0 ? failing('SYNC_AUTH_REQUIRED')() : undefined)
    server.beforePull = () => (renewed === 0 ? failing('SYNC_AUTH_REQUIRED')() : undefined)
    const all = await Promise.all([fetch(tasks), fetchCount(tasks), fetch(tasks)])
    expect(all.map(({ source }) => source)).toEqual(['remote', 'remote', 'remote'])
    expect(renewed).toBe(1)
  })

  it('is signed out where renewing does not help', async () => {
    const server = new TestServer()
    const remote = { ...server.queryable(), refresh: async () => false }
    const { tasks, status } = device(server, { remote })
    server.beforeQuery = failing('SYNC_AUTH_REQUIRED')
    server.beforePull = failing('SYNC_AUTH_REQUIRED')
    const asked = fetch(tasks, {}, { strategy: 'remoteOnly' })
    await expect(asked).rejects.toMatchObject({ code: 'SYNC_AUTH_REQUIRED' })
    expect(status().state).toBe('authRequired')
  })

  it('ends with the signal of the app, and with the client', async () => {
    const { tasks, server, client } = await scene()
    server.beforeQuery = () => never()
    const controller = new AbortController()
    const asked = fetch(tasks, {}, { signal: controller.signal })
    await tasks.read('a')
    controller.abort()
    await expect(asked).rejects.toMatchObject({ code: 'SYNC_ABORTED' })
    const other = fetch(tasks)
    await tasks.read('a')
    await client.dispose()
    await expect(other).rejects.toMatchObject({ code: 'SYNC_CLOSED' })
  })

  it('sets a row aside that cannot be read, and hands out the others', async () => {
    const { tasks, server, heard } = await scene()
    const row = (id: string, record: object) => ({ kind: 'record', collection: 'tasks', id, revision: '1', record })
    server.beforeQuery = () =>
      ({
        rows: [
          row('x', { id: 'x', title: 'x' }),
          row('y', { id: 'other' }),
          { ...row('q', { id: 'q' }), collection: 'notes' },
          row('n', { id: 'n', n: Number.NaN }),
          { kind: 'unreadable', collection: 'tasks', id: 'u', error: { code: 'SYNC_PROTOCOL', message: 'torn' } },
        ],
        after: null,
      }) as never
    expect(ids((await fetch(tasks)).rows)).toEqual(['x'])
    expect(heard('row:unreadable')).toMatchObject([{ id: 'y' }, { id: 'q' }, { id: 'n' }, { id: 'u' }])
  })
})
