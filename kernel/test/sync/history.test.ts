import { describe, expect, it } from 'vitest'
import { conflicts } from '../../src/inbox/index.ts'
import { type PullPage, type PushVerdict, type RemoteChange, SyncError } from '../../src/index.ts'
import { type Device, device } from '../support/device.ts'
import { once, TestServer } from '../support/server.ts'
import { Disk } from '../support/stores.ts'

const rowOf = (id: string, title = 'moved'): { id: string; title: string; n: number } => ({ id, title, n: 1 })

/** A server whose history is its own: its revisions begin at 1 as every other's do. */
function place(epoch: string, ...ids: readonly string[]): TestServer {
  const server = new TestServer()
  server.epoch = epoch
  for (const id of ids) server.write('tasks', id, rowOf(id))
  return server
}

/** A device that knows the rows of one place, and edits them without a network. */
async function editedElsewhere(edit: (tasks: Device['tasks']) => Promise<unknown>): Promise<Disk> {
  const disk = new Disk()
  const { tasks, sync, client } = device(place('e1', 'a', 'b'), { store: disk })
  await sync()
  await edit(tasks)
  await client.dispose()
  return disk
}

describe('unsent writes that meet another history', () => {
  it('are made again on its rows, although both places call them by the same revision', async () => {
    const disk = await editedElsewhere((tasks) => tasks.update('a', { title: 'mine' }))
    const server = place('e2', 'b')
    server.write('tasks', 'a', { id: 'a', title: 'moved', n: 7, done: true })
    const { sync, tasks, status, heard } = device(server, { store: disk })
    await sync()
    const merged = { id: 'a', title: 'mine', n: 7, done: true }
    expect([server.record('tasks', 'a'), await tasks.read('a')]).toEqual([merged, merged])
    expect(heard('conflict:detected')).toEqual([])
    expect(status()).toMatchObject({ pending: 0, writes: { accepted: 1, applied: 1 } })
  })

  it('meet a conflict where a row there has another value at the same field', async () => {
    const disk = await editedElsewhere((tasks) => tasks.update('a', { title: 'mine' }))
    const server = place('e2', 'b')
    server.write('tasks', 'a', rowOf('a', 'theirs'))
    const { sync, heard } = device(server, { store: disk })
    await sync()
    expect(heard('conflict:detected')).toEqual([{ collection: 'tasks', id: 'a', fields: ['title'] }])
  })

  it('are for a person to decide where the row did not come along, and a deletion of it is done', async () => {
    const disk = await editedElsewhere(async (tasks) => {
      await tasks.update('a', { title: 'mine' })
      await tasks.delete('b')
    })
    const server = place('e2', 'c')
    const { sync, client, tasks, status } = device(server, { store: disk })
    await sync()
    const [parked] = conflicts(client).getSnapshot() ?? []
    expect(parked).toMatchObject({ recordId: 'a', local: { id: 'a', title: 'mine', n: 1 }, remote: null })
    expect(status()).toMatchObject({ pending: 0, writes: { accepted: 2, applied: 1, parked: 1 } })
    await conflicts(client).resolve(parked?.id ?? '', 'local')
    await sync()
    expect(server.all('tasks')).toEqual({ a: { id: 'a', title: 'mine', n: 1 }, c: rowOf('c') })
    expect((await tasks.readAll()).map(({ id }) => id)).toEqual(['a', 'c'])
  })

  it('arrive once where they had arrived before, and the history is the same', async () => {
    const server = place('e1', 'a')
    const disk = new Disk()
    const first = device(server, { store: disk })
    await first.sync()
    await first.tasks.update('a', { title: 'mine' })
    server.afterPush = once((): never => {
      throw new SyncError('SYNC_NETWORK')
    })
    await first.sync().catch(() => undefined)
    await first.client.dispose()
    server.edit('tasks', 'a', { title: 'theirs, later' })
    const { sync, status, heard } = device(server, { store: disk })
    await sync()
    expect(server.record('tasks', 'a')).toMatchObject({ title: 'theirs, later' })
    expect([heard('conflict:detected'), server.effects.length]).toEqual([[], 1])
    expect(status()).toMatchObject({ pending: 0, writes: { accepted: 1, applied: 1 } })
  })
})

it('a create that had arrived in the history that comes, before anybody knew of it, takes effect once', async () => {
  const server = place('e1', 'a')
  const disk = new Disk()
  const first = device(server, { store: disk })
  await first.sync()
  await first.tasks.create({ id: 'b', title: 'mine' })
  server.beforePush = once(() => {
    server.epoch = 'e2'
  })
  server.afterPush = once((): never => {
    throw new SyncError('SYNC_NETWORK')
  })
  await first.sync().catch(() => undefined)
  await first.client.dispose()
  server.edit('tasks', 'b', { title: 'theirs, later' })
  const { sync, status, heard } = device(server, { store: disk })
  await sync()
  expect(server.record('tasks', 'b')).toEqual({ id: 'b', title: 'theirs, later' })
  expect([heard('conflict:detected'), server.effects.length]).toEqual([[], 1])
  expect(status()).toMatchObject({ pending: 0, writes: { accepted: 1, applied: 1 } })
})

it('rows of one of two feeds, of which the other one met a new history, leave for it when both become one feed', async () => {
  const server = new TestServer()
  server.put('tasks', 'a', rowOf('a', 'old'), 7)
  const { sync, tasks } = device(server)
  await sync()
  server.epoch = 'e2'
  server.put('tasks', 'a', rowOf('a', 'new'), 2)
  server.beforePull = ({ feed: { collections } }) => {
    if (collections.length > 1) throw new SyncError('SYNC_FORBIDDEN')
    if (collections.includes('tasks')) throw new SyncError('SYNC_NETWORK')
  }
  await expect(sync()).rejects.toMatchObject({ code: 'SYNC_NETWORK' })
  server.beforePull = () => {}
  await sync()
  expect(server.pulls.at(-1)?.feed.collections).toEqual(['notes', 'tasks'])
  expect(await tasks.read('a')).toEqual(rowOf('a', 'new'))
})

describe('a whole record that may be sent again, where nothing compares versions', () => {
  const sentAfter = async (meanwhile: (server: TestServer) => void): Promise<unknown> => {
    const server = place('e1', 'a')
    const remote = server.adapter({ conditional: 'none', idempotency: 'natural', revisions: 'none' })
    const disk = new Disk()
    const first = device(server, { store: disk, remote })
    await first.sync()
    await first.tasks.update('a', { title: 'mine' })
    await first.client.dispose()
    meanwhile(server)
    await device(server, { store: disk, remote }).sync()
    return server.sent[0]
  }

  it('leaves alone what others wrote meanwhile', async () => {
    const sent = await sentAfter((server) => server.edit('tasks', 'a', { n: 5 }))
    expect(sent).toMatchObject({ resend: true, record: { id: 'a', title: 'mine', n: 5 } })
  })

  it('goes out whole where the row was deleted meanwhile', async () => {
    const sent = await sentAfter((server) => server.write('tasks', 'a', null))
    expect(sent).toMatchObject({ resend: true, record: { id: 'a', title: 'mine', n: 1 } })
  })
})

it('a listing that another history goes on with begins anew, and nothing of the first one stays', async () => {
  const server = new TestServer()
  const row = (id: string, revision: string, title: string): RemoteChange => ({
    kind: 'record',
    collection: 'tasks',
    id,
    revision,
    record: rowOf(id, title),
  })
  const page = (epoch: string, cursor: string, more: boolean, ...changes: readonly RemoteChange[]): PullPage => ({
    kind: 'snapshot',
    changes,
    cursor,
    more,
    epoch,
  })
  const answers = [
    page('e1', 'middle', true, row('a', '7', 'old'), row('b', '7', 'gone')),
    page('e2', 'end', false, row('c', '2', 'new')),
    page('e2', 'end', false, row('a', '1', 'new'), row('c', '2', 'new')),
  ]
  server.beforePull = () => answers[server.pulls.length - 1]
  const { sync, tasks, status } = device(server)
  await sync()
  expect(server.pulls.map(({ cursor }) => cursor)).toEqual([null, 'middle', null])
  expect(await tasks.readAll()).toEqual([rowOf('a', 'new'), rowOf('c', 'new')])
  expect(status().pending).toBe(0)
})

it('the status says why a write is tried again and again', async () => {
  const server = place('e1', 'a')
  const { tasks, sync, status } = device(server)
  await sync()
  await tasks.update('a', { title: 'mine' })
  const error = { code: 'SYNC_PROTOCOL', message: 'the server wants something else' } as const
  const busy: PushVerdict = { kind: 'retry', outcome: 'unapplied', error }
  server.beforePush = once(() => [busy])
  await sync()
  expect(status()).toMatchObject({ pending: 1, error: { code: 'SYNC_PROTOCOL' } })
  await sync()
  expect(status()).toMatchObject({ pending: 0, error: undefined })
})

it('a row that another tab was given of the old history leaves with it, though this tab never saw it', async () => {
  const server = place('e1', 'a')
  const disk = new Disk({ tabs: true })
  const [one, two] = [device(server, { store: disk }), device(server, { store: disk })]
  await one.sync()
  await two.sync()
  await two.tasks.create(rowOf('b'))
  await two.sync()
  await two.client.dispose()
  server.purge('tasks', 'b')
  server.epoch = 'e2'
  await one.sync()
  expect((await one.tasks.readAll()).map(({ id }) => id)).toEqual(['a'])
})

it.each(['hint', 'data'] as const)(
  'a server that tells of two histories by turns is not asked without end (%s)',
  async (live) => {
    const server = place('e1', 'a')
    const one = device(server, { remote: server.adapter({ live }), pullIntervalMs: 60_000 })
    server.beforePull = () => {
      server.epoch = server.epoch === 'e1' ? 'e2' : 'e1'
    }
    await one.client.start()
    for (let turn = 0; turn < 50; turn += 1) await one.env.advance(1000)
    expect(server.pulls.length).toBeLessThan(30)
  },
)
