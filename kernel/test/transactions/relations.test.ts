import { afterEach, describe, expect, it } from 'vitest'
import { quarantine } from '../../src/inbox/index.ts'
import { createSyncClient, record, type SyncClient } from '../../src/index.ts'
import { belongsTo, hasMany } from '../../src/relations/index.ts'
import { transaction } from '../../src/transactions/index.ts'
import { TestServer } from '../support/server.ts'
import { virtualEnv } from '../support/virtual-env.ts'

interface Project {
  readonly id: string
  readonly name: string
}
interface Task {
  readonly id: string
  readonly projectId: string | null
  readonly forbidden?: boolean
}
interface Note {
  readonly id: string
  readonly taskId: string | null
}

const collections = {
  projects: { schema: record<Project>(), relations: { tasks: hasMany('tasks', 'projectId', { onDelete: 'cascade' }) } },
  tasks: { schema: record<Task>(), relations: { notes: hasMany('notes', 'taskId', { onDelete: 'setNull' }) } },
  notes: { schema: record<Note>() },
  locks: {
    schema: record<{ id: string; taskId: string }>(),
    relations: { task: belongsTo('tasks', 'taskId', { onDelete: 'restrict' }) },
  },
} as const

type Client = SyncClient<typeof collections>
const made: Client[] = []
afterEach(async () => {
  await Promise.all(made.splice(0).map((client) => client.dispose()))
})

function scene(): { readonly client: Client; readonly server: TestServer } {
  const server = new TestServer()
  const remote = server.adapter({ atomicity: 'batch' })
  const client = createSyncClient({ collections, remote, env: virtualEnv(), sync: 'manual' })
  made.push(client)
  return { client, server }
}

const seed = async ({ collections: { projects, tasks, notes } }: Client): Promise<void> => {
  await projects.create({ id: 'p', name: 'p' })
  await tasks.createMany([
    { id: 't1', projectId: 'p' },
    { id: 't2', projectId: 'p' },
  ])
  await notes.create({ id: 'n', taskId: 't1' })
}

describe('a deletion in a transaction', () => {
  it('does what relations say, to records of the transaction too, and all of it is one request', async () => {
    const { client, server } = scene()
    await seed(client)
    await client.synchronize()
    server.requests.splice(0)
    await transaction(client, async (tx) => {
      await tx.tasks.create({ id: 't3', projectId: 'p' })
      await tx.tasks.update('t2', { projectId: null })
      await tx.projects.delete('p')
      expect(await tx.tasks.query()).toEqual([{ id: 't2', projectId: null }])
      expect(await tx.notes.read('n')).toEqual({ id: 'n', taskId: null })
    })
    expect(await client.collections.tasks.readAll()).toEqual([{ id: 't2', projectId: null }])
    await client.synchronize()
    expect(server.requests).toMatchObject([{ atomic: true }])
    expect(server.requests[0]?.operations.map(({ kind, id }) => `${kind} ${id}`).sort()).toEqual([
      'delete p',
      'delete t1',
      'update n',
      'update t2',
    ])
    expect(server.all('notes')).toEqual({ n: { id: 'n', taskId: null } })
  })

  it('that restrict forbids fails, and the transaction may go on without it', async () => {
    const { client } = scene()
    await seed(client)
    await client.collections.locks.create({ id: 'l', taskId: 't1' })
    await transaction(client, async (tx) => {
      await expect(tx.projects.delete('p')).rejects.toMatchObject({ code: 'SYNC_CONDITION_FAILED' })
      await expect(tx.tasks.delete('t1')).rejects.toMatchObject({ code: 'SYNC_CONDITION_FAILED' })
      await tx.locks.delete('l')
      await tx.tasks.delete('t1')
    })
    expect((await client.collections.tasks.readAll()).map(({ id }) => id)).toEqual(['t2'])
    expect(await client.collections.projects.readAll()).toHaveLength(1)
  })

  it('is decided anew when somebody comes to refer to the record meanwhile', async () => {
    const { client } = scene()
    await seed(client)
    let runs = 0
    await transaction(client, async (tx) => {
      runs += 1
      await tx.projects.delete('p')
      await tx.notes.create({ id: `run${runs}`, taskId: null })
      if (runs === 1) await client.collections.tasks.create({ id: 'late', projectId: 'p' })
    })
    expect(runs).toBe(2)
    expect(await client.collections.tasks.readAll()).toEqual([])
  })
})

describe('a transaction over related records', () => {
  it('is one request, although one refers to another that it creates', async () => {
    const { client, server } = scene()
    await transaction(client, async (tx) => {
      await tx.projects.create({ id: 'p', name: 'p' })
      await tx.tasks.create({ id: 't', projectId: 'p' })
    })
    await client.synchronize()
    expect(server.requests).toMatchObject([{ atomic: true, operations: [{ id: 'p' }, { id: 't' }] }])
  })

  it('waits for a record that it refers to', async () => {
    const { client, server } = scene()
    await client.collections.projects.create({ id: 'p', name: 'p' })
    await transaction(client, async (tx) => {
      await tx.tasks.create({ id: 't', projectId: 'p' })
      await tx.notes.create({ id: 'n', taskId: 't' })
    })
    await client.synchronize()
    expect(server.requests).toMatchObject([{ operations: [{ id: 'p' }] }, { atomic: true, operations: [{}, {}] }])
  })

  it('goes into quarantine whole when what it refers to was refused, and comes back with that', async () => {
    const { client, server } = scene()
    await client.collections.tasks.create({ id: 't', projectId: null, forbidden: true })
    await transaction(client, async (tx) => {
      await tx.notes.create({ id: 'n', taskId: 't' })
      await tx.projects.create({ id: 'p', name: 'p' })
    })
    await client.synchronize()
    expect(server.all('projects')).toEqual({})
    const list = quarantine(client)
    expect(list.getSnapshot()).toMatchObject([
      { recordId: 't', reason: { code: 'SYNC_FORBIDDEN' }, others: [] },
      { recordId: 'n', reason: { code: 'SYNC_GROUP_ABORTED' }, others: [{ recordId: 'p' }] },
    ])
    await list.requeue(list.getSnapshot()?.[0]?.id ?? '', { forbidden: false })
    await client.synchronize()
    expect(list.getSnapshot()).toEqual([])
    expect(server.requests.at(-1)).toMatchObject({ atomic: true, operations: [{ id: 'n' }, { id: 'p' }] })
    expect(client.status.getSnapshot()).toMatchObject({ pending: 0, writes: { accepted: 3, applied: 3 } })
  })

  it('is sent although it and a later one wait for each other by their references', async () => {
    const { client, server } = scene()
    // The first refers to what the second creates, and the second writes after the first to a record of it.
    await transaction(client, async (tx) => {
      await tx.tasks.create({ id: 't', projectId: 'p' })
      await tx.notes.create({ id: 'n', taskId: null })
    })
    await transaction(client, async (tx) => {
      await tx.projects.create({ id: 'p', name: 'p' })
      await tx.notes.update('n', { taskId: 't' })
    })
    await client.synchronize()
    expect(server.requests.map(({ atomic }) => atomic)).toEqual([true, true])
    expect(client.status.getSnapshot()).toMatchObject({ pending: 0, writes: { accepted: 4, applied: 4 } })
  })
})
