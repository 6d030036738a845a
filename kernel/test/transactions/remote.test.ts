import { describe, expect, it } from 'vitest'
import { conflicts, quarantine } from '../../src/inbox/index.ts'
import { type PushVerdict, SyncError } from '../../src/index.ts'
import { transaction } from '../../src/transactions/index.ts'
import { accounted, type Client, type Device, type DeviceOptions, device } from '../support/device.ts'
import { once, TestServer, withLimits } from '../support/server.ts'
import { Disk } from '../support/stores.ts'
import { quiet } from '../support/virtual-env.ts'

type Scene = Device & { readonly server: TestServer; readonly disk: Disk }

const ids = ['a', 'b', 'c', 'd']

/** A device that has the rows a, b, c and d, and its server, which takes atomic requests. */
async function scene(options: DeviceOptions = {}): Promise<Scene> {
  const server = new TestServer()
  const disk = new Disk()
  for (const id of ids) server.write('tasks', id, { id, title: 'base', n: 0 })
  const made = device(server, { store: disk, remote: server.adapter({ atomicity: 'batch' }), ...options })
  await made.sync()
  return { ...made, server, disk }
}

const again = ({ server, disk }: Scene): Device =>
  device(server, { store: disk, remote: server.adapter({ atomicity: 'batch' }) })

const touch = (client: Client, touched: readonly string[], change: object = { n: 1 }): Promise<void> =>
  transaction(client, async (tx) => {
    for (const id of touched) await tx.tasks.update(id, change)
  })

const sizes = ({ server }: Scene): readonly (readonly [boolean, string])[] =>
  server.requests.map(({ atomic, operations }) => [atomic, operations.map(({ id }) => id).join('')])

const titles = ({ server }: Scene): readonly unknown[] => ids.map((id) => server.record('tasks', id)?.['n'])
const refused = (client: Client) => quarantine(client).getSnapshot() ?? []
const parked = (client: Client) => conflicts(client).getSnapshot() ?? []

describe('a transaction on its way', () => {
  it('is one atomic request of its own, in the order of its writes', async () => {
    const one = await scene()
    await one.tasks.update('d', { n: 5 })
    await touch(one.client, ['b', 'a'])
    await one.sync()
    expect(sizes(one)).toEqual([
      [false, 'd'],
      [true, 'ba'],
    ])
    expect(titles(one)).toEqual([1, 1, 0, 5])
    expect(one.status()).toMatchObject({ state: 'paused', pending: 0, writes: { accepted: 3, applied: 3 } })
  })

  it('waits for earlier writes to its records, and later ones wait for it', async () => {
    const one = await scene()
    await one.tasks.update('b', { title: 'earlier' })
    await touch(one.client, ['a', 'b'])
    await touch(one.client, ['b', 'c'], { n: 2 })
    await one.tasks.update('a', { title: 'later' })
    await one.sync()
    expect(sizes(one)).toEqual([
      [false, 'b'],
      [true, 'ab'],
      [false, 'a'],
      [true, 'bc'],
    ])
    expect(titles(one)).toEqual([1, 2, 2, 0])
  })

  it('is sent again whole, under the same ids, when its answer was lost, also by a new app', async () => {
    const one = await scene()
    await touch(one.client, ['a', 'b'])
    one.server.afterPush = once((): never => {
      throw new SyncError('SYNC_NETWORK')
    })
    await one.sync().catch(() => undefined)
    await one.client.dispose()
    const two = again(one)
    await two.sync()
    const [first, second] = one.server.requests
    expect(second?.operations.map(({ opId }) => opId)).toEqual(first?.operations.map(({ opId }) => opId))
    expect(second).toMatchObject({ atomic: true, operations: [{ resend: true }, { resend: true }] })
    expect(one.server.effects).toHaveLength(2)
    expect(two.status()).toMatchObject({ pending: 0, writes: { accepted: 2, applied: 2 } })
  })

  it('is sent by another tab, and after a change of the history, whole', async () => {
    const one = await scene()
    await touch(one.client, ['a', 'b'])
    const tab = again(one)
    one.server.epoch = 'e2'
    await tab.sync()
    await one.sync()
    expect(sizes(one)).toEqual([[true, 'ab']])
    expect(titles(one)).toEqual([1, 1, 0, 0])
  })

  it('is tried again whole, and later, when it was refused without anybody being named', async () => {
    const one = await scene()
    await touch(one.client, ['a', 'b'])
    const busy: PushVerdict = { kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_GROUP_ABORTED' } }
    one.server.beforePush = once(() => [busy, busy])
    await one.sync()
    expect(sizes(one)).toEqual([[true, 'ab']])
    await one.sync()
    expect(sizes(one)).toEqual([
      [true, 'ab'],
      [true, 'ab'],
    ])
  })

  it('is refused as a whole, and not asked for again, when it is too large for the server', async () => {
    const one = await scene()
    await touch(one.client, ['a', 'b'])
    one.server.beforePush = ({ operations }) =>
      operations.map(() => ({ kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_TOO_LARGE' } }))
    await one.sync()
    await one.sync()
    expect(one.server.requests).toHaveLength(1)
    expect(one.status()).toMatchObject({ pending: 0, writes: { quarantined: 2 } })
    expect(quarantine(one.client).getSnapshot()).toMatchObject([
      { reason: { code: 'SYNC_TOO_LARGE' }, others: [{ kind: 'update' }] },
    ])
  })
})

describe('a conflict on a member', () => {
  it('is merged, and the whole is sent again; only what changed has a new id', async () => {
    const one = await scene()
    await touch(one.client, ['a', 'b'])
    one.server.edit('tasks', 'a', { title: 'theirs' })
    await one.sync()
    expect(sizes(one)).toEqual([[true, 'ab']])
    await touch(one.client, ['a', 'b'], { n: 2 })
    one.server.beforePush = once(() => one.server.edit('tasks', 'a', { title: 'theirs again' }))
    await one.sync()
    const [, first, second] = one.server.requests
    expect(second?.operations.map(({ opId }, at) => opId === first?.operations[at]?.opId)).toEqual([false, true])
    expect(titles(one)).toEqual([2, 2, 0, 0])
    expect(one.server.record('tasks', 'a')).toMatchObject({ title: 'theirs again' })
    expect(one.status()).toMatchObject({ pending: 0, error: undefined, writes: { accepted: 4, applied: 4 } })
  })

  it('is decided by the resolver, and the whole is sent after that', async () => {
    const one = await scene({
      resolver: ({ local, remote }) => ({ ...local, n: (local?.n ?? 0) + (remote?.n ?? 0) }) as never,
    })
    await touch(one.client, ['a', 'b'])
    one.server.edit('tasks', 'a', { n: 10 })
    await one.sync()
    await quiet()
    await one.sync()
    expect(sizes(one)).toEqual([[true, 'ab']])
    expect(titles(one)).toEqual([11, 1, 0, 0])
  })

  it('that waits for a person keeps the whole back, and nothing else', async () => {
    const one = await scene()
    await touch(one.client, ['a', 'b'])
    await one.tasks.update('b', { title: 'later' })
    one.server.write('tasks', 'a', null)
    await one.tasks.update('c', { n: 7 })
    await one.sync()
    expect(sizes(one)).toEqual([[false, 'c']])
    expect(one.status()).toMatchObject({ pending: 0, writes: { accepted: 4, applied: 1, parked: 3 } })
    expect(parked(one.client)).toMatchObject([
      { recordId: 'a', bystander: false },
      { recordId: 'b', bystander: true },
    ])
    expect(await one.tasks.settled('b')).toMatchObject({ state: 'parked' })
  })

  it.each([
    ['local', [1, 1], 'ab'],
    ['remote', [undefined, 1], 'b'],
  ] as const)('goes on whole when it is resolved with %s', async (how, values, request) => {
    const one = await scene()
    await touch(one.client, ['a', 'b'])
    await one.tasks.update('b', { title: 'later' })
    one.server.write('tasks', 'a', null)
    await one.sync()
    await one.client.dispose()
    const two = again(one)
    await two.tasks.readAll()
    const [first] = parked(two.client)
    await conflicts(two.client).resolve(first?.id ?? '', how)
    expect(parked(two.client)).toEqual([])
    await two.sync()
    expect(
      one.server.requests.map(({ atomic, operations }) => [atomic, operations.map(({ id }) => id).join('')]),
    ).toEqual([
      [true, request],
      [false, 'b'],
    ])
    expect(titles(one).slice(0, 2)).toEqual(values)
    expect(two.status()).toMatchObject({ pending: 0, writes: { accepted: 3, applied: 3, parked: 0 } })
  })

  it('is not decided at a bystander, which may only be let go of', async () => {
    const one = await scene()
    await touch(one.client, ['a', 'b'])
    one.server.write('tasks', 'a', null)
    await one.sync()
    const [, bystander] = parked(one.client)
    for (const how of ['remote', 'delete', { id: 'b', title: 'x' }] as const) {
      const refusal = conflicts(one.client).resolve(bystander?.id ?? '', how)
      await expect(refusal).rejects.toMatchObject({ code: 'SYNC_INPUT_INVALID' })
    }
    await conflicts(one.client).resolve(bystander?.id ?? '', 'local')
    await one.sync()
    expect([one.server.requests, parked(one.client).map(({ recordId }) => recordId)]).toEqual([[], ['a']])
  })

  it('lets the bystanders go on with the rows they have by then, under new ids', async () => {
    const one = await scene()
    await touch(one.client, ['a', 'b'])
    one.server.beforePush = once(() => one.server.write('tasks', 'a', null))
    await one.sync()
    one.server.edit('tasks', 'b', { title: 'theirs' })
    await one.sync()
    await conflicts(one.client).resolve(parked(one.client)[0]?.id ?? '', 'local')
    await one.sync()
    const [before, after] = one.server.requests.map(({ operations }) => operations.find(({ id }) => id === 'b'))
    expect([before?.expected, after?.expected]).toEqual(['1', '2'])
    expect(after?.opId).not.toBe(before?.opId)
    expect(one.server.requests).toHaveLength(2)
  })

  it('keeps what follows behind an earlier write in the inbox too', async () => {
    const one = await scene()
    await one.tasks.update('b', { title: 'earlier' })
    await touch(one.client, ['a', 'b'])
    one.server.write('tasks', 'a', null)
    one.server.beforePush = () => [{ kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_NETWORK' } }]
    await one.sync()
    await one.tasks.update('b', { title: 'later' })
    expect(one.status()).toMatchObject({ pending: 1, writes: { parked: 3 } })
  })

  it('keeps two transactions on one record apart when that is resolved', async () => {
    const one = await scene({ resolver: () => 'ask' })
    await touch(one.client, ['a', 'b'])
    await transaction(one.client, async (tx) => {
      await tx.tasks.update('a', { title: 'second' })
      await tx.tasks.update('c', { title: 'second' })
    })
    one.server.edit('tasks', 'a', { n: 9 })
    await one.sync()
    await quiet()
    expect(one.status().writes.parked).toBe(4)
    await conflicts(one.client).resolve(parked(one.client)[0]?.id ?? '', 'local')
    await one.sync()
    expect(sizes(one)).toEqual([
      [true, 'ab'],
      [true, 'ac'],
    ])
    expect(one.server.requests[0]?.operations[0]?.change).toEqual({ set: { n: 1 } })
    expect(one.server.requests[1]?.operations[0]?.change).toEqual({ set: { title: 'second' } })
    expect(one.status()).toMatchObject({ pending: 0, writes: { accepted: 4, applied: 4 } })
  })

  it('that is parked takes a later transaction on that record with it, until it is resolved', async () => {
    const one = await scene()
    await one.tasks.update('a', { n: 3 })
    one.server.write('tasks', 'a', null)
    await one.sync()
    await touch(one.client, ['a', 'b'])
    expect(one.status().writes.parked).toBe(3)
    await one.sync()
    expect(one.server.requests).toEqual([])
    await conflicts(one.client).resolve(parked(one.client)[0]?.id ?? '', 'local')
    await one.sync()
    expect(sizes(one).at(-1)?.[0]).toBe(true)
    expect(titles(one)).toEqual([1, 1, 0, 0])
    expect(one.status()).toMatchObject({ pending: 0, writes: { accepted: 3, applied: 3, parked: 0 } })
  })
})

describe('a refused member', () => {
  /** A transaction over a, b and c of which the server refuses b. */
  async function refusal(): Promise<Scene> {
    const one = await scene()
    await transaction(one.client, async (tx) => {
      for (const id of ['a', 'b', 'c']) await tx.tasks.update(id, { n: 1, forbidden: id === 'b' })
    })
    await one.tasks.update('c', { title: 'later' })
    await one.sync()
    return one
  }

  it('takes the whole into quarantine as one entry, and nothing that came later [F33]', async () => {
    const one = await refusal()
    expect(titles(one)).toEqual([0, 0, 0, 0])
    expect(one.server.record('tasks', 'c')).toMatchObject({ title: 'later' })
    expect(refused(one.client)).toMatchObject([
      {
        recordId: 'b',
        reason: { code: 'SYNC_FORBIDDEN' },
        others: [
          { recordId: 'a', set: { n: 1 } },
          { recordId: 'c', kind: 'update' },
        ],
      },
    ])
    expect(one.heard('operation:quarantined')).toMatchObject([{ id: 'b' }])
    expect(one.status()).toMatchObject({ pending: 0, writes: { accepted: 4, applied: 1, quarantined: 3 } })
    expect(await one.tasks.read('a')).toMatchObject({ n: 0 })
  })

  it('is sent again with the whole, corrected, by the id of any of them, also by a new app', async () => {
    for (const which of ['b', 'a']) {
      const one = await refusal()
      await one.client.dispose()
      const two = again(one)
      await two.tasks.readAll()
      const [entry] = refused(two.client)
      const corrected = which === 'b' ? entry?.id : entry?.others[0]?.id
      await quarantine(two.client).requeue(corrected ?? '', which === 'b' ? { forbidden: false } : { n: 4 })
      expect(two.status()).toMatchObject({ pending: 3, writes: { quarantined: 0 } })
      await two.sync()
      expect(sizes(one).at(-1)).toEqual([true, 'abc'])
      expect(titles(one).slice(0, 3)).toEqual(which === 'b' ? [1, 1, 1] : [0, 0, 0])
      expect(refused(two.client)).toHaveLength(which === 'b' ? 0 : 1)
      expect(accounted(two.status())).toBe(4)
    }
  })

  it('is given up with the whole', async () => {
    const one = await refusal()
    await quarantine(one.client).discard(refused(one.client)[0]?.others[1]?.id ?? '')
    expect(refused(one.client)).toEqual([])
    expect(one.status()).toMatchObject({
      pending: 0,
      writes: { accepted: 4, applied: 1, discarded: 3, quarantined: 0 },
    })
  })

  it('that was a create takes along what was built on it, with the transactions of that', async () => {
    const one = await scene()
    await transaction(one.client, async (tx) => {
      await tx.tasks.create({ id: 'new', title: 'x', forbidden: true })
      await tx.tasks.update('a', { n: 1 })
    })
    await touch(one.client, ['new', 'b'], { n: 2 })
    await one.tasks.update('b', { title: 'later' })
    await one.sync()
    expect(refused(one.client)).toMatchObject([
      { recordId: 'new', reason: { code: 'SYNC_FORBIDDEN' }, others: [{ recordId: 'a' }] },
      { reason: { code: 'SYNC_GROUP_ABORTED' }, others: [{}] },
    ])
    expect(titles(one)).toEqual([0, 0, 0, 0])
    expect(one.server.record('tasks', 'b')).toMatchObject({ title: 'later' })
    expect(one.status()).toMatchObject({ pending: 0, writes: { accepted: 5, applied: 1, quarantined: 4 } })
  })

  it('that nobody can name is one entry too', async () => {
    const one = await scene()
    await touch(one.client, ['a', 'b'])
    one.server.beforePush = once(({ operations }) =>
      operations.map(
        () => ({ kind: 'rejected', error: { code: 'SYNC_FORBIDDEN', details: { group: true } } }) as const,
      ),
    )
    await one.sync()
    expect(refused(one.client)).toMatchObject([{ recordId: 'a', others: [{ recordId: 'b' }] }])
  })
})

it('a transaction left by an app whose remote takes no atomic requests any more is not sent in parts', async () => {
  const one = await scene()
  await touch(one.client, ['a', 'b'])
  await one.client.dispose()
  const unsupported: PushVerdict = { kind: 'rejected', error: { code: 'SYNC_UNSUPPORTED' } }
  one.server.beforePush = ({ operations, atomic }) => (atomic ? operations.map(() => unsupported) : undefined)
  const two = device(one.server, { store: one.disk })
  await two.sync()
  expect(refused(two.client)).toMatchObject([{ reason: { code: 'SYNC_UNSUPPORTED' }, others: [{}] }])
  expect(titles(one)).toEqual([0, 0, 0, 0])
})

it('smaller limits at a later start do not cut a transaction', async () => {
  const one = await scene()
  await touch(one.client, ['a', 'b', 'c'])
  await one.client.dispose()
  const remote = one.server.adapter({ atomicity: 'batch', ...withLimits({ operations: 1, requestBytes: 10 }) })
  await device(one.server, { store: one.disk, remote }).sync()
  expect(sizes(one)).toEqual([[true, 'abc']])
})
