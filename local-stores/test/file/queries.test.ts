import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSyncClient, type LocalStore, record } from '@rowkeep/kernel'
import { moreOperators } from '@rowkeep/kernel/operators'
import { readPage, watchCount, watchPage } from '@rowkeep/kernel/pages'
import fc from 'fast-check'
import { it } from 'vitest'
import { cases } from '../../../kernel/test/query/oracle/cases.ts'
import { check, type Subject } from '../../../kernel/test/query/oracle/check.ts'
import type { Item } from '../../../kernel/test/query/oracle/model.ts'
import { fileStore } from '../../src/file/index.ts'

async function open(store: () => LocalStore, indexes: readonly (string | readonly string[])[]): Promise<Subject> {
  const client = createSyncClient({
    collections: { items: { schema: record<Item>(), indexes } },
    operators: moreOperators,
    store: store(),
    sync: 'manual',
  })
  const { items } = client.collections
  await items.count()
  return {
    ...(items as unknown as Subject),
    readPage: (query) => readPage(items, query as never) as never,
    watchPage: (query) => watchPage(items, query as never) as never,
    watchCount: (query) => watchCount(items, query as never),
    reopen: async () => {
      await client.dispose()
      return open(store, indexes)
    },
    close: () => client.dispose(),
  }
}

it('any query over files, also after they are opened again, answers as the model does', async () => {
  const property = fc.asyncProperty(cases, async (one) => {
    const folder = await mkdtemp(join(tmpdir(), 'rowkeep-queries-'))
    try {
      await check(await open(() => fileStore({ directory: folder }), one.indexes), one)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
  await fc.assert(property, { numRuns: 40 })
}, 120_000)
