import { type PushOperation, type PushRequest, type PushVerdict, SyncError } from '@rowkeep/kernel'
import { bytesOf } from '../json.ts'
import type { Profile } from '../profile.ts'
import type { Caller } from '../requests.ts'
import { plainCapabilities } from './capabilities.ts'
import { type PlainOptions, type PlainSettings, plainSettings } from './options.ts'
import { pullPage } from './pull.ts'
import { pushOne } from './push.ts'
import { setupCommand, type Table } from './table.ts'
import { windows } from './windows.ts'

function stoodStill(table: Table): SyncError {
  const { name, updatedAt, version } = table
  const column = version ?? updatedAt
  return new SyncError('SYNC_CONFIG_INVALID', {
    message: `an update of ${name} did not move "${column}", so a stale write could not be told from a good one: ${name} needs a trigger, which is printed by ${setupCommand(table)}`,
  })
}

const tooLarge = (bytes: number, most: number): PushVerdict => ({
  kind: 'rejected',
  error: { code: 'SYNC_TOO_LARGE', message: `the record has ${bytes} bytes, more than ${most}` },
})

const unsupported: PushVerdict = {
  kind: 'rejected',
  error: { code: 'SYNC_UNSUPPORTED', message: 'plain tables have no atomic requests over several rows' },
}

/** Pushes of one profile, which remember the tables that were found without their trigger. */
function pushing({ tableOf, limits }: PlainSettings, still: Set<string>) {
  const one = async (operation: PushOperation, caller: Caller): Promise<PushVerdict> => {
    const table = tableOf(operation.collection)
    if (still.has(table.name)) {
      const { code, message } = stoodStill(table)
      return { kind: 'retry', outcome: 'unapplied', error: { code, message } }
    }
    const bytes = operation.record === null ? 0 : bytesOf(operation.record)
    if (bytes > limits.recordBytes) return tooLarge(bytes, limits.recordBytes)
    return pushOne({ caller, table, operation, standsStill: () => still.add(table.name) })
  }
  return async ({ operations, atomic }: PushRequest, caller: Caller): Promise<readonly PushVerdict[]> => {
    if (atomic && operations.length > 1) return operations.map(() => unsupported)
    const verdicts: PushVerdict[] = []
    for (const operation of operations) verdicts.push(await one(operation, caller))
    return verdicts
  }
}

/**
 * Rows in tables of the app's own, one table per collection. Compares by `version` or `updatedAt` in the step of each
 * write; a table whose column does not move with a write is found out by the answer to the first one, and from then on
 * every call for it fails with `SYNC_CONFIG_INVALID` and names what is missing.
 * @throws SyncError `SYNC_CONFIG_INVALID` naming the option that is wrong
 */
export function plainTables(options: PlainOptions = {}): Profile {
  const settings = plainSettings(options)
  const { tableOf, fields, schema, overlapMs, sweepMs, limits, tombstones } = settings
  const overlaps = windows(overlapMs)
  const still = new Set<string>()
  return {
    name: 'supabase-plain',
    fields,
    kept: { as: 'typed', digits: 6 },
    capabilities: plainCapabilities(tombstones, limits),
    async pull({ feed, cursor, limit }, caller) {
      const [collection, second] = feed.collections
      if (collection === undefined || second !== undefined) {
        throw new SyncError('SYNC_UNSUPPORTED', { message: 'a feed of plain tables has one collection' })
      }
      const table = tableOf(collection)
      if (still.has(table.name)) throw stoodStill(table)
      const most = Math.min(limit, limits.pageRows)
      return pullPage({ table, caller, limit: most, feed, collection, windows: overlaps, sweepMs }, { cursor })
    },
    push: pushing(settings, still),
    sourceOf: ({ collections }) => ({
      kind: 'postgres_changes',
      schema,
      table: tableOf(collections[0] ?? '').name,
    }),
    close: () => overlaps.close(),
  }
}
