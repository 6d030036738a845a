import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSyncClient, record, type SyncClient, SyncError } from '@rowkeep/kernel'
import { quarantine } from '@rowkeep/kernel/inbox'
import { transaction } from '@rowkeep/kernel/transactions'
import { fileStore } from '@rowkeep/local-stores/file'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type BackendName, backends, type RunningBackend } from './support/backends.ts'

interface Task {
  readonly id: string
  readonly title: string
  readonly done: boolean
}

const collections = { tasks: record<Task>() }
type App = SyncClient<typeof collections>

let directory = ''
const closers: (() => Promise<void>)[] = []

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rowkeep-transactions-'))
})
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
  await rm(directory, { recursive: true })
})

interface Scene {
  readonly app: App
  readonly backend: RunningBackend
  /** What the backend showed after each push, as titles by id. */
  readonly shown: string[]
  /** Loses the answer of the next push. */
  lose(): void
}

const titlesOf = async ({ rows }: RunningBackend): Promise<string> =>
  (await rows()).map(({ id, title }) => `${String(id)}:${String(title)}`).join(' ')

/** A device with the tasks a and b, and its backend. */
async function scene(name: BackendName): Promise<Scene> {
  const backend = await backends[name]()
  closers.push(() => backend.close())
  for (const id of ['a', 'b']) await backend.write({ id, title: 'old', done: false })
  const shown: string[] = []
  let losing = false
  const app = createSyncClient({
    collections,
    remote: backend.remote,
    store: fileStore({ directory }),
    user: 'ada',
    sync: 'manual',
    retryMinMs: 1,
    use: [
      {
        name: 'look',
        middleware: {
          push: async (_, next) => {
            const verdicts = await next()
            shown.push(await titlesOf(backend))
            if (!losing) return verdicts
            losing = false
            throw new SyncError('SYNC_NETWORK')
          },
        },
      },
    ],
  })
  closers.push(() => app.dispose())
  await app.synchronize()
  const lose = (): void => {
    losing = true
  }
  return { app, backend, shown, lose }
}

/** Gives both tasks a new title and makes a third. */
const rename = (app: App, where?: { readonly done: boolean }): Promise<void> =>
  transaction(app, async (tx) => {
    await tx.tasks.update('a', { title: 'new' })
    await tx.tasks.update('b', { title: 'new' }, where ? { where } : {})
    await tx.tasks.create({ id: 'c', title: 'new', done: false })
  })

const settle = (app: App, expected: object): Promise<void> =>
  vi.waitFor(
    async () => {
      await app.synchronize()
      expect(app.status.getSnapshot()).toMatchObject({ pending: 0, ...expected })
    },
    { timeout: 20_000 },
  )

describe.each(['rest', 'supabase', 'firestore'] as const)('a transaction over %s', (name) => {
  it('arrives whole and once, although its answer was lost', async () => {
    const { app, backend, shown, lose } = await scene(name)
    await rename(app)
    lose()
    await app.synchronize().catch(() => undefined)
    expect(shown).toEqual(['a:new b:new c:new'])
    await settle(app, { writes: { accepted: 3, applied: 3 } })
    expect(new Set(shown)).toEqual(new Set(['a:new b:new c:new']))
    expect(await titlesOf(backend)).toBe('a:new b:new c:new')
  })

  it('has no effect while one of its records has moved, and arrives whole after that', async () => {
    const { app, backend, shown } = await scene(name)
    await rename(app)
    await backend.write({ id: 'b', title: 'theirs', done: true })
    await settle(app, { writes: { accepted: 3, applied: 3 } })
    expect(shown.filter((titles) => !['a:old b:theirs', 'a:new b:new c:new'].includes(titles))).toEqual([])
    expect(await titlesOf(backend)).toBe('a:new b:new c:new')
    expect((await backend.rows())[1]).toMatchObject({ done: true })
  })

  it('has no effect at all when one operation is refused, and is one entry in quarantine', async () => {
    const { app, backend } = await scene(name)
    await rename(app, { done: false })
    await backend.write({ id: 'b', title: 'old', done: true })
    await settle(app, { writes: { accepted: 3, applied: 0, quarantined: 3 } })
    expect(await titlesOf(backend)).toBe('a:old b:old')
    const list = quarantine(app).getSnapshot()
    expect(list).toMatchObject([{ reason: { code: 'SYNC_CONDITION_FAILED' }, others: [{}, {}] }])
    expect((await app.collections.tasks.readAll()).map(({ title }) => title)).toEqual(['old', 'old'])
  })
})

it('a transaction over appsync is refused at the call, and leaves nothing', async () => {
  const { app } = await scene('appsync')
  await expect(rename(app)).rejects.toMatchObject({
    code: 'SYNC_UNSUPPORTED',
    message: expect.stringContaining('appsync'),
  })
  expect(app.status.getSnapshot()).toMatchObject({ pending: 0, writes: { accepted: 0 } })
})
