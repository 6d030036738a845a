import { describe, expect, it } from 'vitest'
import type { PullPage, RemoteChange } from '../../src/index.ts'
import { device } from '../support/device.ts'
import { TestServer } from '../support/server.ts'

/** A server with three tasks that a device has, and an answer for its next run. */
async function afterFirstRun(): Promise<{ server: TestServer; client: ReturnType<typeof device> }> {
  const server = new TestServer()
  for (const id of ['t0', 't1', 't2']) server.write('tasks', id, { id, title: id })
  const client = device(server)
  await client.sync()
  return { server, client }
}

const listed = (server: TestServer, id: string): RemoteChange => ({
  kind: 'listed',
  collection: 'tasks',
  id,
  revision: server.row('tasks', id).revision,
})

const answerOnce = (server: TestServer, ...pages: readonly (readonly RemoteChange[])[]): void => {
  const left = pages.map((changes, n): PullPage => {
    const more = n < pages.length - 1
    return { kind: 'snapshot', changes, cursor: `answer ${n}`, more, epoch: 'e1' }
  })
  server.beforePull = () => left.shift()
}

const idsOf = async ({ tasks }: ReturnType<typeof device>): Promise<readonly string[]> =>
  (await tasks.readAll()).map(({ id }) => id)

describe('a run that only lists rows', () => {
  it('keeps what is listed and lets go of what is not [F17]', async () => {
    const { server, client } = await afterFirstRun()
    answerOnce(server, [listed(server, 't0')], [listed(server, 't2')])
    expect(await client.sync()).toMatchObject({ pulled: 0 })
    expect(await idsOf(client)).toEqual(['t0', 't2'])
  })

  it('goes on from its cursor where every listed row is here', async () => {
    const { server, client } = await afterFirstRun()
    answerOnce(server, [listed(server, 't0'), listed(server, 't1'), listed(server, 't2')])
    await client.sync()
    await client.sync().catch(() => undefined)
    expect(server.pulls.at(-1)?.cursor).toBe('answer 0')
  })

  it('takes a changed row that comes as a record beside its listing', async () => {
    const { server, client } = await afterFirstRun()
    const before = listed(server, 't1')
    server.edit('tasks', 't1', { title: 'new' })
    answerOnce(server, [before, listed(server, 't0'), listed(server, 't2'), server.row('tasks', 't1')])
    await client.sync()
    expect(await client.tasks.read('t1')).toMatchObject({ title: 'new' })
  })

  it.each<[string, (server: TestServer) => void]>([
    ['a row that never came', (server) => server.write('tasks', 't3', { id: 't3', title: 't3' })],
    ['a version that never came', (server) => server.edit('tasks', 't1', { title: 'new' })],
  ])('asks for everything next where it names %s', async (_, change) => {
    const { server, client } = await afterFirstRun()
    change(server)
    const ids = Object.keys(server.all('tasks'))
    answerOnce(
      server,
      ids.map((id) => listed(server, id)),
    )
    await client.sync()
    await client.sync()
    expect(server.pulls.at(-1)?.cursor).toBeNull()
    expect(await client.tasks.readAll()).toEqual(Object.values(server.all('tasks')))
  })

  it('is not over, and nothing is synced, while a row it names is not here', async () => {
    const server = new TestServer()
    server.write('tasks', 't0', { id: 't0', title: 't0' })
    const one = device(server, { pullIntervalMs: 60_000 })
    await one.client.start()
    await one.env.advance(5000)
    expect(one.status().state).toBe('synced')
    server.write('tasks', 't1', { id: 't1', title: 't1' })
    answerOnce(server, [listed(server, 't0'), listed(server, 't1')])
    await one.sync()
    expect(one.status().state).not.toBe('synced')
    await one.sync()
    expect(one.status().state).toBe('synced')
    expect(await idsOf(one)).toEqual(['t0', 't1'])
    await one.client.dispose()
  })

  it('does not let go of a record with unsent operations', async () => {
    const { server, client } = await afterFirstRun()
    server.beforePush = () => {
      throw new Error('the network is down')
    }
    await client.tasks.update('t1', { title: 'mine' })
    answerOnce(server, [listed(server, 't0'), listed(server, 't2')])
    await client.sync().catch(() => undefined)
    expect(await client.tasks.read('t1')).toMatchObject({ title: 'mine' })
  })
})
