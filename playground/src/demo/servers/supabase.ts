import { pgliteSql } from '@rowkeep/adapters-rest/postgres'
import { supabaseKitDouble } from '@rowkeep/adapters-supabase/testing'
import type { OpenServed } from './served.ts'

/** The stand-in for a Supabase project with the sync kit, its database on disk. */
export const open: OpenServed = async (folder) => {
  const sql = await pgliteSql(folder)
  const { fetch, socket, rows, close } = await supabaseKitDouble({ sql })
  return {
    fetch,
    socket,
    isPush: ({ url }) => new URL(url).pathname.endsWith('_push'),
    listTasks: () => rows('tasks'),
    async close() {
      await close()
      await sql.close()
    },
  }
}
