import { describe, expect, it } from 'vitest'
import { withNamedFeeds } from '../../src/feeds/index.ts'
import { type LocalStore, type RemoteAdapter, SyncError } from '../../src/index.ts'
import { type Device, device } from '../support/device.ts'
import { Disk, wrapStore } from '../support/stores.ts'
import { TeamServer } from '../support/teams.ts'

/** What a device meets in the run that is cut off. */
interface Story {
  readonly name: string
  /** Changes the server, and the scope, after the device's first run. */
  happens(server: TeamServer, scope: { least: number }): void
  readonly remote?: (server: TeamServer) => RemoteAdapter
}

const stories: readonly Story[] = [
  {
    name: 'changes and deletions',
    happens: (server) => {
      for (let n = 0; n < 12; n += 1) server.edit('tasks', `t${n}`, { title: 'new' })
      server.write('tasks', 't3', null)
    },
  },
  {
    name: 'an expired cursor, with deletions that were purged',
    happens: (server) => {
      for (const id of ['t0', 't7']) server.purge('tasks', id)
      server.expire()
    },
  },
  {
    name: 'another history',
    happens: (server) => {
      server.epoch = 'e2'
      server.purge('tasks', 't2')
      for (let n = 3; n < 12; n += 1)
        server.put('tasks', `t${n}`, { id: `t${n}`, title: 'restored', n, tags: ['b'] }, 1)
    },
  },
  {
    name: 'another scope',
    happens: (server, scope) => {
      scope.least = 4
      server.purge('tasks', 't9')
    },
  },
  {
    name: 'a team left and another joined',
    happens: (server) => {
      server.teams = ['b']
    },
    remote: (server) => withNamedFeeds(server.scoped()),
  },
]

/** Dies in its n-th commit from now, and answers nothing after it. */
function mortal(inner: LocalStore): { readonly store: LocalStore; dieAt(commit: number): void; commits(): number } {
  let [left, commits] = [Number.POSITIVE_INFINITY, 0]
  const store = wrapStore(inner)
  store.beforeCommit = () => {
    commits += 1
    left -= 1
    if (left < 0) throw new SyncError('SYNC_STORE_FAILED')
  }
  return {
    store,
    dieAt: (commit) => {
      left = commit
      commits = 0
    },
    commits: () => commits,
  }
}

/** Two feeds of seven pages; the write of this device is on a row that every story keeps. */
async function play({ happens, remote }: Story, dieAt: number): Promise<number> {
  const server = new TeamServer()
  server.teams = ['a', 'b']
  for (let n = 0; n < 12; n += 1) {
    server.write('tasks', `t${n}`, { id: `t${n}`, title: 'old', n, tags: n < 4 ? ['a'] : ['b'] })
  }
  for (let n = 0; n < 3; n += 1) for (let m = 0; m < 12; m += 1) server.edit('tasks', `t${m}`, { title: `${n}` })
  const scope = { least: 0 }
  const disk = new Disk()
  const start = (store: LocalStore): Device =>
    device(server, {
      store,
      remote: remote ? remote(server) : server.adapter(),
      ...(remote ? {} : { scope: () => ({ n: { gte: scope.least } }) as object }),
    })
  const dying = mortal(disk)
  const first = start(dying.store)
  await first.sync()
  server.beforePush = () => {
    throw new SyncError('SYNC_NETWORK')
  }
  await first.tasks.update('t8', { done: true })
  happens(server, scope)
  dying.dieAt(dieAt)
  await first.sync().catch(() => {})
  const commits = dying.commits()
  await first.client.dispose().catch(() => {})
  server.beforePush = () => {}
  const again = start(disk)
  await again.sync()
  await again.sync()
  const there = Object.entries(server.all('tasks')).filter(([, { n, tags }]) =>
    remote ? server.teams.some((team) => (tags as readonly string[]).includes(team)) : Number(n) >= scope.least,
  )
  expect(await again.tasks.readAll(), `died in commit ${dieAt}`).toEqual(
    there.map(([, row]) => row).sort((a, b) => (`${a['id']}` < `${b['id']}` ? -1 : 1)),
  )
  expect(server.record('tasks', 't8')).toMatchObject({ done: true })
  expect(server.sent.filter(({ kind }) => kind === 'delete')).toEqual([])
  expect(again.status().pending).toBe(0)
  return commits
}

describe('a process that ends in any commit of a run', () => {
  it.each(stories)('goes on to what the server has after $name, its unsent write kept [F05 F12 F13]', async (story) => {
    const commits = await play(story, Number.POSITIVE_INFINITY)
    expect(commits).toBeGreaterThan(1)
    for (let at = 0; at < commits; at += 1) await play(story, at)
  })
})
