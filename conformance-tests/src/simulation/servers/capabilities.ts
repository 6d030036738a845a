import type { RemoteCapabilities } from '@rowkeep/kernel'

const operators = Object.freeze(['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'in', 'startsWith'] as const)

/** Everything a backend can have (L4). */
export const transactional: RemoteCapabilities = Object.freeze({
  atomicity: 'batch',
  conditional: 'cas',
  conditions: operators,
  operators,
  idempotency: 'log',
  revisions: 'ordered',
  feed: 'ordered',
  feedSpan: 'collections',
  deletes: 'tombstone+eviction',
  expiry: 'signalled',
  live: 'hint',
  clock: 'page',
  absent: 'kept',
  limits: Object.freeze({
    operations: 50,
    requestBytes: 4_000_000,
    recordBytes: 200_000,
    idBytes: 512,
    pageRows: 5,
    parallel: 4,
    retentionMs: 86_400_000,
    opIdMemoryMs: 86_400_000,
    markerDepth: 0,
    settleMs: 0,
    minWriteIntervalMs: 0,
  }),
})
