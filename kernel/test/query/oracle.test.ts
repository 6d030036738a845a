import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createSyncClient, type LocalStore, memoryStore, record } from '../../src/index.ts'
import { moreOperators } from '../../src/operators/index.ts'
import { readPage, watchCount, watchPage } from '../../src/pages/index.ts'
import { Disk } from '../support/stores.ts'
import { quiet, virtualEnv } from '../support/virtual-env.ts'
import { cases } from './oracle/cases.ts'
import { check, type Subject } from './oracle/check.ts'
import type { Item } from './oracle/model.ts'

/** So many cases; `QUERY_CASES=100000` for a long run. */
const count = Number(process.env['QUERY_CASES'] ?? 2000)

async function open(store: LocalStore, indexes: readonly (string | readonly string[])[]): Promise<Subject> {
  const client = createSyncClient({
    collections: { items: { schema: record<Item>(), indexes } },
    operators: moreOperators,
    store,
    env: virtualEnv(),
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

it('any query, live or not, page by page or counted, answers as the model does', async () => {
  const seen = new Set<string>()
  const property = fc.asyncProperty(cases, async (one) => {
    // Memory is gone when its client closes; a disk is read again.
    const subject = await open(new Disk(), one.indexes)
    for (const query of one.asked)
      for (const name of JSON.stringify(query).matchAll(/"(\w+)":/g)) seen.add(name[1] ?? '')
    await check(subject, one)
    // What a WeakRef gave out lives to the end of the turn, and without this all cases are one turn.
    await quiet()
  })
  await fc.assert(property, { numRuns: count })
  // Every operator was asked for, or the test says nothing of it.
  const operators = 'eq ne gt gte lt lte in notIn between isNull contains startsWith endsWith matches has hasAny near'
  for (const name of [...operators.split(' '), 'ignoreCase', 'AND', 'OR', 'NOT']) expect(seen).toContain(name)
}, 1_500_000)

it('over a store of memory as well', async () => {
  const property = fc.asyncProperty(cases, async (one) => {
    const subject = await open(memoryStore(), one.indexes)
    await check({ ...subject, reopen: async () => subject }, one)
    await quiet()
  })
  await fc.assert(property, { numRuns: Math.ceil(count / 10) })
}, 600_000)
