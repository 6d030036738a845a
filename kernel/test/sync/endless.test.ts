import { describe, expect, it } from 'vitest'
import { type PullPage, type RemoteAdapter, type RemoteChange, SyncError } from '../../src/index.ts'
import { device } from '../support/device.ts'
import { TestServer } from '../support/server.ts'
import { until } from '../support/virtual-env.ts'

const head = { kind: 'snapshot', epoch: 'e1', more: true } as const
const row = (id: string): RemoteChange => ({
  kind: 'record',
  collection: 'tasks',
  id,
  revision: '1',
  record: { id, title: id },
})

/** A remote that answers the n-th pull so, and counts them. */
function answering(page: (n: number) => PullPage): { readonly remote: RemoteAdapter; pulls(): number } {
  let pulls = 0
  const inner = new TestServer().adapter()
  const pull = async (): Promise<PullPage> => {
    pulls += 1
    if (pulls > 30_000) throw new Error('the device asks for ever')
    return page(pulls)
  }
  return { remote: { ...inner, pull }, pulls: () => pulls }
}

describe('pages that never end', () => {
  it.each<[string, (n: number) => PullPage]>([
    ['with a cursor that moves for ever', (n) => ({ ...head, changes: [], cursor: `c${n}` })],
    ['with cursors that go in circles', (n) => ({ ...head, changes: [row(`r${n % 3}`)], cursor: `c${n % 3}` })],
  ])('are given up %s, are told, and never called synced [F10]', async (_, page) => {
    const { remote, pulls } = answering(page)
    const { client, heard, status } = device(new TestServer(), { remote })
    await client.start()
    await until(() => heard('sync:failed').length > 0, 'the end')
    expect(pulls()).toBeLessThan(10_010)
    expect(heard('sync:failed')).toMatchObject([{ error: { code: 'SYNC_PROTOCOL' } }])
    expect(status()).toMatchObject({ state: 'offline', lastPullAt: undefined, error: { code: 'SYNC_PROTOCOL' } })
  })

  it('are borne with as long as one in ten thousand brings something', async () => {
    const { remote } = answering((n) => ({
      ...head,
      changes: n % 9000 === 0 ? [row(`r${n}`)] : [],
      cursor: `c${n}`,
      more: n < 18_001,
    }))
    const { tasks, sync } = device(new TestServer(), { remote })
    await sync()
    expect(await tasks.count()).toBe(2)
  })
})

describe('a run that was not read to its end', () => {
  const filled = (rows: number): TestServer => {
    const server = new TestServer()
    for (let n = 0; n < rows; n += 1) server.write('tasks', `t${n}`, { id: `t${n}`, title: 't' })
    return server
  }

  it('takes short pages for what they are, and comes to the last row [F08]', async () => {
    const server = filled(23)
    server.beforePull = (request) => {
      // The server caps pages at two, whatever is asked for.
      if (request.limit > 2) Object.assign(request, { limit: 2 })
    }
    const { tasks, sync } = device(server)
    await sync()
    expect(await tasks.count()).toBe(23)
    expect(server.pulls).toHaveLength(12)
  })

  it('is not called synced, and goes on where it was cut [F10]', async () => {
    const server = filled(12)
    const { client, tasks, env, status } = device(server, { pullIntervalMs: 60_000, retryMinMs: 1000 })
    server.beforePull = ({ cursor }) => {
      if (cursor !== null) throw new SyncError('SYNC_NETWORK')
    }
    await client.start()
    await env.advance(0)
    expect(await tasks.count()).toBe(5)
    expect(status()).toMatchObject({ state: 'offline', lastPullAt: undefined })
    server.beforePull = () => {}
    await env.advance(2000)
    expect(status().state).toBe('synced')
    expect(server.pulls.filter(({ cursor }) => cursor === null)).toHaveLength(1)
    expect(await tasks.count()).toBe(12)
  })
})
