import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSyncClient, memoryStore, record } from '@rowkeep/kernel'
import { add, migrations, rename } from '@rowkeep/kernel/migrations'
import { fileStore } from '@rowkeep/local-stores/file'
import { afterEach, beforeEach, expect, it } from 'vitest'

interface Note {
  readonly id: string
  readonly text: string
}
interface Note2 {
  readonly id: string
  readonly title: string
  readonly pinned: boolean
}

let directory = ''
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rowkeep-migrations-'))
})
afterEach(() => rm(directory, { recursive: true }))

const plan = migrations({
  version: 2,
  steps: [{ to: 2, records: { notes: [rename('text', 'title'), add('pinned', false)] } }],
})
const stores = { memory: () => memoryStore(), file: () => fileStore({ directory }) }

it.each(['memory', 'file'] as const)(
  'an app of version 2 goes on with what one of version 1 left in a %s store',
  async (name) => {
    const store = stores[name]()
    const old = createSyncClient({ collections: { notes: record<Note>() }, store })
    await old.collections.notes.createMany([
      { id: 'a', text: 'A' },
      { id: 'b', text: 'B' },
    ])
    await old.collections.notes.update('a', { text: 'AA' })
    await old.dispose()
    const open = () => createSyncClient({ collections: { notes: record<Note2>() }, store, migrations: plan })
    const first = open()
    await first.collections.notes.update('b', { pinned: true })
    await first.dispose()
    const second = open()
    expect(await second.collections.notes.readAll()).toEqual([
      { id: 'a', title: 'AA', pinned: false },
      { id: 'b', title: 'B', pinned: true },
    ])
    expect(second.status.getSnapshot()).toMatchObject({ pending: 3, writes: { accepted: 4, merged: 1 } })
    await second.dispose()
    const lower = createSyncClient({ collections: { notes: record<Note>() }, store })
    await expect(lower.collections.notes.readAll()).rejects.toMatchObject({ code: 'SYNC_FORMAT_NEWER' })
    await lower.dispose()
  },
)
