import type { RemoteCapabilities } from '@rowkeep/kernel'

/** What the model backend does wrong on purpose. Each is one realistic mistake of a server or an adapter. */
export type RemoteDefect =
  | 'half-applied-group'
  | 'equal-stamps-skipped'
  | 'last-row-as-cursor'
  | 'short-page-is-end'
  | 'tombstone-omitted'
  | 'eviction-omitted'
  | 'id-reuse-swallowed'
  | 'effect-twice'
  | 'conflict-overwrites'
  | 'conflict-answered-applied'
  | 'condition-ignored'
  | 'forbidden-as-empty'
  | 'throw-as-rejected'
  | 'verdicts-reversed'
  | 'over-declared-log'
  | 'over-declared-clock'
  | 'over-declared-operator'
  | 'over-declared-ordered-revisions'
  | 'under-declared-tombstones'
  | 'capabilities-not-frozen'
  | 'partial-row'
  | 'html-as-empty'
  | 'retry-after-date-ignored'
  | 'token-in-url'
  | 'redirect-followed'
  | 'signal-ignored'
  | 'other-user-served'
  | 'expiry-silent'
  | 'epoch-kept'
  | 'live-after-unsubscribe'
  | 'poke-lost'
  | 'id-as-path'
  | 'row-unlisted'
  | 'foreign-cursor-read'
  | 'epoch-left-out'
  | 'deleted-row-listed'
  | 'stale-listing'
  | 'digits-lost'
  | 'empty-as-zero'
  | 'codec-unchecked'
  | 'compared-as-numbers'
  | 'null-unequal'
  | 'order-by-bytes'
  | 'nulls-last'
  | 'row-on-two-pages'
  | 'limit-ignored'
  | 'query-cuts-rows'
  | 'count-of-page'
  | 'deleted-row-found'
  | 'query-refused-as-empty'
  | 'query-writes'
  | 'digest-always-same'
  | 'digest-without-revisions'
  | 'digest-of-all-users'

/** How a model backend is set up. */
export interface Profile {
  readonly name: string
  readonly capabilities: RemoteCapabilities
  /** The second page of a long run is empty with `more: true`, as some servers do. */
  readonly emptyPages: boolean
  readonly defect: RemoteDefect | undefined
}

const limits: RemoteCapabilities['limits'] = Object.freeze({
  operations: 50,
  requestBytes: 4_000_000,
  recordBytes: 200_000,
  idBytes: 512,
  pageRows: 1000,
  parallel: 4,
  retentionMs: 86_400_000,
  opIdMemoryMs: 86_400_000,
  markerDepth: 0,
  settleMs: 0,
  minWriteIntervalMs: 0,
})

const operators = Object.freeze(['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'in', 'startsWith'] as const)

/** Everything a remote can have (L4). */
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
  limits,
})

/** Stamps that rows may share, no log, no batch (L2). */
export const checked: RemoteCapabilities = Object.freeze({
  ...transactional,
  atomicity: 'record',
  idempotency: 'natural',
  feed: 'timestamp-overlap',
  feedSpan: 'collection',
  deletes: 'tombstone',
  expiry: 'silent',
  live: 'none',
  clock: 'none',
  limits: Object.freeze({ ...limits, operations: 1 }),
})

/** Nothing tells of deletions: every run lists what stands (L1 with checked writes). */
export const listing: RemoteCapabilities = Object.freeze({ ...checked, deletes: 'none' })

/** Whole listings and whole rows, nothing else (L1). */
export const lastWriteWins: RemoteCapabilities = Object.freeze({
  ...checked,
  conditional: 'none',
  conditions: Object.freeze([]),
  revisions: 'none',
  feed: 'snapshot',
  deletes: 'none',
})
