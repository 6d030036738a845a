import { randomUUID } from 'node:crypto'
import type { Filter, JsonObject, PushOperation, PushVerdict, RemoteChange } from '@rowkeep/kernel'
import type { PostgresStorage } from '../../src/postgres/index.ts'

/** An operation of the collection `notes` under a new id. */
export const operation = (fields: Partial<PushOperation>): PushOperation => ({
  opId: randomUUID(),
  kind: 'update',
  collection: 'notes',
  id: 'a',
  expected: null,
  change: {},
  record: null,
  resend: false,
  ...fields,
})

/** A create of a note. */
export const create = (id: string, record: JsonObject = { id }, fields: Partial<PushOperation> = {}): PushOperation =>
  operation({ kind: 'create', id, change: { set: record }, record, ...fields })

/** Pushes one operation and gives its verdict. */
export async function pushOne(storage: PostgresStorage, user: string, one: PushOperation): Promise<PushVerdict> {
  const [verdict] = await storage.push(user, { operations: [one], atomic: false })
  if (verdict === undefined) throw new Error('no verdict')
  return verdict
}

/** Everything of a run, page by page. */
export interface Run {
  readonly kind: string
  readonly changes: readonly RemoteChange[]
  readonly cursor: string
  readonly pages: number
}

/** How a run is asked for. */
export interface Asked {
  readonly cursor?: string | null
  readonly limit?: number
  readonly collections?: readonly string[]
  readonly filters?: Readonly<Record<string, Filter>>
  /** Called after each page that has more to come. */
  readonly between?: () => Promise<void>
}

/** Pulls until `more: false`. Fails when expired, and when it does not come to an end. */
export async function pullAll(storage: PostgresStorage, user: string, asked: Asked = {}): Promise<Run> {
  const { limit = 100, collections = ['notes', 'tasks'], filters, between } = asked
  const feed = { id: 'all', collections, ...(filters ? { filters } : {}) }
  const changes: RemoteChange[] = []
  let cursor = asked.cursor ?? null
  for (let pages = 1; pages < 200; pages += 1) {
    const page = await storage.pull(user, { feed, cursor, limit })
    if (page.kind === 'expired') throw new Error('expired')
    if (page.changes.length > limit) throw new Error('more changes than asked for')
    changes.push(...page.changes)
    if (page.cursor === null) throw new Error('no cursor')
    cursor = page.cursor
    if (!page.more) return { kind: page.kind, changes, cursor, pages }
    await between?.()
  }
  throw new Error('the run does not end')
}

/** A change in short: its kind, collection and id. */
export const brief = ({ kind, collection, id }: RemoteChange): string => `${kind} ${collection}/${id}`
