import { describe, expect, it, test } from 'vitest'
import { createSyncClient, type LocalStore, memoryStore, record, SyncError } from '../../src/index.ts'
import { watchCount, watchPage } from '../../src/pages/index.ts'
import { keepLocal, switchUser } from '../../src/users/index.ts'
import { Accounts } from '../support/accounts.ts'
import { type Device, device } from '../support/device.ts'
import { Disk, wrapStore } from '../support/stores.ts'

const titles = async ({ tasks }: Pick<Device, 'tasks'>): Promise<readonly string[]> =>
  (await tasks.readAll()).map(({ title }) => title)

const refused = { code: 'SYNC_AUTH_REQUIRED', retry: 'afterAuth' }

describe('switchUser', () => {
  it('shows the other user’s data through the same collections and Watches, without a moment of mixed data [F65]', async () => {
    const { tasks, client } = device(new Accounts().of('ann'), { user: 'ann' })
    await tasks.create({ id: 'a', title: 'of ann' })
    const seen: (readonly string[])[] = []
    tasks.watchAll().subscribe((rows) => seen.push(rows.map(({ title }) => title)))
    await switchUser(client, 'ben')
    expect(await titles({ tasks })).toEqual([])
    await tasks.create({ id: 'b', title: 'of ben' })
    await switchUser(client, 'ann')
    expect(await titles({ tasks })).toEqual(['of ann'])
    await switchUser(client, 'ben')
    await switchUser(client, undefined)
    expect(await titles({ tasks })).toEqual([])
    expect(seen).toEqual([['of ann'], [], ['of ben'], ['of ann'], ['of ben'], []])
  })

  it('moves every kind of Watch, followed or not', async () => {
    const { tasks, client } = device(new Accounts().of(''), { user: 'ann' })
    await tasks.create({ id: 'a', title: 'of ann', n: 1 })
    await tasks.create({ id: 'x', title: 'of ann', n: 2 })
    const watches = {
      all: tasks.watchAll(),
      one: tasks.watchById('a'),
      query: tasks.watchQuery({ where: { n: { gt: 1 } }, orderBy: { n: 'desc' } }),
      count: watchCount(tasks, {}),
      page: watchPage(tasks, { orderBy: { title: 'asc' }, limit: 1 }),
    }
    const told = new Map<string, unknown>()
    watches.count.subscribe((count) => told.set('count', count))
    watches.one.subscribe((row) => told.set('one', row))
    const shown = (): unknown => Object.values(watches).map((watch) => watch.getSnapshot())
    expect(JSON.stringify(shown())).toContain('of ann')
    await switchUser(client, 'ben')
    expect(shown()).toEqual([[], null, [], 0, { rows: [], after: null }])
    expect([...told]).toEqual([
      ['count', 0],
      ['one', null],
    ])
    await switchUser(client, 'ann')
    expect(watches.query.getSnapshot()).toMatchObject([{ id: 'x' }])
    expect(told.get('one')).toMatchObject({ title: 'of ann' })
  })

  it('names the session’s user in every call, and sends nobody else’s writes [F65]', async () => {
    const accounts = new Accounts()
    const { client, tasks, sync, status } = device(accounts.of('ann'), { user: 'ann', remote: accounts.adapter() })
    await tasks.create({ id: 'a', title: 'of ann' })
    await switchUser(client, 'ben')
    expect(status()).toMatchObject({ pending: 0, writes: { accepted: 0 } })
    await sync()
    expect(accounts.of('ben').sent).toEqual([])
    expect(accounts.of('ann').calls).toEqual([])
    await switchUser(client, 'ann')
    expect(status()).toMatchObject({ pending: 1, writes: { accepted: 1 } })
    await sync()
    expect(accounts.of('ann').record('tasks', 'a')).toMatchObject({ title: 'of ann' })
    expect(accounts.of('ann').contexts.every(({ user }) => user === 'ann')).toBe(true)
    expect(accounts.of('ben').contexts.every(({ user }) => user === 'ben')).toBe(true)
  })

  it('closes the live channel of the one who is left, and opens one for the other [F83]', async () => {
    const accounts = new Accounts()
    const { client, env } = device(accounts.of('ann'), { user: 'ann', sync: 'auto', remote: accounts.adapter() })
    await client.start()
    await env.advance(2000)
    expect(accounts.of('ann').subscribers).toBe(1)
    await switchUser(client, 'ben')
    await env.advance(2000)
    expect([accounts.of('ann').subscribers, accounts.of('ben').subscribers]).toEqual([0, 1])
    await switchUser(client, undefined)
    await env.advance(3_600_000)
    expect([accounts.of('ann').subscribers, accounts.of('ben').subscribers]).toEqual([0, 0])
    const { calls } = accounts
    await env.advance(3_600_000)
    expect(accounts.calls).toBe(calls)
  })

  it('is a first use', async () => {
    const accounts = new Accounts()
    accounts.of('ben').write('tasks', 'b', { id: 'b', title: 'of ben' })
    const { client, tasks, sync } = device(accounts.of('ann'), { user: 'ann', remote: accounts.adapter() })
    await switchUser(client, 'ben')
    await sync()
    expect(await titles({ tasks })).toEqual(['of ben'])
    expect(accounts.of('ann').calls).toEqual([])
  })

  it.each([
    ['auto', 'synced', ['synced', 'paused']],
    ['manual', 'paused', ['synced', 'paused']],
  ] as const)('goes on as the client was, with sync %s', async (sync, first, [started, stopped]) => {
    const accounts = new Accounts()
    const { client, env, status } = device(accounts.of('ann'), { user: 'ann', sync, remote: accounts.adapter() })
    await switchUser(client, 'ben')
    await env.advance(5000)
    expect(status().state).toBe(first)
    await client.start()
    await switchUser(client, 'ann')
    await switchUser(client, undefined)
    await switchUser(client, 'cleo')
    await env.advance(5000)
    expect(status().state).toBe(started)
    await client.stop()
    await switchUser(client, 'ben')
    await env.advance(5000)
    expect(status().state).toBe(stopped)
  })

  it('resumes for the same user: what waited after a sign-out is sent, and nothing was let go [F69]', async () => {
    const accounts = new Accounts()
    const ann = accounts.of('ann')
    const { client, tasks, env, status } = device(ann, { user: 'ann', sync: 'auto', remote: accounts.adapter() })
    ann.beforePull = () => {
      throw new SyncError('SYNC_AUTH_REQUIRED')
    }
    await tasks.create({ id: 'a', title: 'waits' })
    await env.advance(5000)
    expect(status()).toMatchObject({ state: 'authRequired', pending: 1 })
    const calls = ann.calls.length
    await env.advance(3_600_000)
    expect(ann.calls).toHaveLength(calls)
    const settled = tasks.settled('a')
    ann.beforePull = () => {}
    await switchUser(client, 'ann')
    await env.advance(5000)
    expect(status()).toMatchObject({ state: 'synced', pending: 0 })
    expect(await settled).toMatchObject({ state: 'applied' })
  })
})

describe('while nobody is signed in', () => {
  it('reads find nothing, writes are refused, nothing is sent, and the status says why [F65]', async () => {
    const accounts = new Accounts()
    const store = new Disk()
    const { client, tasks, sync, status, env } = device(accounts.of('ann'), {
      user: 'ann',
      store,
      remote: accounts.adapter(),
    })
    await tasks.create({ id: 'a', title: 'of ann' })
    await switchUser(client, undefined)
    expect(await titles({ tasks })).toEqual([])
    expect(await tasks.read('a')).toBeUndefined()
    for (const write of [
      () => tasks.create({ title: 'lost?' }),
      () => tasks.create({ title: 'lost?' }, { strategy: 'remoteFirst' }),
      () => tasks.createMany([{ title: 'lost?' }]),
      () => tasks.save({ id: 'a', title: 'lost?' }),
      () => tasks.delete('a'),
      () => tasks.settled('a'),
      sync,
    ]) {
      await expect(write()).rejects.toMatchObject(refused)
    }
    await client.start()
    await env.advance(3_600_000)
    expect(accounts.calls).toBe(0)
    expect(status()).toMatchObject({ state: 'authRequired', pending: 0, durability: 'none', error: refused })
    expect(store.values('u-', 'meta').size).toBe(0)
    await switchUser(client, undefined)
    expect(status().state).toBe('authRequired')
    await switchUser(client, 'ann')
    expect(await titles({ tasks })).toEqual(['of ann'])
    expect(status()).toMatchObject({ pending: 1 })
  })

  it('start() and stop() hold for the next user, and change nothing else', async () => {
    const accounts = new Accounts()
    const { client, status, env } = device(accounts.of('ann'), { user: 'ann', remote: accounts.adapter() })
    for (const [call, state] of [
      ['start', 'synced'],
      ['stop', 'paused'],
      ['start', 'synced'],
    ] as const) {
      await switchUser(client, undefined)
      await client[call]()
      await env.advance(5000)
      expect(status()).toMatchObject({ state: 'authRequired', error: refused })
      await switchUser(client, 'ben')
      await env.advance(5000)
      expect(status().state).toBe(state)
    }
  })

  it('pause() and resume() are refused, as there is nobody whom it could be kept for', async () => {
    const { client, status } = device(new Accounts().of('ann'), { user: 'ann' })
    await switchUser(client, undefined)
    await expect(client.pause()).rejects.toMatchObject(refused)
    await expect(client.resume()).rejects.toMatchObject(refused)
    expect(status()).toMatchObject({ state: 'authRequired', error: refused })
  })

  it('a local-only client refuses writes too', async () => {
    const client = createSyncClient({ collections: { notes: record<{ id: string }>() }, user: 'ann' })
    await client.collections.notes.create({ id: 'a' })
    await switchUser(client, undefined)
    await expect(client.collections.notes.create({ id: 'b' })).rejects.toMatchObject(refused)
    await switchUser(client, 'ann')
    expect(await client.collections.notes.readAll()).toEqual([{ id: 'a' }])
    await client.dispose()
  })
})

it('a switch while the first user’s store fails to open leaves one session, the other user’s, whoever uses the client then', async () => {
  const disk = new Disk()
  let fail = (): void => {}
  const failed = new Promise<never>((_resolve, reject) => {
    fail = () => reject(new SyncError('SYNC_STORE_FAILED'))
  })
  let opens = 0
  const open: LocalStore['open'] = async (spec) => {
    opens += 1
    return opens === 1 ? failed : disk.open(spec)
  }
  const store: LocalStore = {
    name: 'failing',
    capabilities: disk.capabilities,
    open,
    destroy: (name) => disk.destroy(name),
  }
  const accounts = new Accounts()
  for (const user of ['ann', 'ben']) accounts.of(user).write('tasks', user, { id: user, title: `of ${user}` })
  const remote = accounts.adapter()
  const { client, tasks, env } = device(accounts.of('ann'), { user: 'ann', store, remote, sync: 'auto' })
  const first = expect(tasks.readAll()).rejects.toMatchObject({ code: 'SYNC_STORE_FAILED' })
  const switched = switchUser(client, 'ben')
  fail()
  await first
  await Promise.all([tasks.readAll(), switched])
  await env.advance(5000)
  expect(await titles({ tasks })).toEqual(['of ben'])
  expect(accounts.of('ann').calls).toEqual([])
  await client.dispose()
  expect([accounts.of('ann').subscribers, accounts.of('ben').subscribers, env.timers()]).toEqual([0, 0, 0])
})

describe('a switch that cannot be done', () => {
  it.each([
    ['number', 7],
    ['null', null],
    ['NUL', 'a\0b'],
    ['half a character', 'a\ud800'],
    ['too long', 'a'.repeat(1025)],
    ['an object', { toString: () => 'ann' }],
  ])('is refused for a name that is %s, and changes nothing', async (_, name) => {
    const { client, tasks } = device(new Accounts().of(''), { user: 'ann' })
    await tasks.create({ id: 'a', title: 'of ann' })
    await expect(switchUser(client, name as never)).rejects.toMatchObject({ code: 'SYNC_INPUT_INVALID' })
    expect(await titles({ tasks })).toEqual(['of ann'])
  })

  it.each([{}, null, 'keepLocal', () => keepLocal(), { name: 'mine', prepare: 1 }])(
    'is refused for the strategy %j',
    async (how) => {
      const { client } = device(new Accounts().of(''), { user: 'ann' })
      await expect(switchUser(client, 'ben', how as never)).rejects.toMatchObject({ code: 'SYNC_INPUT_INVALID' })
    },
  )

  it('is refused for what is no client, and for one that is disposed', async () => {
    await expect(switchUser({} as never, 'ben')).rejects.toMatchObject({ code: 'SYNC_INPUT_INVALID' })
    const { client } = device(new Accounts().of(''), { user: 'ann' })
    await client.dispose()
    await expect(switchUser(client, 'ben')).rejects.toMatchObject({ code: 'SYNC_CLOSED' })
  })

  it.each(['__proto__', 'constructor', '../up', 'Ann Ö. 😀', 'u-ann', ' '])(
    'takes the strange name %j',
    async (name) => {
      const { client, tasks } = device(new Accounts().of(''), { user: 'ann', store: new Disk() })
      await tasks.create({ id: 'a', title: 'of ann' })
      await switchUser(client, name)
      expect(await titles({ tasks })).toEqual([])
      await tasks.create({ id: 'b', title: 'mine' })
      await switchUser(client, 'ann')
      await switchUser(client, name)
      expect(await titles({ tasks })).toEqual(['mine'])
    },
  )

  it('leaves nobody signed in where the store does not open, and the next one mends it', async () => {
    const accounts = new Accounts()
    const disk = new Disk()
    let fails = true
    const store = {
      ...wrapStore(disk),
      open: async (spec: Parameters<Disk['open']>[0]) => {
        if (fails && spec.namespace === 'u-ben') throw new SyncError('SYNC_STORE_LOCKED')
        return disk.open(spec)
      },
    }
    const { client, tasks, env, status } = device(accounts.of('ann'), {
      user: 'ann',
      store,
      sync: 'auto',
      remote: accounts.adapter(),
    })
    await tasks.create({ id: 'a', title: 'of ann' })
    await expect(switchUser(client, 'ben')).rejects.toMatchObject({ code: 'SYNC_STORE_LOCKED' })
    expect(await titles({ tasks })).toEqual([])
    await expect(tasks.create({ title: 'whose?' })).rejects.toMatchObject(refused)
    expect(status().state).toBe('authRequired')
    fails = false
    await switchUser(client, 'ben')
    await env.advance(5000)
    expect(status().state).toBe('synced')
    await switchUser(client, 'ann')
    expect(await titles({ tasks })).toEqual(['of ann'])
  })

  it('shows nothing of a namespace that fails in its first commit, after its rows were read', async () => {
    const disk = new Disk()
    const open = await disk.open({ namespace: 'u-ben' })
    // Without marks, so that there is something to commit.
    const value = { revision: '1', record: { id: 'b', title: 'of ben' }, v: 1 }
    await open.commit([{ table: 'base', key: 'tasks/b', value }], 0)
    await open.close()
    const store = wrapStore(disk)
    const { client, tasks, heard } = device(new Accounts().of(''), { user: 'ann', store })
    await titles({ tasks })
    store.beforeCommit = () => {
      throw new SyncError('SYNC_STORE_FULL')
    }
    const seen: number[] = []
    tasks.watchAll().subscribe((rows) => seen.push(rows.length))
    await expect(switchUser(client, 'ben')).rejects.toMatchObject({ code: 'SYNC_STORE_FULL' })
    // It came, and left again.
    expect(heard('record:changed')).toMatchObject([{ id: 'b' }, { id: 'b' }])
    expect(await titles({ tasks })).toEqual([])
    expect(seen.every((rows) => rows === 0)).toBe(true)
    store.beforeCommit = () => {}
    await switchUser(client, 'ben')
    expect(await titles({ tasks })).toEqual(['of ben'])
  })

  it('refuses a namespace that another user’s name is in', async () => {
    const disk = new Disk()
    const open = await disk.open({ namespace: 'u-ben' })
    await open.commit([{ table: 'meta', key: 'user', value: 'eve' }], 0)
    await open.close()
    const { client, tasks } = device(new Accounts().of(''), { user: 'ann', store: disk })
    await tasks.create({ id: 'a', title: 'of ann' })
    await expect(switchUser(client, 'ben')).rejects.toMatchObject({ code: 'SYNC_USER_MISMATCH' })
    await switchUser(client, 'ann')
    expect(await titles({ tasks })).toEqual(['of ann'])
  })

  it('ends well for the one who is left where their own store fails to close', async () => {
    const store = memoryStore()
    const failing = {
      ...store,
      open: async (spec: Parameters<typeof store.open>[0]) => {
        const open = await store.open(spec)
        const close = async (): Promise<void> => {
          await open.close()
          throw new SyncError('SYNC_STORE_FAILED')
        }
        return { ...open, ...(spec.namespace === 'u-ann' ? { close } : {}) }
      },
    }
    const client = createSyncClient({ collections: { notes: record<{ id: string }>() }, user: 'ann', store: failing })
    await client.collections.notes.create({ id: 'a' })
    await expect(switchUser(client, 'ben')).rejects.toMatchObject({ code: 'SYNC_STORE_FAILED' })
    expect(await client.collections.notes.readAll()).toEqual([])
    await switchUser(client, 'ben')
    await client.dispose()
  })
})

test('several switches at once end in the last one, and no write of theirs ends in another’s data [F65]', async () => {
  const accounts = new Accounts()
  const { client, tasks, sync } = device(accounts.of('ann'), { user: 'ann', remote: accounts.adapter() })
  const create = (user: string): Promise<unknown> =>
    tasks.create({ id: user, title: user }).catch(({ code }: SyncError) => code)
  const [first, , second, , third, , last] = await Promise.all([
    create('ann'),
    switchUser(client, 'ben'),
    create('ben'),
    switchUser(client, undefined),
    create('nobody'),
    switchUser(client, 'cleo'),
    create('cleo'),
  ])
  // Not yet accepted when the next switch came.
  expect([first, second, third]).toEqual(['SYNC_ABORTED', 'SYNC_ABORTED', 'SYNC_AUTH_REQUIRED'])
  expect(last).toMatchObject({ title: 'cleo' })
  for (const user of ['cleo', 'ben', 'ann']) {
    await switchUser(client, user)
    await sync()
    expect(Object.keys(accounts.of(user).all('tasks'))).toEqual(user === 'cleo' ? ['cleo'] : [])
  }
})
