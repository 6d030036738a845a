import { type RemoteLimits, SyncError } from '@rowkeep/kernel'
import { type Fields, type FieldsOf, fieldsIn } from '@rowkeep/kernel/adapters'
import { limitsWith, mustBeName, mustBeTime, mustKnow } from '../options.ts'
import { plainLimits } from './capabilities.ts'
import type { Table } from './table.ts'

/** What {@link plainTables} takes. Column names hold for all tables. */
export interface PlainOptions {
  /**
   * By collection. `table`: default the one of the same name. `fields`: what its columns hold that JSON has no type for: `date` in a
   * `timestamptz`, `bigint` in an `int8` or `numeric`, `decimal` in a `numeric`, `bytes` in a `bytea`. Default none.
   */
  readonly collections?: Readonly<Record<string, { readonly table?: string; readonly fields?: Fields }>>
  /** The schema of the tables. Default: the one the client was made for. */
  readonly schema?: string
  /** Primary key: text, uuid or a number. Default `id`; it is a field of the record too. */
  readonly id?: string
  /** `timestamptz` that a trigger moves with each write of a row. Default `updated_at`. */
  readonly updatedAt?: string
  /** A whole number that a trigger counts up with each write of a row; needs `deleted`. Default none: `updatedAt` is the revision. */
  readonly version?: string
  /** A boolean that marks deleted rows. Default none: rows are deleted for good, and found missing by a sweep. */
  readonly deleted?: string
  /** Further columns that are no part of a record, such as `user_id`. Default none. */
  readonly hidden?: readonly string[]
  /** Longer than any transaction that writes to the tables, ms: so far back a run begins before the newest stamp known. Default 10 000. */
  readonly overlapMs?: number
  /**
   * How often all keys of a table are listed, ms, to find rows that went in silence: deleted for good, or hidden by a policy.
   * Default five minutes, with `deleted` one hour; 0: each run; `Infinity`: never.
   */
  readonly sweepMs?: number
  /** Where the server allows more or less than a hosted Supabase does by default. */
  readonly limits?: Partial<RemoteLimits>
}

/** The options, checked and completed. */
export interface PlainSettings {
  tableOf(collection: string): Table
  readonly fields: FieldsOf
  readonly tombstones: boolean
  readonly schema: string
  readonly overlapMs: number
  readonly sweepMs: number
  readonly limits: RemoteLimits
}

const maker = 'plainTables'
const known = [
  'collections',
  'schema',
  'id',
  'updatedAt',
  'version',
  'deleted',
  'hidden',
  'overlapMs',
  'sweepMs',
  'limits',
]

function checkNames(options: PlainOptions): void {
  const { collections = {}, hidden = [], ...rest } = options
  for (const name of ['schema', 'id', 'updatedAt', 'version', 'deleted'] as const) {
    if (rest[name] !== undefined) mustBeName(`${maker}: ${name}`, rest[name])
  }
  if (!Array.isArray(hidden)) throw new SyncError('SYNC_CONFIG_INVALID', { message: `${maker}: hidden must be a list` })
  for (const column of hidden) mustBeName(`${maker}: hidden`, column)
  for (const [collection, { table }] of Object.entries(collections)) {
    if (table !== undefined) mustBeName(`${maker}: collections.${collection}.table`, table)
  }
}

/** @throws SyncError `SYNC_CONFIG_INVALID` naming the option that is wrong */
export function plainSettings(options: PlainOptions): PlainSettings {
  mustKnow(maker, options, known)
  const fields = fieldsIn(`${maker}: collections`, options.collections, ['table', 'fields'])
  checkNames(options)
  const { collections = {}, schema, id = 'id', updatedAt = 'updated_at', version, deleted, hidden = [] } = options
  const { overlapMs = 10_000, sweepMs = deleted === undefined ? 300_000 : 3_600_000, limits = {} } = options
  mustBeTime(`${maker}: overlapMs`, overlapMs)
  mustBeTime(`${maker}: sweepMs`, sweepMs)
  if (version !== undefined && deleted === undefined) {
    const why = 'a row that was deleted for good and made again would begin at its first version once more'
    throw new SyncError('SYNC_CONFIG_INVALID', { message: `${maker}: version needs deleted: ${why}` })
  }
  const meta = [updatedAt, version, deleted, ...hidden].filter((column) => column !== undefined)
  if (meta.includes(id))
    throw new SyncError('SYNC_CONFIG_INVALID', { message: `${maker}: "${id}" is the id, nothing else` })
  return {
    fields,
    tableOf(collection) {
      const isNamed = Object.hasOwn(collections, collection)
      return {
        ...{ collection, name: (isNamed && collections[collection]?.table) || collection, schema },
        ...{ id, updatedAt, version, deleted, hidden: new Set(meta) },
        fields: (isNamed && fields[collection]) || {},
      }
    },
    tombstones: deleted !== undefined,
    schema: schema ?? 'public',
    overlapMs,
    sweepMs,
    limits: limitsWith(maker, { ...limits }, plainLimits),
  }
}
