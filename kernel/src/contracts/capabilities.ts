import type { FilterOperator } from '../model/filter.ts'

/** Limits of a remote. Bytes are UTF-8 of the JSON; times are ms; `Number.MAX_SAFE_INTEGER` means no limit. */
export interface RemoteLimits {
  /** Operations of one push request. */
  readonly operations: number
  readonly requestBytes: number
  readonly recordBytes: number
  readonly idBytes: number
  /** Changes of one page. */
  readonly pageRows: number
  /** Requests at the same time. */
  readonly parallel: number
  /** How long a deletion stays in the feed. */
  readonly retentionMs: number
  /** How long a resend is recognised (`log`). */
  readonly opIdMemoryMs: number
  /** Over how many later writes of the record a resend is recognised (`marker`). */
  readonly markerDepth: number
  /** How long after `up` a change may still go untold. */
  readonly settleMs: number
  /** Least time between two writes of one record. */
  readonly minWriteIntervalMs: number
}

/** What a remote can do. Every key is required; decisions of the kernel hang on single keys, never on the level's name. */
export interface RemoteCapabilities {
  readonly atomicity: 'record' | 'batch'
  /** `cas`: a write for another revision than the newest is refused with `conflict`. */
  readonly conditional: 'none' | 'cas'
  /** Operators a `condition` may use, case-sensitive; `ignoreCase` is one more entry; empty refuses `{ where }` writes. */
  readonly conditions: readonly (FilterOperator | 'ignoreCase')[]
  /** Operators `query` answers exactly as the kernel's own matcher. */
  readonly operators: readonly (FilterOperator | 'ignoreCase')[]
  /** How a resend is recognised. `natural`: the same whole value twice is harmless. */
  readonly idempotency: 'none' | 'natural' | 'marker' | 'log'
  readonly revisions: 'none' | 'opaque' | 'ordered'
  /** `ordered`: gap-free, the server decides the safe point. A listing ends at one too, whatever came meanwhile: what was written as a whole is read as a whole. */
  readonly feed: 'snapshot' | 'timestamp-overlap' | 'ordered'
  readonly feedSpan: 'collection' | 'collections'
  readonly deletes: 'none' | 'tombstone' | 'tombstone+eviction'
  /** Whether the server says that a cursor is too old. */
  readonly expiry: 'silent' | 'signalled'
  readonly live: 'none' | 'hint' | 'data'
  /** `page`: pages carry the server's clock in `now`. */
  readonly clock: 'none' | 'page'
  /** Whether a missing field comes back missing or as null. */
  readonly absent: 'kept' | 'null'
  readonly limits: RemoteLimits
}
