import type { RemoteCapabilities } from '@rowkeep/kernel'

const unlimited = Number.MAX_SAFE_INTEGER

const limits: RemoteCapabilities['limits'] = Object.freeze({
  operations: 50,
  requestBytes: 4_000_000,
  recordBytes: 200_000,
  idBytes: 512,
  pageRows: 5,
  parallel: 4,
  retentionMs: 86_400_000,
  opIdMemoryMs: 86_400_000,
  markerDepth: 0,
  settleMs: 500,
  minWriteIntervalMs: 0,
})

/** Everything a backend can have (L4). */
export const transactional: RemoteCapabilities = Object.freeze({
  atomicity: 'batch',
  conditional: 'cas',
  conditions: Object.freeze(['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'in'] as const),
  operators: Object.freeze([]),
  idempotency: 'log',
  revisions: 'ordered',
  feed: 'ordered',
  feedSpan: 'collections',
  deletes: 'tombstone+eviction',
  expiry: 'signalled',
  live: 'hint',
  clock: 'page',
  absent: 'kept',
  limits,
})

/** Rows that remember the operations they have had: one of each device. No requests that take effect as a whole (L3). */
export const marking: RemoteCapabilities = Object.freeze({
  ...transactional,
  atomicity: 'record',
  idempotency: 'marker',
  feed: 'timestamp-overlap',
  deletes: 'tombstone',
  expiry: 'silent',
  clock: 'none',
  limits: Object.freeze({ ...limits, markerDepth: unlimited, retentionMs: unlimited }),
})

/** Versions are compared, and that is all: a resend is told from a conflict by what it finds (L2). */
export const checked: RemoteCapabilities = Object.freeze({
  ...marking,
  idempotency: 'natural',
  feedSpan: 'collection',
  clock: 'page',
  live: 'none',
  // Kept for longer than it says: see `keptMs`.
  limits: Object.freeze({ ...limits, retentionMs: 6_000 }),
})

/** Rows are gone without a trace when they are deleted, so every run lists what stands. */
export const listing: RemoteCapabilities = Object.freeze({
  ...checked,
  deletes: 'none',
  clock: 'none',
  limits,
})

/** Whole rows, one over the other, and whole listings (L1). */
export const lastWriteWins: RemoteCapabilities = Object.freeze({
  ...listing,
  conditional: 'none',
  conditions: Object.freeze([]),
  revisions: 'none',
  feed: 'snapshot',
})
