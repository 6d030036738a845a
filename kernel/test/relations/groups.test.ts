import { expect, it } from 'vitest'
import { quarantine } from '../../src/inbox/index.ts'
import { createSyncClient, record } from '../../src/index.ts'
import { belongsTo } from '../../src/relations/index.ts'
import { transaction } from '../../src/transactions/index.ts'
import { TestServer, withLimits } from '../support/server.ts'
import { virtualEnv } from '../support/virtual-env.ts'
import { type Family, family, KeyedServer } from './family.ts'

interface Scene extends Family {
  readonly server: KeyedServer
}

/** A device, and its server, which takes atomic requests and tests its keys after each operation. */
function scene(): Scene {
  const server = new KeyedServer()
  const remote = server.adapter({ atomicity: 'batch', ...withLimits({ operations: 5000 }) })
  return { ...family(server, { remote }), server }
}

const lastOf = ({ server }: Scene): readonly unknown[] => {
  const { atomic, operations } = server.requests.at(-1) ?? { operations: [] }
  return [atomic, ...operations.map(({ kind, id }) => `${kind} ${id}`)]
}

function expectDone({ client, server, status }: Scene): void {
  expect(server.broken).toEqual([])
  expect(quarantine(client).getSnapshot()).toEqual([])
  const { pending, writes } = status()
  expect([pending, writes.applied]).toEqual([0, writes.accepted])
}

it('a transaction lists what others refer to before them, whatever the order of its writes', async () => {
  const one = scene()
  await transaction(one.client, async (tx) => {
    await tx.taskLabels.create({ id: 'tl', taskId: 't', labelId: 'l' })
    await tx.tasks.create({ id: 't', projectId: 'p' })
    await tx.projects.create({ id: 'p' })
    await tx.labels.create({ id: 'l' })
  })
  await one.sync()
  expect(lastOf(one)).toEqual([true, 'create p', 'create t', 'create l', 'create tl'])
  expectDone(one)
})

it('a deletion in a transaction stands behind those that went with it', async () => {
  const one = scene()
  await one.all.people.create({ id: 'ada' })
  await one.all.projects.create({ id: 'p', ownerId: 'ada' })
  await one.all.tasks.create({ id: 't', projectId: 'p' })
  await one.all.tasks.create({ id: 'u', projectId: 'p', parentId: 't' })
  await one.sync()
  await transaction(one.client, async (tx) => {
    await tx.projects.delete('p')
    await tx.people.delete('ada')
  })
  await one.sync()
  expect(lastOf(one)).toEqual([true, 'delete u', 'delete t', 'delete p', 'delete ada'])
  expectDone(one)
})

it('what lets go in a transaction does so before the deletion, and after what it turns to is made', async () => {
  const one = scene()
  await one.all.people.createMany([{ id: 'ada' }, { id: 'bob', friendId: 'ada' }])
  await one.all.projects.create({ id: 'p' })
  await one.all.tasks.create({ id: 't', projectId: 'p' })
  await one.sync()
  await transaction(one.client, async (tx) => {
    await tx.people.delete('ada')
    await tx.tasks.update('t', { projectId: 'q' })
    await tx.projects.delete('p')
    await tx.projects.create({ id: 'q' })
  })
  await one.sync()
  expect(lastOf(one)).toEqual([true, 'update bob', 'delete ada', 'create q', 'update t', 'delete p'])
  expectDone(one)
})

it('a chain of a thousand in one transaction, last one first, is taken', async () => {
  const one = scene()
  await transaction(one.client, async (tx) => {
    for (let at = 999; at > 0; at -= 1) await tx.tasks.create({ id: `t${at}`, parentId: `t${at - 1}` })
    await tx.tasks.create({ id: 't0' })
  })
  const ids = Array.from({ length: 1000 }, (_, at) => `create t${at}`)
  one.server.beforePush = ({ operations }) =>
    operations.map(() => ({ kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_NETWORK' } }))
  await one.sync()
  expect(lastOf(one)).toEqual([true, ...ids])
})

it('a refused transaction whose members refer to each other is set aside once, and goes once', async () => {
  const { client, sync, status } = scene()
  await transaction(client, async (tx) => {
    await tx.projects.create({ id: 'p' })
    await tx.tasks.create({ id: 't', projectId: 'p' })
    await tx.labels.create({ id: 'l' })
    await tx.tasks.create({ id: 'u', forbidden: true })
  })
  await sync()
  expect(status().writes).toMatchObject({ accepted: 4, quarantined: 4 })
  const [entry] = quarantine(client).getSnapshot() ?? []
  expect(entry).toMatchObject({ recordId: 'u', reason: { code: 'SYNC_FORBIDDEN' }, others: [{}, {}, {}] })
  await quarantine(client).discard(entry?.id ?? '')
  expect(status().writes).toMatchObject({ accepted: 4, quarantined: 0, discarded: 4 })
})

it('a ring of a deletion and a transaction is opened where the deletion lets go of what the transaction deletes', async () => {
  interface Link {
    readonly id: string
    readonly to?: string | null
  }
  const server = new TestServer()
  const client = createSyncClient({
    collections: {
      ones: { schema: record<Link>(), relations: { three: belongsTo('threes', 'to') } },
      twos: { schema: record<Link>(), relations: { one: belongsTo('ones', 'to') } },
      threes: record<Link>(),
    },
    env: virtualEnv(),
    sync: 'manual',
    remote: server.adapter({ atomicity: 'batch' }),
  })
  const { ones, twos, threes } = client.collections
  await threes.create({ id: 'c' })
  await ones.create({ id: 'a', to: 'c' })
  await twos.create({ id: 'b', to: 'a' })
  await client.synchronize()
  server.requests.length = 0
  await ones.delete('a')
  await transaction(client, async (tx) => {
    await tx.twos.delete('b')
    await tx.threes.delete('c')
  })
  await client.synchronize()
  expect(server.requests.map(({ operations }) => operations.map(({ kind, id }) => `${kind} ${id}`))).toEqual([
    ['update a'],
    ['delete b', 'delete c'],
    ['delete a'],
  ])
  expect(server.requests[0]?.operations[0]?.change).toEqual({ set: { to: null } })
  await client.dispose()
})
