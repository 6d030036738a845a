import { describe, expect, it, test } from 'vitest'
import { conflicts, quarantine } from '../../src/inbox/index.ts'
import { createSyncClient, memoryStore, type Plugin, record, SyncError } from '../../src/index.ts'
import { belongsTo, deleteWithRelations, hasMany } from '../../src/relations/index.ts'
import { fetch, watchFetch } from '../../src/remote-query/index.ts'
import { transaction } from '../../src/transactions/index.ts'
import { clear, switchUser } from '../../src/users/index.ts'
import { Accounts } from '../support/accounts.ts'
import { type Device, type DeviceOptions, device } from '../support/device.ts'
import { TestServer } from '../support/server.ts'
import { Disk } from '../support/stores.ts'
import { quiet } from '../support/virtual-env.ts'

const aborted = { code: 'SYNC_ABORTED', retry: 'safe' }

function scene(options: DeviceOptions = {}): Device & { readonly accounts: Accounts } {
  const accounts = new Accounts()
  return { ...device(accounts.of('ann'), { user: 'ann', remote: accounts.adapter(), ...options }), accounts }
}

/** A promise, and what settles it. */
function gate(): { readonly open: () => void; readonly passed: Promise<void> } {
  let open = (): void => {}
  const passed = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, passed }
}

const titles = async ({ tasks }: Pick<Device, 'tasks'>): Promise<readonly string[]> =>
  (await tasks.readAll()).map(({ title }) => title)

describe('what waits for the user who is left', () => {
  it('ends: settled and synchronize with SYNC_ABORTED, remoteFirst with SYNC_OUTCOME_UNKNOWN', async () => {
    const { client, tasks, accounts, sync } = scene()
    accounts.of('ann').beforePull = () => new Promise(() => {})
    await tasks.create({ id: 'a', title: 'of ann' })
    const ends = Promise.allSettled([
      tasks.settled('a'),
      sync(),
      tasks.create({ id: 'r', title: 'remote' }, { strategy: 'remoteFirst' }),
    ])
    await expect.poll(() => tasks.count()).toBe(2)
    await switchUser(client, 'ben')
    expect(await ends).toMatchObject([
      { reason: aborted },
      { reason: aborted },
      { reason: { code: 'SYNC_OUTCOME_UNKNOWN' } },
    ])
  })

  it.each(['sign-out', 'dispose'] as const)(
    'a remoteFirst write that middleware gives back only after %s has one end, and leaves no rejection to nobody',
    async (how) => {
      const unhandled: unknown[] = []
      const hear = (error: unknown): void => void unhandled.push(error)
      process.on('unhandledRejection', hear)
      const { open, passed } = gate()
      const { client, tasks, status } = scene()
      const late = async (_: unknown, next: () => Promise<unknown>): Promise<unknown> => {
        const record = await next()
        await passed
        return record
      }
      client.use({ name: 'late', middleware: { create: late } } as never)
      const written = tasks.create({ id: 'r', title: 'remote' }, { strategy: 'remoteFirst' })
      const ended = expect(written).rejects.toMatchObject({ code: 'SYNC_OUTCOME_UNKNOWN' })
      await expect.poll(() => client.status.getSnapshot() && status().pending).toBe(1)
      await (how === 'dispose' ? client.dispose() : switchUser(client, undefined))
      open()
      await ended
      await quiet()
      process.off('unhandledRejection', hear)
      expect(unhandled).toEqual([])
    },
  )

  it('but iterations and subscriptions go on, with what the other user has', async () => {
    const { client, tasks } = scene()
    await tasks.create({ id: 'a', title: 'of ann' })
    const seen: number[] = []
    const all = (async () => {
      for await (const rows of tasks.watchAll()) seen.push(rows.length)
    })()
    await expect.poll(() => seen).toEqual([1])
    await switchUser(client, 'ben')
    await expect.poll(() => seen).toEqual([1, 0])
    await client.dispose()
    await all
  })

  it('a transaction leaves nothing in either user’s data', async () => {
    const { client, tasks, status } = scene({ store: new Disk() })
    const { open, passed } = gate()
    const running = transaction(
      client,
      async (tx) => {
        await tx.tasks.create({ id: 'a', title: 'half' })
        await passed
        await tx.tasks.create({ id: 'b', title: 'whole' })
      },
      { split: true },
    )
    await tasks.count()
    const ended = expect(running).rejects.toMatchObject(aborted)
    await switchUser(client, 'ben')
    open()
    await ended
    expect(await titles({ tasks })).toEqual([])
    await switchUser(client, 'ann')
    expect(await titles({ tasks })).toEqual([])
    expect(status().writes.accepted).toBe(0)
  })

  it.each(['ben', undefined, 'dispose'] as const)(
    'a deletion in many commits ends with the session (%s): what another user has under the same ids stays',
    async (to) => {
      const store = new Disk()
      const options = {
        collections: {
          projects: { schema: record<{ id: string }>(), relations: { tasks: hasMany('tasks', 'projectId') } },
          tasks: {
            schema: record<{ id: string; projectId: string }>(),
            relations: { project: belongsTo('projects', 'projectId', { onDelete: 'cascade' }) },
          },
        },
        store,
        user: 'ben',
      } as const
      const client = createSyncClient(options)
      const { projects, tasks } = client.collections
      const fill = async (): Promise<void> => {
        await projects.create({ id: 'p' })
        await tasks.createMany(Array.from({ length: 9 }, (_, n) => ({ id: `t${n}`, projectId: 'p' })))
      }
      await fill()
      await switchUser(client, 'ann')
      await fill()
      const leaving: Promise<void>[] = []
      const onProgress = (): void => {
        if (leaving.length === 0) leaving.push(to === 'dispose' ? client.dispose() : switchUser(client, to))
      }
      await expect(deleteWithRelations(projects, 'p', { batch: 2, onProgress })).rejects.toMatchObject({
        code: to === 'dispose' ? 'SYNC_CLOSED' : 'SYNC_ABORTED',
      })
      await Promise.all(leaving)
      await client.dispose()
      const again = createSyncClient(options)
      expect(await again.collections.tasks.count()).toBe(9)
      await switchUser(again, 'ann')
      expect([7, 5]).toContain(await again.collections.tasks.count())
      await again.dispose()
    },
  )

  it.each(['create', 'createMany', 'update', 'delete'] as const)(
    'a %s that middleware still holds is refused, and is in nobody’s data [F65]',
    async (kind) => {
      const { open, passed } = gate()
      let held = 0
      const hold = async (_: unknown, next: () => Promise<unknown>): Promise<unknown> => {
        held += 1
        await passed
        return next()
      }
      const name = kind === 'createMany' ? 'create' : kind
      const plugin = { name: 'slow', middleware: { [name]: hold } } as unknown as Plugin<never>
      const { client, tasks, status } = scene({ store: new Disk() })
      if (kind !== 'create' && kind !== 'createMany') await tasks.create({ id: 'a', title: 'before' })
      client.use(plugin as never)
      await tasks.count()
      const accepted = status().writes.accepted
      const writes = {
        create: () => tasks.create({ id: 'x', title: 'secret' }),
        createMany: () => tasks.createMany([{ id: 'x', title: 'secret' }]),
        update: () => tasks.update('a', { title: 'secret' }),
        delete: () => tasks.delete('a'),
      }
      const ended = expect(writes[kind]()).rejects.toMatchObject(aborted)
      await expect.poll(() => held).toBe(1)
      await switchUser(client, 'ben')
      open()
      await ended
      expect(status()).toMatchObject({ pending: 0, writes: { accepted: 0 } })
      expect(await titles({ tasks })).toEqual([])
      await switchUser(client, 'ann')
      expect(status().writes.accepted).toBe(accepted)
      expect(await titles({ tasks })).toEqual(accepted === 0 ? [] : ['before'])
    },
  )

  it('a write that middleware holds for ever holds up no write of the other user to the same record', async () => {
    const { client, tasks } = scene()
    const remove = client.use({ name: 'stuck', middleware: { create: () => new Promise(() => {}) } } as never)
    void tasks.create({ id: 'a', title: 'never' })
    await tasks.count()
    await switchUser(client, 'ben')
    remove()
    await tasks.create({ id: 'a', title: 'of ben' })
    expect(await titles({ tasks })).toEqual(['of ben'])
  })

  it('what it accepted is stored before the other user is there', async () => {
    const store = new Disk()
    const { client, tasks } = scene({ store })
    await tasks.create({ id: 'a', title: 'first' })
    const update = tasks.update('a', { title: 'second' })
    await tasks.count()
    await tasks.count()
    await switchUser(client, 'ben')
    await update.catch(() => undefined)
    await switchUser(client, 'ann')
    const stored = JSON.stringify([...store.values('u-ann', 'op').values()])
    expect(await titles({ tasks })).toEqual([stored.includes('second') ? 'second' : 'first'])
  })
})

describe('late answers', () => {
  it('of a push land nowhere, and the write is settled when its user is back [F65]', async () => {
    const { client, tasks, accounts, sync, status, told } = scene({ store: new Disk() })
    const { open, passed } = gate()
    const ann = accounts.of('ann')
    // An adapter that ignores the signal.
    ann.afterPush = async () => {
      await passed
    }
    await tasks.create({ id: 'a', title: 'of ann' })
    const ended = expect(sync()).rejects.toMatchObject(aborted)
    await expect.poll(() => ann.effects.length).toBe(1)
    await switchUser(client, 'ben')
    await ended
    const before = told.length
    open()
    await sync()
    expect(status()).toMatchObject({ pending: 0, writes: { accepted: 0, applied: 0 } })
    expect(await titles({ tasks })).toEqual([])
    expect(JSON.stringify(told.slice(before))).not.toContain('"a"')
    ann.afterPush = () => {}
    await switchUser(client, 'ann')
    await sync()
    expect(status()).toMatchObject({ pending: 0, writes: { accepted: 1, applied: 1 } })
    expect(ann.effects).toHaveLength(1)
    expect(ann.sent.map(({ resend }) => resend)).toEqual([false, true])
  })

  it('of a pull land nowhere [F65]', async () => {
    const { client, tasks, accounts, sync } = scene({ store: new Disk() })
    const { open, passed } = gate()
    const ann = accounts.of('ann')
    ann.write('tasks', 'a', { id: 'a', title: 'of ann' })
    ann.afterPull = async () => {
      await passed
    }
    const ended = expect(sync()).rejects.toMatchObject(aborted)
    await expect.poll(() => ann.pulls.length).toBe(1)
    await switchUser(client, 'ben')
    await ended
    open()
    await sync()
    expect(await titles({ tasks })).toEqual([])
  })

  it('no retry of the one who is left is sent while it sleeps, nor after [F65]', async () => {
    const { client, tasks, accounts, env } = scene({ sync: 'auto' })
    const ann = accounts.of('ann')
    ann.beforePush = () => {
      throw new SyncError('SYNC_NETWORK')
    }
    await tasks.create({ id: 'a', title: 'of ann' })
    await env.advance(100)
    const tries = ann.requests.length
    expect(tries).toBeGreaterThan(0)
    await switchUser(client, 'ben')
    await env.advance(3_600_000)
    expect(ann.requests).toHaveLength(tries)
    expect(accounts.of('ben').requests).toEqual([])
    ann.beforePush = () => {}
    await switchUser(client, 'ann')
    await env.advance(5000)
    expect(ann.record('tasks', 'a')).toMatchObject({ title: 'of ann' })
  })

  it('of a resolver decide nothing', async () => {
    const { open, passed } = gate()
    let asked = 0
    const { client, tasks, accounts, sync, status } = scene({
      store: new Disk(),
      resolver: async (): Promise<'remote'> => {
        asked += 1
        if (asked === 1) await passed
        return 'remote'
      },
    })
    const ann = accounts.of('ann')
    ann.write('tasks', 'a', { id: 'a', title: 'base' })
    await sync()
    await tasks.update('a', { title: 'mine' })
    ann.edit('tasks', 'a', { title: 'theirs' })
    await sync()
    expect(asked).toBe(1)
    await switchUser(client, 'ben')
    open()
    await sync()
    expect(status()).toMatchObject({ pending: 0, writes: { accepted: 0 } })
    await switchUser(client, 'ann')
    await client.start()
    await expect.poll(() => asked).toBe(2)
    await expect.poll(() => titles({ tasks })).toEqual(['theirs'])
  })

  it('nor does a clear() that a switch overtakes start the old session again', async () => {
    const { client, accounts, env, tasks } = scene({ sync: 'auto' })
    await tasks.count()
    await env.advance(2000)
    const cleared = clear(client).catch(({ code }) => code)
    await switchUser(client, 'ben')
    await cleared
    const { length } = accounts.of('ann').calls
    await env.advance(3_600_000)
    expect(accounts.of('ann').calls).toHaveLength(length)
    expect(accounts.of('ann').subscribers).toBe(0)
  })

  it('of a conflict or a refused write that is decided too late do nothing to the other user', async () => {
    const { client, tasks, accounts, sync } = scene({ store: new Disk() })
    const ann = accounts.of('ann')
    ann.write('tasks', 'a', { id: 'a', title: 'base' })
    ann.write('tasks', 'f', { id: 'f', title: 'base' })
    await sync()
    await tasks.update('a', { title: 'mine' })
    await tasks.update('f', { forbidden: true })
    ann.write('tasks', 'a', null)
    await sync()
    const [[conflict], [dead]] = [conflicts(client).getSnapshot() ?? [], quarantine(client).getSnapshot() ?? []]
    if (!conflict || !dead) throw new Error('nothing is parked or quarantined')
    const late = Promise.allSettled([
      conflicts(client).resolve(conflict.id, 'local'),
      quarantine(client).requeue(dead.id, { title: 'secret', forbidden: false }),
      quarantine(client).discard(dead.id),
    ])
    await switchUser(client, 'ben')
    await late
    await expect(conflicts(client).resolve(conflict.id, 'local')).rejects.toMatchObject({ code: 'SYNC_NOT_FOUND' })
    await expect(quarantine(client).requeue(dead.id)).rejects.toMatchObject({ code: 'SYNC_NOT_FOUND' })
    await sync()
    expect(accounts.of('ben').sent).toEqual([])
    expect(await titles({ tasks })).toEqual([])
  })
})

describe('questions to the server', () => {
  const two = () => {
    const servers = { ann: new TestServer(), ben: new TestServer() } as Record<string, TestServer>
    const of = (user: string): ReturnType<TestServer['queryable']> => (servers[user] as TestServer).queryable()
    const inner = of('ann')
    const remote = {
      ...inner,
      pull: (request: never, context: { readonly user: string }) => of(context.user).pull(request, context as never),
      query: (request: never, context: { readonly user: string }) => of(context.user).query(request, context as never),
      count: (request: never, context: { readonly user: string }) => of(context.user).count(request, context as never),
    } as unknown as typeof inner
    servers['ann']?.write('tasks', 'a', { id: 'a', title: 'of ann' })
    servers['ben']?.write('tasks', 'b', { id: 'b', title: 'of ben' })
    return { servers, device: device(servers['ann'] as TestServer, { user: 'ann', remote }) }
  }

  it('of the one who is left end, name no other user on their next page, and bring nothing in', async () => {
    const {
      servers,
      device: { client, tasks },
    } = two()
    const ann = servers['ann'] as TestServer
    for (let n = 0; n < 12; n += 1) ann.write('tasks', `t${n}`, { id: `t${n}`, title: `of ann ${n}` })
    const { open, passed } = gate()
    ann.beforeQuery = async () => {
      await passed
    }
    const ended = expect(fetch(tasks, {}, { strategy: 'remoteOnly' })).rejects.toMatchObject(aborted)
    await expect.poll(() => ann.queries.length).toBe(1)
    await switchUser(client, 'ben')
    open()
    await ended
    expect(servers['ben']?.queries).toEqual([])
    expect(await titles({ tasks })).toEqual([])
    const { rows } = await fetch(tasks)
    expect(rows).toMatchObject([{ title: 'of ben' }])
  })

  it('a live list shows nothing that the other user was given, followed or not, and asks anew', async () => {
    const {
      servers,
      device: { client, tasks },
    } = two()
    const list = watchFetch(tasks)
    const seen: string[] = []
    const end = list.subscribe(({ rows, state }) => seen.push([state, ...rows.map(({ title }) => title)].join(' ')))
    await expect.poll(() => seen.at(-1)).toBe('ready of ann')
    const before = seen.length
    await switchUser(client, 'ben')
    await expect.poll(() => seen.at(-1)).toBe('ready of ben')
    expect(seen.slice(before).join()).not.toContain('ann')
    end()
    await switchUser(client, 'ann')
    expect(list.getSnapshot()).toMatchObject({ rows: [], state: 'loading' })
    await switchUser(client, undefined)
    const queries = servers['ann']?.queries.length
    await list.refresh()
    expect(list.getSnapshot()).toMatchObject({ rows: [], state: 'failed', error: { code: 'SYNC_AUTH_REQUIRED' } })
    await expect(fetch(tasks, {}, { strategy: 'remoteOnly' })).rejects.toMatchObject({ code: 'SYNC_AUTH_REQUIRED' })
    expect(servers['ann']?.queries).toHaveLength(queries ?? -1)
  })
})

test('dispose during a switch ends it, leaves nothing open, and no timer', async () => {
  const memory = memoryStore()
  const open = new Set<string>()
  const { open: entered, passed } = gate()
  const store = {
    ...memory,
    open: async (spec: Parameters<typeof memory.open>[0]) => {
      if (spec.namespace === 'u-ben') await passed
      const opened = await memory.open(spec)
      open.add(spec.namespace)
      const close = async (): Promise<void> => {
        open.delete(spec.namespace)
        await opened.close()
      }
      return { ...opened, close }
    },
  }
  const { client, tasks, env, accounts } = scene({ store, sync: 'auto' })
  await tasks.count()
  await env.advance(2000)
  const ended = expect(switchUser(client, 'ben')).rejects.toMatchObject({ code: 'SYNC_CLOSED' })
  await expect.poll(() => open.size).toBe(0)
  const disposed = client.dispose()
  entered()
  await disposed
  await ended
  expect([...open]).toEqual([])
  expect(env.timers()).toBe(0)
  expect(accounts.of('ben').calls).toEqual([])
})

test('a switch before the first store is open takes its turn', async () => {
  const { client, tasks, accounts, sync } = scene()
  accounts.of('ben').write('tasks', 'b', { id: 'b', title: 'of ben' })
  const first = tasks.readAll()
  await switchUser(client, 'ben')
  expect(await first).toEqual([])
  await sync()
  expect(await titles({ tasks })).toEqual(['of ben'])
  expect(accounts.of('ann').calls).toEqual([])
})
