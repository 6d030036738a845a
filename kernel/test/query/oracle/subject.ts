import { createSyncClient, type Env, type LocalStore, record } from '../../../src/index.ts'
import { moreOperators } from '../../../src/operators/index.ts'
import { readPage, watchCount, watchPage } from '../../../src/pages/index.ts'
import type { Subject } from './check.ts'
import type { Item } from './model.ts'

/** A client over the store that `store` gives, which is asked again when the client is opened again. */
export async function open(
  store: () => LocalStore,
  indexes: readonly (string | readonly string[])[],
  env: { readonly env?: Env } = {},
): Promise<Subject> {
  const client = createSyncClient({
    collections: { items: { schema: record<Item>(), indexes } },
    operators: moreOperators,
    store: store(),
    sync: 'manual',
    ...env,
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
      return open(store, indexes, env)
    },
    close: () => client.dispose(),
  }
}
