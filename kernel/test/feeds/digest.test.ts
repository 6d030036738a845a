import { describe, expect, it } from 'vitest'
import { withDigest, withNamedFeeds } from '../../src/feeds/index.ts'
import { type DigestRemote, type PullPage, type RemoteAdapter, type RowHead, SyncError } from '../../src/index.ts'
import { type Device, type DeviceOptions, device } from '../support/device.ts'
import { once, TestServer } from '../support/server.ts'
import { TeamServer } from '../support/teams.ts'

const minute = 60_000

interface Digest {
  /** What it was asked about, as `<id>@<revision>` of each row. */
  readonly asked: string[][]
  /** Called before the answer; may throw, or answer instead. */
  instead: () => unknown
}

const textOf = ({ collection, id, revision }: RowHead): string => `${collection}/${id}@${revision}`

/** Compares with the living rows of the server that `has` picks. */
function comparable<R extends RemoteAdapter>(
  server: TestServer,
  inner: R,
  has: (tags: unknown, feed: string) => boolean = () => true,
): R & DigestRemote & { readonly digest: Digest } {
  const digest: Digest = { asked: [], instead: () => undefined }
  return {
    ...inner,
    digest,
    same: async (feed, rows) => {
      const given = [...rows].map(textOf).sort()
      digest.asked.push(given)
      await Promise.resolve()
      const instead = digest.instead()
      if (instead !== undefined) return instead as boolean
      const there = [...server.rows.values()].filter(({ record }) => record && has(record['tags'], feed.id))
      const texts = there.map(({ collection, id, revision }) => `${collection}/${id}@${revision}`)
      return JSON.stringify(given) === JSON.stringify(texts.sort())
    },
  }
}

interface Scene extends Device {
  readonly server: TestServer
  readonly digest: Digest
}

/** A device that compares, with three rows and its first run behind it. */
async function listed(options: DeviceOptions = {}): Promise<Scene> {
  const server = new TestServer()
  for (const id of ['t0', 't1', 't2']) server.write('tasks', id, { id, title: id })
  const remote = comparable(server, server.adapter())
  const one = device(server, { ...options, remote: withDigest(remote) })
  await one.sync()
  return { ...one, server, digest: remote.digest }
}

const idsOf = async ({ tasks }: Device): Promise<readonly string[]> => (await tasks.readAll()).map(({ id }) => id)

describe('comparing rows with the server', () => {
  it('finds a row that an administrator removed, and nothing told of it [F17]', async () => {
    const one = await listed()
    one.server.purge('tasks', 't1')
    await one.sync()
    expect(await idsOf(one)).toEqual(['t0', 't2'])
    expect(one.server.pulls.map(({ cursor }) => cursor === null)).toEqual([true, false, true])
    expect(one.server.requests).toEqual([])
  })

  it('finds a row, and a version, that never came [F17]', async () => {
    const one = await listed()
    const drop = (page: PullPage): PullPage => (page.kind === 'expired' ? page : { ...page, changes: [] })
    one.server.write('tasks', 'lost', { id: 'lost', title: 'lost' })
    one.server.edit('tasks', 't0', { title: 'lost' })
    one.server.afterPull = once(drop)
    await one.sync()
    expect(await one.tasks.readAll()).toEqual(
      Object.values(one.server.all('tasks')).sort((a, b) => (`${a['id']}` < `${b['id']}` ? -1 : 1)),
    )
  })

  it('costs no listing where all is the same, and names each living row once', async () => {
    const one = await listed()
    one.server.write('tasks', 't1', null)
    await one.sync()
    expect(one.digest.asked).toEqual([['tasks/t0@1', 'tasks/t2@1']])
    expect(one.server.pulls).toHaveLength(2)
  })

  it('happens in the first run of a session that goes on from a cursor, and then every sixty pull intervals', async () => {
    const one = await listed({ pullIntervalMs: minute })
    expect(one.digest.asked).toHaveLength(0)
    await one.sync()
    await one.sync()
    expect(one.digest.asked).toHaveLength(1)
    await one.env.advance(59 * minute)
    await one.sync()
    expect(one.digest.asked).toHaveLength(1)
    await one.env.advance(minute)
    await one.sync()
    expect(one.digest.asked).toHaveLength(2)
  })

  it('waits while a write of the feed is on its way, and comes when it has ended', async () => {
    const one = await listed()
    one.server.beforePush = () => {
      throw new SyncError('SYNC_NETWORK')
    }
    await one.tasks.update('t0', { title: 'mine' })
    await expect(one.sync()).rejects.toMatchObject({ code: 'SYNC_NETWORK' })
    await expect(one.sync()).rejects.toMatchObject({ code: 'SYNC_NETWORK' })
    expect(one.digest.asked).toHaveLength(0)
    one.server.beforePush = () => {}
    await one.sync()
    await one.sync()
    expect(one.digest.asked).toHaveLength(1)
    expect(one.server.pulls.filter(({ cursor }) => cursor === null)).toHaveLength(1)
  })

  it('waits while a row cannot be read, whose version is not known here', async () => {
    const one = await listed()
    one.server.afterPull = once((page) =>
      page.kind === 'expired'
        ? page
        : {
            ...page,
            changes: [
              { kind: 'unreadable', collection: 'tasks', id: 'bad', error: { code: 'SYNC_PROTOCOL' } } as const,
            ],
          },
    )
    await one.sync()
    await one.sync()
    expect(one.digest.asked).toHaveLength(0)
  })

  it.each([null, 0, ''])('takes %j for a difference, once in the interval', async (answer) => {
    const one = await listed()
    one.digest.instead = () => answer
    await one.sync()
    await one.sync()
    expect(one.server.pulls.filter(({ cursor }) => cursor === null)).toHaveLength(2)
  })

  it('is tried again after a failure, which is told and takes nothing away', async () => {
    const one = await listed()
    one.digest.instead = once(() => {
      throw new SyncError('SYNC_NETWORK')
    })
    await expect(one.sync()).rejects.toMatchObject({ code: 'SYNC_NETWORK' })
    expect(await idsOf(one)).toHaveLength(3)
    await one.sync()
    expect(one.digest.asked).toHaveLength(2)
  })

  it('asks again in a new session', async () => {
    const one = await listed()
    await one.sync()
    await one.client.dispose()
    const again = device(one.server, {
      store: one.store,
      remote: withDigest(comparable(one.server, one.server.adapter())),
    })
    one.server.purge('tasks', 't2')
    await again.sync()
    expect(await idsOf(again)).not.toContain('t2')
  })

  it('is done for each feed that the server names, in whatever order the two are asked for', async () => {
    const isIn = (tags: unknown, feed: string): boolean => (tags as readonly string[]).includes(feed)
    for (const wrap of [0, 1]) {
      const server = new TeamServer()
      server.teams = ['a', 'b']
      for (const id of ['x', 'y']) server.task(id, 'a', 'b')
      server.task('z', 'b')
      const remote = comparable(server, server.scoped(), isIn)
      const one = device(server, {
        remote: wrap ? withDigest(withNamedFeeds(remote)) : withNamedFeeds(withDigest(remote)),
      })
      await one.sync()
      server.purge('tasks', 'z')
      await one.sync()
      expect(await idsOf(one)).toEqual(['x', 'y'])
      expect(remote.digest.asked.map(({ length }) => length)).toEqual([2, 3])
    }
  })

  it('is refused for a remote that cannot', () => {
    expect(() => withDigest(new TestServer().adapter() as never)).toThrow(/withDigest.*\[SYNC_CONFIG_INVALID\]/)
  })
})
