import type { RemoteCapabilities } from '@rowkeep/kernel'
import { conditionOperators } from './conditions.ts'
import { markerDepth } from './marks.ts'

/**
 * What AppSync with optimistic concurrency can do, frozen to the bottom. Level: exactly-once. `live` only where the adapter
 * hears of subscriptions.
 */
export function capabilitiesWith(baseTableTtlMs: number, live: 'none' | 'hint'): RemoteCapabilities {
  return Object.freeze({
    atomicity: 'record',
    conditional: 'cas',
    conditions: conditionOperators,
    operators: Object.freeze([]),
    idempotency: 'marker',
    revisions: 'ordered',
    feed: 'timestamp-overlap',
    feedSpan: 'collection',
    deletes: 'tombstone',
    expiry: 'signalled',
    live,
    clock: 'page',
    absent: 'null',
    limits: Object.freeze({
      operations: 1,
      requestBytes: 1_000_000,
      // A DynamoDB item has at most 409 600 bytes, metadata and markers included.
      recordBytes: 400_000,
      idBytes: 1024,
      pageRows: 1000,
      parallel: 4,
      retentionMs: baseTableTtlMs,
      opIdMemoryMs: Number.MAX_SAFE_INTEGER,
      markerDepth,
      settleMs: 2000,
      minWriteIntervalMs: 0,
    }),
  })
}
