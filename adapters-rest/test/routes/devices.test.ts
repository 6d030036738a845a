import { createSyncClient, type Env, platformEnv, type RemoteAdapter, record, type SyncClient } from '@rowkeep/kernel'
import { describe, expect, onTestFinished, test } from 'vitest'
import { restAdapter } from '../../src/index.ts'
import {
  changesSince,
  type FeedRoute,
  ifMatch,
  listing,
  overwrite,
  plainRoutes,
  type WriteRoute,
} from '../../src/routes/index.ts'
import { type PlainDouble, type PlainDoubleOptions, plainDouble } from '../../src/testing/index.ts'

interface Note {
  readonly id: string
  readonly title: string
  readonly done?: boolean
}
const collections = { notes: record<Note>() }
type Device = SyncClient<typeof collections>

/** Devices of ada before one server; `lose` takes away the next answers to writes. */
function world(options: PlainDoubleOptions, feed: FeedRoute, writes: WriteRoute) {
  const double = plainDouble(options)
  let losing = 0
  const fetch: Env['fetch'] = async (input, init) => {
    const request = new Request(input, init)
    const response = await double.fetch(request)
    if (request.method === 'GET' || losing === 0) return response
    losing -= 1
    throw new TypeError('the answer was lost')
  }
  const remote = (): RemoteAdapter => {
    const session = (): { user: string; token: string } => ({ user: 'ada', token: 'token-of-ada' })
    const routes = plainRoutes({ collections: { notes: { path: '/notes' } }, session, feed, writes })
    return restAdapter({ url: double.origin, routes })
  }
  const device = (): Device => {
    const env = { ...platformEnv, fetch }
    const client = createSyncClient({ collections, user: 'ada', remote: remote(), env, sync: 'manual' })
    onTestFinished(() => client.dispose())
    return client
  }
  const lose = (count: number): void => {
    losing = count
  }
  return { double, device, lose }
}

const notesOf = async (client: Device): Promise<readonly Note[]> =>
  [...(await client.collections.notes.readAll())].sort((a, b) => (a.id < b.id ? -1 : 1)).map((note) => ({ ...note }))
const truthOf = async (double: PlainDouble): Promise<readonly unknown[]> =>
  [...(await double.rows('notes'))].sort((a, b) => (String(a['id']) < String(b['id']) ? -1 : 1))

async function settle(...clients: readonly Device[]): Promise<void> {
  for (let round = 0; round < 3; round += 1) for (const client of clients) await client.synchronize()
}

async function expectAgreement(double: PlainDouble, ...clients: readonly Device[]): Promise<void> {
  await settle(...clients)
  const truth = await truthOf(double)
  for (const client of clients) expect(await notesOf(client)).toEqual(truth)
}

const profiles = [
  ['etag', {}, () => changesSince({ deleted: 'deleted', overlapMs: 100 }), () => ifMatch({ revisions: 'ordered' })],
  ['sweep', { deletions: 'forgotten' }, () => changesSince({ overlapMs: 100, sweepMs: 0 }), () => ifMatch()],
  ['lww', { versions: 'none', deletions: 'forgotten', feed: 'list' }, () => listing(), () => overwrite()],
] as const

describe.each(profiles)('two devices before a server of profile %s', (_, options, feed, writes) => {
  const fresh = () => world(options, feed(), writes())

  test('agree after creates, updates and deletions of both', async () => {
    const { double, device } = fresh()
    const [a, b] = [device(), device()]
    for (const id of ['n1', 'n2', 'n3']) await a.collections.notes.create({ id, title: `${id} of a` })
    await settle(a, b)
    await a.collections.notes.delete('n1')
    await b.collections.notes.update('n2', { title: 'changed by b' })
    await b.collections.notes.create({ id: 'n4', title: 'of b' })
    await expectAgreement(double, a, b)
    expect((await truthOf(double)).map((row) => (row as Note).title)).toEqual(['changed by b', 'n3 of a', 'of b'])
  })

  test('agree where answers are lost, and no write is', async () => {
    const { double, device, lose } = fresh()
    const [a, b] = [device(), device()]
    await a.collections.notes.create({ id: 'n1', title: 'one' })
    lose(1)
    await a.synchronize().catch(() => undefined)
    await a.collections.notes.update('n1', { title: 'two' })
    lose(1)
    await a.synchronize().catch(() => undefined)
    await expectAgreement(double, a, b)
    expect(await truthOf(double)).toEqual([{ id: 'n1', title: 'two' }])
    const { writes: counts } = a.status.getSnapshot() ?? {}
    expect(counts).toMatchObject({ accepted: 2, quarantined: 0, parked: 0 })
  })

  test('agree after changing one record apart', async () => {
    const { double, device } = fresh()
    const [a, b] = [device(), device()]
    await a.collections.notes.create({ id: 'n1', title: 'one', done: false })
    await settle(a, b)
    await a.collections.notes.update('n1', { title: 'by a' })
    await b.collections.notes.update('n1', { done: true })
    await expectAgreement(double, a, b)
    // Without versions the last to write has pulled first here, and writes both.
    expect(await truthOf(double)).toEqual([{ id: 'n1', title: 'by a', done: true }])
  })
})
