import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createSyncClient, record, SyncError } from '../../src/index.ts'
import { transaction } from '../../src/transactions/index.ts'
import { type Device, type DeviceOptions, device } from '../support/device.ts'
import { never, TestServer, withLimits } from '../support/server.ts'
import { Disk, wrapStore } from '../support/stores.ts'
import { quiet, until } from '../support/virtual-env.ts'

/** A device whose remote takes atomic requests; nothing is sent unless the test says so. */
export function batchDevice(options: DeviceOptions = {}): Device & { readonly server: TestServer } {
  const server = new TestServer()
  return { ...device(server, { remote: server.adapter({ atomicity: 'batch' }), ...options }), server }
}

const all = async ({ tasks }: Device): Promise<readonly string[]> => (await tasks.readAll()).map(({ id }) => id)

describe('a transaction', () => {
  it('writes several collections and gives back what its function returns', async () => {
    const { client, tasks, notes } = batchDevice()
    const made = await transaction(client, async (tx) => {
      const task = await tx.tasks.create({ title: 'a' })
      await tx.notes.create({ id: 'n', body: task.id })
      return task
    })
    expect(await tasks.read(made.id)).toEqual({ id: made.id, title: 'a' })
    expect(await notes.read('n')).toEqual({ id: 'n', body: made.id })
  })

  it('is one commit of the store [F21]', async () => {
    const store = wrapStore()
    const { client, tasks } = batchDevice({ store })
    await tasks.readAll()
    const before = store.commits.length
    await transaction(client, async (tx) => {
      await tx.tasks.create({ id: 'a', title: 'a' })
      await tx.notes.create({ id: 'n', body: 'b' })
    })
    const written = store.commits.slice(before).map((entries) => entries.filter(({ table }) => table === 'op').length)
    expect(written).toEqual([2])
  })

  it('that is overtaken and taken back at the same moment is taken back, whichever is noticed first', async () => {
    const ends = new Set<unknown>()
    for (let turns = 0; turns < 60; turns += 1) {
      const { client, tasks } = batchDevice()
      await tasks.create({ id: 'a', title: 'a' })
      const over = new AbortController()
      const run = async (tx: { readonly tasks: Pick<Device['tasks'], 'update'> }): Promise<unknown> =>
        tx.tasks.update('a', { n: 1 })
      const end = transaction(client, run as never, { signal: over.signal }).then(
        () => 'done',
        (error: unknown) => (error instanceof SyncError ? error.code : error),
      )
      const other = tasks.update('a', { n: 2 })
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve()
      over.abort()
      ends.add(await end)
      await other
    }
    expect([...ends].map(String).sort()).toEqual(['SYNC_ABORTED', 'done'])
  })

  it('sees its own writes, which nobody else sees before its end', async () => {
    const { client, tasks } = batchDevice()
    await tasks.create({ id: 'a', title: 'a', n: 1 })
    await transaction(client, async (tx) => {
      await tx.tasks.update('a', { n: 2 })
      await tx.tasks.update('a', (draft) => {
        draft.n = (draft.n ?? 0) + 1
      })
      await tx.tasks.create({ id: 'b', title: 'b', n: 9 })
      expect(await tx.tasks.read('a')).toMatchObject({ n: 3 })
      expect(await tx.tasks.query({ where: { n: { gte: 3 } }, orderBy: { n: 'desc' } })).toMatchObject([
        { id: 'b' },
        { id: 'a' },
      ])
      expect(await tx.tasks.query({ where: { n: 1 } })).toEqual([])
      expect(await tasks.read('a')).toMatchObject({ n: 1 })
      expect(await tasks.read('b')).toBeUndefined()
    })
    expect(await tasks.query({ orderBy: { n: 'asc' } })).toMatchObject([{ n: 3 }, { n: 9 }])
  })

  it('makes one operation of a record, whatever it does to it', async () => {
    const { client, tasks, status } = batchDevice()
    await tasks.create({ id: 'a', title: 'a' })
    await transaction(client, async (tx) => {
      await tx.tasks.update('a', { n: 1 })
      await tx.tasks.update('a', { n: 2 })
      await tx.tasks.create({ id: 'gone', title: 'x' })
      await tx.tasks.delete('gone')
      await tx.tasks.create({ id: 'b', title: 'b' })
    })
    expect(status().writes.accepted).toBe(3)
  })

  it('leaves no trace when its function throws, or the store does', async () => {
    const store = wrapStore()
    const made = batchDevice({ store })
    await made.tasks.create({ id: 'a', title: 'a' })
    const mine = new Error('no')
    const torn = transaction(made.client, async (tx) => {
      await tx.tasks.update('a', { title: 'b' })
      await tx.notes.create({ id: 'n', body: '' })
      throw mine
    })
    await expect(torn).rejects.toBe(mine)
    store.beforeCommit = () => {
      throw new SyncError('SYNC_STORE_FULL')
    }
    const full = transaction(made.client, async (tx) => {
      await tx.tasks.update('a', { title: 'b' })
      await tx.notes.create({ id: 'n', body: '' })
    })
    await expect(full).rejects.toMatchObject({ code: 'SYNC_STORE_FULL' })
    expect(await made.tasks.readAll()).toEqual([{ id: 'a', title: 'a' }])
    expect(await made.notes.readAll()).toEqual([])
    expect(made.status()).toMatchObject({ pending: 1, writes: { accepted: 1 } })
  })

  it('a new app over the store finds all of it or nothing, wherever the old one was cut off', async () => {
    for (const cut of [0, 1, 2, 3]) {
      const disk = new Disk()
      const store = wrapStore(disk)
      let commits = 0
      store.beforeCommit = () => {
        commits += 1
        if (commits > cut) throw new SyncError('SYNC_STORE_FAILED')
      }
      const first = batchDevice({ store })
      const run = async (ids: readonly string[]): Promise<unknown> =>
        transaction(first.client, async (tx) => {
          for (const id of ids) await tx.tasks.create({ id, title: id })
        }).catch(() => undefined)
      await run(['a1', 'a2', 'a3'])
      await run(['b1', 'b2'])
      await first.client.dispose()
      const ids = await all(device(first.server, { store: disk }))
      expect([[], ['a1', 'a2', 'a3'], ['a1', 'a2', 'a3', 'b1', 'b2']]).toContainEqual(ids)
      expect(ids.length).toBe([0, 0, 3, 5][cut])
    }
  })

  it('runs schemas and middleware as single writes do', async () => {
    const told: string[] = []
    const middleware = {
      create: async (operation: never, next: () => Promise<unknown>) => {
        told.push(`create ${(operation as { record: { id: string } }).record.id}`)
        return next()
      },
      update: async (operation: never, next: (changed?: never) => Promise<unknown>) => {
        const { change } = operation as { change: object }
        return next({ ...(operation as object), change: { ...change, stamp: 7 } } as never)
      },
      delete: async () => {
        throw new SyncError('SYNC_INPUT_INVALID', { message: 'nothing is deleted here' })
      },
    }
    const tasks = z.object({
      id: z.string(),
      title: z.string().min(2),
      n: z.number().default(4),
      stamp: z.number().optional(),
    })
    const client = createSyncClient({
      collections: { tasks },
      use: [{ name: 'look', middleware: middleware as never }],
    })
    await transaction(client, async (tx) => {
      expect(await tx.tasks.create({ id: 'a', title: 'aa' })).toEqual({ id: 'a', title: 'aa', n: 4 })
      await expect(tx.tasks.create({ id: 'b', title: 'b' })).rejects.toMatchObject({ code: 'SYNC_INPUT_INVALID' })
      expect(await tx.tasks.update('a', { n: 5 })).toMatchObject({ stamp: 7 })
      await expect(tx.tasks.delete('a')).rejects.toThrow('nothing is deleted here')
    })
    expect(told).toEqual(['create a'])
    expect(await client.collections.tasks.readAll()).toEqual([{ id: 'a', title: 'aa', n: 5, stamp: 7 }])
    await client.dispose()
  })
})

describe('a transaction and the writes of others', () => {
  it('is run again when a record it read was changed', async () => {
    const { client, tasks } = batchDevice()
    await tasks.create({ id: 'a', title: 'a', n: 1 })
    const seen: (number | undefined)[] = []
    await transaction(client, async (tx) => {
      const n = (await tx.tasks.read('a'))?.n ?? 0
      seen.push(n)
      if (seen.length === 1) await tasks.update('a', { n: 10 })
      await tx.tasks.create({ id: `b${n}`, title: 'b', n: n + 1 })
    })
    expect(seen).toEqual([1, 10])
    expect(await tasks.readAll()).toMatchObject([{ id: 'a' }, { id: 'b10', n: 11 }])
  })

  it('is run again when the answer of a query was changed', async () => {
    const { client, tasks, notes } = batchDevice()
    await tasks.create({ id: 'a', title: 'a', n: 1 })
    let runs = 0
    await transaction(client, async (tx) => {
      runs += 1
      const found = await tx.tasks.query({ where: { n: { gte: 1 } } })
      await tx.notes.save({ id: 'count', body: String(found.length) })
      if (runs === 1) await tasks.create({ id: 'b', title: 'b', n: 2 })
    })
    expect([runs, (await notes.read('count'))?.body]).toEqual([2, '2'])
  })

  it.each([
    ['b', 2, 2],
    ['z', 0, 1],
  ])('sees what the same commit did before it: %s with %i makes %i runs', async (id, n, expected) => {
    const store = wrapStore()
    const { client, tasks, notes } = batchDevice({ store })
    await tasks.create({ id: 'a', title: 'a', n: 1 })
    let open = (): void => {}
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    store.beforeCommit = () => gate
    const first = notes.create({ id: 'first', body: 'is being written' })
    await quiet()
    let runs = 0
    let other: Promise<unknown> = Promise.resolve()
    const count = transaction(client, async (tx) => {
      runs += 1
      const found = await tx.tasks.query({ where: { n: { gte: 1 } } })
      await tx.notes.save({ id: 'count', body: String(found.length) })
      if (runs > 1) return
      other = tasks.create({ id, title: 'joins the next commit', n })
      await quiet()
    })
    // Until the transaction waits for the next commit as well.
    await quiet()
    await quiet()
    await quiet()
    open()
    await Promise.all([first, other, count])
    expect([runs, (await notes.read('count'))?.body]).toEqual([expected, String(expected)])
  })

  it('adds up when many run at once', async () => {
    const { client, tasks } = batchDevice()
    await tasks.create({ id: 'a', title: 'a', n: 0 })
    await tasks.create({ id: 'b', title: 'b', n: 0 })
    const move = (): Promise<void> =>
      transaction(client, async (tx) => {
        const [a, b] = [await tx.tasks.read('a'), await tx.tasks.read('b')]
        await tx.tasks.update('a', { n: (a?.n ?? 0) - 1 })
        await tx.tasks.update('b', { n: (b?.n ?? 0) + 1 })
      })
    await Promise.all(Array.from({ length: 8 }, move))
    expect(await tasks.readAll()).toMatchObject([{ n: -8 }, { n: 8 }])
  })

  it('sees a record as it was at first, however often it reads it', async () => {
    const { client, tasks } = batchDevice()
    await tasks.create({ id: 'a', title: 'a', n: 1 })
    let runs = 0
    await transaction(client, async (tx) => {
      runs += 1
      const first = await tx.tasks.read('a')
      if (runs === 1) await tasks.update('a', { n: 2 })
      expect(await tx.tasks.read('a')).toBe(first)
    })
    expect(runs).toBe(2)
  })

  it('gives up after ten runs that were overtaken, and leaves no trace', async () => {
    const { client, tasks } = batchDevice()
    await tasks.create({ id: 'a', title: 'a', n: 0 })
    let runs = 0
    const overtaken = transaction(client, async (tx) => {
      runs += 1
      await tx.tasks.update('a', { title: 'mine' })
      await tasks.update('a', { n: runs })
      await tx.notes.create({ id: 'n', body: '' })
    })
    await expect(overtaken).rejects.toMatchObject({ code: 'SYNC_CONFLICT' })
    expect(runs).toBe(10)
    expect(await tasks.read('a')).toEqual({ id: 'a', title: 'a', n: 10 })
    expect(await client.collections.notes.readAll()).toEqual([])
  })

  it('is run again when it failed on records of two moments', async () => {
    const { client, tasks } = batchDevice()
    await tasks.create({ id: 'a', title: 'a', n: 1 })
    await tasks.create({ id: 'b', title: 'b', n: 1 })
    let runs = 0
    await transaction(client, async (tx) => {
      runs += 1
      const a = await tx.tasks.read('a')
      if (runs === 1)
        await transaction(client, async (inner) => {
          await inner.tasks.update('a', { n: 2 })
          await inner.tasks.update('b', { n: 2 })
        })
      if (a?.n !== (await tx.tasks.read('b'))?.n) throw new Error('torn')
      await tx.tasks.update('a', { title: 'done' })
    })
    expect([runs, await tasks.read('a')]).toEqual([2, { id: 'a', title: 'done', n: 2 }])
  })

  it('decides again on what another tab committed', async () => {
    const disk = new Disk({ tabs: true })
    const server = new TestServer()
    const remote = server.adapter({ atomicity: 'batch' })
    const [one, two] = [device(server, { store: disk, remote }), device(server, { store: disk, remote })]
    await one.tasks.create({ id: 'a', title: 'a', n: 1 })
    await two.tasks.readAll()
    await one.tasks.update('a', { n: 5 })
    await transaction(two.client, async (tx) => {
      const n = (await tx.tasks.read('a'))?.n ?? 0
      await tx.tasks.update('a', { n: n + 1 })
      await tx.tasks.save({ id: 'b', title: `${n}` })
    })
    expect(await two.tasks.readAll()).toEqual([
      { id: 'a', title: 'a', n: 6 },
      { id: 'b', title: '5' },
    ])
  })
})

describe('a transaction is over', () => {
  it('for its own object when its function has returned', async () => {
    const { client } = batchDevice()
    const tx = await transaction(client, async (inside) => inside)
    for (const call of [
      () => tx.tasks.read('a'),
      () => tx.tasks.create({ title: 'x' }),
      () => tx.tasks.query(),
      () => tx.tasks.delete('a'),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'SYNC_CLOSED' })
    }
  })

  it('without effect when a call in it was not awaited', async () => {
    const { client, tasks } = batchDevice()
    const hasty = transaction(client, async (tx) => {
      await tx.tasks.create({ id: 'a', title: 'a' })
      void tx.tasks.create({ id: 'b', title: 'b' })
    })
    await expect(hasty).rejects.toMatchObject({ code: 'SYNC_INPUT_INVALID' })
    expect(await tasks.readAll()).toEqual([])
  })

  it('when its signal aborts, or the client is disposed, although its function never returns', async () => {
    const { client, tasks } = batchDevice()
    const abort = new AbortController()
    let inside = 0
    const hang = async (): Promise<void> => {
      inside += 1
      await never()
    }
    const aborted = transaction(client, hang, { signal: abort.signal })
    const disposed = transaction(client, hang)
    await until(() => inside === 2)
    await tasks.create({ id: 'a', title: 'not held up' })
    abort.abort()
    await expect(aborted).rejects.toMatchObject({ code: 'SYNC_ABORTED' })
    await client.dispose()
    await expect(disposed).rejects.toMatchObject({ code: 'SYNC_CLOSED' })
  })
})

describe('a transaction is refused at the call', () => {
  it('by a remote without atomic requests, which it names, unless it may be split', async () => {
    const server = new TestServer()
    const made = device(server)
    let runs = 0
    const run = async (tx: {
      readonly tasks: { create(task: { title: string }): Promise<unknown> }
    }): Promise<void> => {
      runs += 1
      await tx.tasks.create({ title: 'a' })
      await tx.tasks.create({ title: 'b' })
    }
    await expect(transaction(made.client, run)).rejects.toMatchObject({
      code: 'SYNC_UNSUPPORTED',
      message: expect.stringContaining('test takes no atomic requests'),
    })
    expect(runs).toBe(0)
    await transaction(made.client, run, { split: true })
    await made.sync()
    expect(server.requests).toMatchObject([{ atomic: false, operations: [{}, {}] }])
  })

  it('over the operations or bytes of one request', async () => {
    const server = new TestServer()
    const many = device(server, { remote: server.adapter({ atomicity: 'batch', ...withLimits({ operations: 2 }) }) })
    const large = device(server, {
      remote: server.adapter({ atomicity: 'batch', ...withLimits({ requestBytes: 900 }) }),
    })
    const create = (made: Device, count: number, title: string): Promise<void> =>
      transaction(made.client, async (tx) => {
        for (let at = 0; at < count; at += 1) await tx.tasks.create({ id: `${at}`, title })
      })
    await expect(create(many, 3, 'x')).rejects.toMatchObject({ code: 'SYNC_TOO_LARGE' })
    await expect(create(large, 2, 'x'.repeat(400))).rejects.toMatchObject({ code: 'SYNC_TOO_LARGE' })
    expect([await all(many), await all(large)]).toEqual([[], []])
    await create(many, 2, 'x')
    expect(await all(many)).toEqual(['0', '1'])
  })

  it('by a condition that does not hold, or that is not of the record as the server has it', async () => {
    const { client, tasks } = batchDevice()
    await tasks.create({ id: 'a', title: 'a', n: 1 })
    await transaction(client, async (tx) => {
      const where = { n: 2 }
      await expect(tx.tasks.update('a', { n: 3 }, { where })).rejects.toMatchObject({ code: 'SYNC_CONDITION_FAILED' })
      await tx.tasks.update('a', { n: 2 })
      await expect(tx.tasks.update('a', { n: 3 }, { where })).rejects.toMatchObject({ code: 'SYNC_INPUT_INVALID' })
    })
    expect(await tasks.read('a')).toMatchObject({ n: 2 })
  })

  it.each([
    ['no client', () => transaction({} as never, async () => {})],
    ['no function', ({ client }: Device) => transaction(client, 'run' as never)],
    ['an option that is none', ({ client }: Device) => transaction(client, async () => {}, { spilt: true } as never)],
    ['options that are none', ({ client }: Device) => transaction(client, async () => {}, 5 as never)],
    [
      'a split that is not true or false',
      ({ client }: Device) => transaction(client, async () => {}, { split: 'yes' } as never),
    ],
    ['a signal that is none', ({ client }: Device) => transaction(client, async () => {}, { signal: {} } as never)],
    ['an id that is not text', ({ client }: Device) => transaction(client, async (tx) => tx.tasks.read(7 as never))],
    [
      'relations in a query',
      ({ client }: Device) => transaction(client, async (tx) => tx.tasks.query({ with: {} } as never)),
    ],
    [
      'a signal of a single write',
      ({ client }: Device) => transaction(client, async (tx) => tx.tasks.delete('a', { signal: 1 } as never)),
    ],
  ] as const)('with %s', async (_, call) => {
    await expect(call(batchDevice())).rejects.toMatchObject({ code: 'SYNC_INPUT_INVALID' })
  })

  it('with values that are no JSON, or a Proxy that throws, and leaves no trace', async () => {
    const { client, tasks } = batchDevice()
    const trap = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('trap')
        },
      },
    )
    for (const bad of [
      { title: Number.NaN },
      { title: () => 1 },
      JSON.parse('{"__proto__":{"title":"x"},"title":"x"}'),
      trap,
    ]) {
      const refused = transaction(client, async (tx) => {
        await tx.notes.create({ id: 'n', body: '' })
        await tx.tasks.create(bad as never)
      })
      await expect(refused).rejects.toThrow()
    }
    expect(await tasks.readAll()).toEqual([])
    expect(await client.collections.notes.readAll()).toEqual([])
  })
})

it('a transaction of one record is a write like any other', async () => {
  const { client, server, sync } = batchDevice()
  await transaction(client, async (tx) => tx.tasks.create({ id: 'a', title: 'a' }))
  await transaction(client, async (tx) => tx.tasks.create({ id: 'b', title: 'b' }))
  await sync()
  expect(server.requests).toMatchObject([{ atomic: false, operations: [{ id: 'a' }, { id: 'b' }] }])
})

it('is there without a remote too', async () => {
  const client = createSyncClient({ collections: { tasks: record<{ id: string }>() } })
  await transaction(client, async (tx) => {
    await tx.tasks.create({ id: 'a' })
    await tx.tasks.create({ id: 'b' })
  })
  expect(await client.collections.tasks.readAll()).toEqual([{ id: 'a' }, { id: 'b' }])
  await client.dispose()
})
