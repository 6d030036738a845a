import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSyncClient, type JsonObject, type RemoteAdapter, record, type SyncClient } from '@rowkeep/kernel'
import { fileStore } from '@rowkeep/local-stores/file'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type BackendName, backends, type RunningBackend } from './support/backends.ts'

interface Task {
  readonly id: string
  readonly title: string
  readonly done: boolean
}

const collections = { tasks: record<Task>() }
let directory = ''
const closers: (() => Promise<void>)[] = []

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rowkeep-swap-'))
})
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
  await rm(directory, { recursive: true })
})

async function running(name: BackendName): Promise<RunningBackend> {
  const backend = await backends[name]()
  closers.push(() => backend.close())
  return backend
}

/** The app on its device; only the remote differs. */
function appOn(remote: RemoteAdapter): SyncClient<typeof collections> {
  return createSyncClient({ collections, remote, store: fileStore({ directory }), user: 'ada', sync: 'manual' })
}

const pairs: readonly (readonly [BackendName, BackendName])[] = [
  ['rest', 'firestore'],
  ['firestore', 'appsync'],
  ['appsync', 'supabase'],
  ['supabase', 'rest'],
  ['appsync', 'firestore'],
  ['rest', 'supabase'],
]

it.each(pairs)(
  'an edit made over %s meets the edit of somebody else over %s, whatever their versions are called',
  async (from, to) => {
    const [old, backend] = [await running(from), await running(to)]
    for (const place of [old, backend]) await place.write({ id: 'a', title: 'moved', done: false })
    const before = appOn(old.remote)
    await before.synchronize()
    await before.collections.tasks.update('a', { title: 'mine' })
    await before.dispose()
    // The first version of a row there, as the one here was.
    const other = appOn(backend.remote)
    const told: unknown[] = []
    other.observe({ 'conflict:detected': ({ fields }) => void told.push(fields) })
    await backend.write({ id: 'a', title: 'theirs', done: true })
    await vi.waitFor(
      async () => {
        await other.synchronize()
        expect(other.status.getSnapshot()).toMatchObject({ pending: 0, writes: { accepted: 1, applied: 1 } })
      },
      { timeout: 20_000 },
    )
    expect(told).toEqual([['title']])
    expect((await backend.rows()).map(known)).toEqual([{ id: 'a', title: 'mine', done: true }])
    await other.dispose()
  },
)

/** The fields of the app; a backend with fixed columns has more of them. */
const known = ({ id, title, done }: JsonObject): JsonObject => ({ id, title, done }) as JsonObject

it.each(pairs)('what was written offline over %s arrives over %s, each write once', async (from, to) => {
  const before = appOn((await running(from)).remote)
  const first = await before.collections.tasks.create({ title: 'one', done: false })
  await before.collections.tasks.create({ title: 'two', done: false })
  await before.collections.tasks.update(first.id, { done: true })
  await before.dispose()

  const backend = await running(to)
  const after = appOn(backend.remote)
  await after.synchronize()
  expect((await backend.rows()).map(known)).toEqual(await after.collections.tasks.readAll())
  expect(after.status.getSnapshot()).toMatchObject({ pending: 0, writes: { accepted: 3, applied: 2, merged: 1 } })
  await after.dispose()
})

it.each(pairs)(
  'a device of %s goes on with the rows that were moved to %s, and its unsent edits on them',
  async (from, to) => {
    const old = await running(from)
    for (const id of ['a', 'b', 'c', 'd']) await old.write({ id, title: `task ${id}`, done: false })
    const before = appOn(old.remote)
    await before.synchronize()
    // Revisions of the two places are not to be compared: there are more writes here than there will be there.
    for (const title of ['x', 'y', 'z']) await old.write({ id: 'd', title, done: false })
    await before.synchronize()
    await before.collections.tasks.update('a', { done: true })
    await before.collections.tasks.delete('b')
    await before.dispose()

    const backend = await running(to)
    for (const row of await old.rows()) await backend.write({ ...known(row), id: String(row['id']) })
    await backend.write({ id: 'c', title: 'changed after the move', done: false })
    const after = appOn(backend.remote)
    const { tasks } = after.collections
    await vi.waitFor(
      async () => {
        await after.synchronize()
        expect(after.status.getSnapshot()).toMatchObject({ pending: 0, writes: { accepted: 2, applied: 2 } })
      },
      { timeout: 20_000 },
    )
    const wanted = [
      { id: 'a', title: 'task a', done: true },
      { id: 'c', title: 'changed after the move', done: false },
      { id: 'd', title: 'z', done: false },
    ]
    expect((await backend.rows()).map(known)).toEqual(wanted)
    expect(await tasks.readAll()).toEqual(wanted)
    await after.dispose()
  },
)
