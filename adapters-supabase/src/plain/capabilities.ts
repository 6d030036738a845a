import type { RemoteCapabilities, RemoteLimits } from '@rowkeep/kernel'

/** What a hosted Supabase allows by default. Nothing is purged, so nothing expires. */
export const plainLimits: RemoteLimits = Object.freeze({
  operations: 1,
  requestBytes: 1_000_000,
  recordBytes: 1_000_000,
  idBytes: 512,
  pageRows: 1000,
  parallel: 4,
  retentionMs: Number.MAX_SAFE_INTEGER,
  opIdMemoryMs: 0,
  markerDepth: 0,
  settleMs: 5000,
  minWriteIntervalMs: 0,
})

/** The capabilities of plain tables, frozen to the bottom. `tombstones`: a column marks deleted rows. */
export function plainCapabilities(tombstones: boolean, limits: RemoteLimits): RemoteCapabilities {
  return Object.freeze({
    atomicity: 'record',
    conditional: 'cas',
    // Order of text depends on the database's collation, so there are no other comparisons.
    conditions: Object.freeze(['eq', 'ne', 'in'] as const),
    operators: Object.freeze([]),
    idempotency: 'natural',
    revisions: 'ordered',
    feed: 'timestamp-overlap',
    feedSpan: 'collection',
    deletes: tombstones ? 'tombstone' : 'none',
    expiry: 'silent',
    live: 'hint',
    clock: 'none',
    absent: 'null',
    limits,
  })
}
