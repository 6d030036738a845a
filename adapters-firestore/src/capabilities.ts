import type { RemoteCapabilities } from '@rowkeep/kernel'

const DAY = 86_400_000

/** How long a resend is recognised where the option says nothing, ms. */
export const defaultMemoryMs: number = 90 * DAY

/** What depends on the options. */
export interface Variable {
  readonly live: 'none' | 'data'
  readonly opIdMemoryMs: number
  readonly overlapMs: number
}

/** What Firestore under the printed rules can do, frozen to the bottom. Level: exactly-once, with atomic batches. */
export function capabilitiesWith({ live, opIdMemoryMs, overlapMs }: Variable): RemoteCapabilities {
  return Object.freeze({
    atomicity: 'batch',
    conditional: 'cas',
    conditions: Object.freeze(['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'in', 'startsWith'] as const),
    operators: Object.freeze([]),
    idempotency: 'log',
    revisions: 'ordered',
    feed: 'timestamp-overlap',
    feedSpan: 'collection',
    deletes: 'tombstone',
    expiry: 'silent',
    live,
    clock: 'none',
    absent: 'kept',
    limits: Object.freeze({
      // 500 writes a commit, and each operation takes two.
      operations: 250,
      // 10 MiB a request, but numbers and names take more room on this wire than in JSON.
      requestBytes: 5_000_000,
      recordBytes: 1_000_000,
      // 1500 for a document id, of which an escaped character takes three for one.
      idBytes: 500,
      pageRows: 1000,
      parallel: 4,
      retentionMs: Number.MAX_SAFE_INTEGER,
      opIdMemoryMs,
      markerDepth: 0,
      // Live starts at the newest stamp; what is committed late, with an earlier one, the pull after this time brings.
      settleMs: live === 'none' ? 0 : overlapMs,
      minWriteIntervalMs: 1000,
    }),
  })
}
