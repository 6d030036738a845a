import { pgliteSql, postgresStorage } from '@rowkeep/adapters-rest/postgres'
import { syncHandler } from '@rowkeep/adapters-rest/server'
import type { OpenServed } from './served.ts'

/** What a real server has, and nothing else: a database, the handler, and a way to know who calls. */
export const open: OpenServed = async (folder) => {
  const sql = await pgliteSql(folder)
  const storage = postgresStorage({ sql })
  const handler = syncHandler({
    storage,
    collections: ['tasks'],
    authenticate: (request) => (request.headers.get('authorization') === 'Bearer token-of-ada' ? 'ada' : undefined),
  })
  await storage.ready()
  return {
    fetch: handler,
    isPush: ({ url }) => new URL(url).pathname.endsWith('/push'),
    async listTasks() {
      const rows = await storage.rows('ada', 'tasks')
      return rows.flatMap((row) => (row.kind === 'record' ? [row.record] : []))
    },
    async close() {
      await handler.close()
      await sql.close()
    },
  }
}
