import type { JsonObject } from '@rowkeep/kernel'
import type { ModelRow, ModelServer } from '@rowkeep/kernel/testing'

/** One item of the base table, or one record of the delta table. */
export interface Item {
  readonly id: string
  readonly owner: string
  /** Attributes of DynamoDB: one that is absent and one that is null are different things. A deleted item keeps its own. */
  readonly attributes: JsonObject
  readonly deleted: boolean
  readonly version: number
  /** `_lastChangedAt`, ms. */
  readonly at: number
}

/** The base and delta tables of all models. */
export interface ItemStore {
  now(): number
  get(table: string, id: string): Item | undefined
  /** Every item of the base table in the order of a scan, which is none that a caller may rely on. */
  scan(table: string): readonly Item[]
  /** The delta table: every change later than `since`, oldest first; a row that changed twice is there twice. */
  changes(table: string, since: number): readonly Item[]
  put(table: string, item: Pick<Item, 'id' | 'owner' | 'attributes'>): Item
  /** Lets time pass. */
  age(ms: number): void
}

/** FNV-1a of 32 bits: spreads keys as the hash of a partition key does. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0
  return hash
}

/** Where an item stands in a scan. */
export const scanKey = (id: string): string => `${hashOf(id).toString(16).padStart(8, '0')}/${id}`

/**
 * Tables over a model server. Its rows hold the attributes of the items, `_deleted` included; the base table forgets a deleted
 * item after `baseTableTtlMs`.
 */
export function itemStore(server: ModelServer, baseTableTtlMs: number): ItemStore {
  const log: { readonly table: string; readonly item: Item }[] = []
  const times = new Map<string, number>()
  let aged = 0
  const timeOf = ({ table, id, at }: ModelRow): number => times.get(JSON.stringify([table, id])) ?? at
  const itemOf = (row: ModelRow): Item => ({
    id: row.id,
    owner: row.owner,
    attributes: row.fields ?? {},
    deleted: row.fields === null || row.fields['_deleted'] === true,
    version: row.version,
    at: timeOf(row),
  })
  const rows = (table: string): readonly ModelRow[] => server.list(table)
  const now = (): number => server.now() + aged
  const live = ({ deleted, at }: Item): boolean => !deleted || at + baseTableTtlMs >= now()
  const get = (table: string, id: string): Item | undefined => {
    const row = server.get(table, id)
    const item = row && itemOf(row)
    if (!item || live(item)) return item
    server.drop(table, id)
    return undefined
  }
  for (const table of ['notes', 'tasks']) for (const row of rows(table)) log.push({ table, item: itemOf(row) })
  log.sort((a, b) => a.item.at - b.item.at)
  server.watch((row) => {
    if (!row) return
    times.set(JSON.stringify([row.table, row.id]), row.at + aged)
    log.push({ table: row.table, item: itemOf(row) })
  })
  return {
    now,
    get,
    scan: (table) =>
      rows(table)
        .flatMap(({ id }) => get(table, id) ?? [])
        .sort((a, b) => (scanKey(a.id) < scanKey(b.id) ? -1 : 1)),
    changes: (table, since) => log.flatMap(({ table: of, item }) => (of === table && item.at > since ? [item] : [])),
    put: (table, { id, owner, attributes }) => itemOf(server.put({ table, id, owner, fields: attributes })),
    age(ms) {
      aged += ms
    },
  }
}
