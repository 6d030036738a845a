import type { JsonObject } from '@rowkeep/kernel'
import { type Double, type ModelServer, modelServer } from '@rowkeep/kernel/testing'
import { problem } from './answers.ts'
import { bury, itemAnswer } from './items.ts'
import { listAnswer } from './lists.ts'
import type { PlainDoubleOptions, Settings } from './settings.ts'

/** The collections of the plain double. */
export type PlainCollectionName = 'notes' | 'tasks'

/**
 * An ordinary JSON server inside this process that knows nothing of sync: lists and items, strict about preconditions,
 * content types and what it is asked. Its tokens are `token-of-ada` and `token-of-bob`; the methods speak for `ada`.
 */
export interface PlainDouble extends Double {
  /** Live records; tombstones left out. */
  rows(collection: PlainCollectionName): Promise<readonly JsonObject[]>
  /** A create or an update by another device. */
  write(collection: PlainCollectionName, row: JsonObject & { readonly id: string }): Promise<void>
  /** A deletion by another device. */
  remove(collection: PlainCollectionName, id: string): Promise<void>
  /** From now on refuses writes to this row (403). */
  forbid(collection: PlainCollectionName, id: string): Promise<void>
  /** How it words an error of this status. */
  wording(status: number): JsonObject
}

const user = 'ada'
const tables: readonly string[] = ['notes', 'tasks']

/** Table and id of an address: `/notes`, `/notes/<id>`, or `/notes?id=<id>` for ids that no path can hold. */
function addressOf({
  pathname,
  searchParams,
}: URL): { readonly table: string; readonly id: string | null } | undefined {
  const [, table = '', segment, ...more] = pathname.split('/')
  if (!tables.includes(table) || more.length > 0) return undefined
  if (segment === undefined) return { table, id: searchParams.get('id') }
  try {
    return { table, id: decodeURIComponent(segment) }
  } catch {
    return undefined
  }
}

async function answer(request: Request, server: ModelServer, settings: Settings): Promise<Response> {
  const caller = server.userOf(/^Bearer (.+)$/.exec(request.headers.get('authorization') ?? '')?.[1])
  if (caller === undefined) return problem(401, 'who is it?', { 'www-authenticate': 'Bearer' })
  const address = addressOf(new URL(request.url))
  if (address === undefined) return problem(404, 'there is nothing here')
  const { table, id } = address
  if (id !== null) return itemAnswer({ request, server, settings, user: caller, table, id })
  const rows = server.list(table).filter(({ owner }) => owner === caller)
  return listAnswer(rows, request, settings)
}

/** A fresh server, or one over the state that is given. It serves whatever origin it is mounted at. */
export function plainDouble(options: PlainDoubleOptions = {}): PlainDouble {
  const { server = modelServer() } = options
  const settings: Settings = {
    versions: 'strong',
    deletions: 'marked',
    feed: 'changes',
    writable: true,
    bodies: true,
    ...options,
    server,
  }
  return {
    origin: 'https://plain.test',
    fetch: (request) => answer(request, server, settings),
    async rows(collection) {
      const rows = server.list(collection).filter(({ owner }) => owner === user)
      return rows.flatMap(({ fields }) => (fields === null ? [] : [fields]))
    },
    async write(collection, row) {
      server.put({ table: collection, id: row.id, owner: user, fields: row })
    },
    async remove(collection, id) {
      bury(server, settings, { table: collection, id, owner: user })
    },
    async forbid(collection, id) {
      server.forbid(collection, id)
    },
    wording: (status) => ({ title: 'on purpose', status }),
  }
}
