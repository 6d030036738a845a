import { appsyncDouble } from '@rowkeep/adapters-appsync/testing'
import type { JsonObject } from '@rowkeep/kernel'
import { modelOnDisk } from './model-on-disk.ts'
import type { OpenServed } from './served.ts'

/** The model of the demo has more columns than its app uses; GraphQL gives those back as null. */
function withoutNulls(row: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null))
}

/** The stand-in for an AppSync API, its items on disk. */
export const open: OpenServed = async (folder) => {
  const { fetch, socket, rows, close } = appsyncDouble({ server: modelOnDisk(folder) })
  return {
    fetch,
    socket,
    isPush: async (request) => (await request.text()).includes('mutation'),
    async listTasks() {
      return (await rows('tasks')).map(withoutNulls)
    },
    close,
  }
}
