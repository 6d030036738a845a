import type { RemoteCapabilities, RemoteLimits } from '@rowkeep/kernel'
import type { FeedRoute, WriteRoute } from './route.ts'

/**
 * What holds unless the option `limits` says otherwise; `pageRows` is the feed's. `operations` are requests of their own, `parallel` at a time;
 * `retentionMs` is how long deleted rows stay marked, by default for ever.
 */
export const plainLimits: Omit<RemoteLimits, 'pageRows'> = Object.freeze({
  operations: 20,
  requestBytes: 1_000_000,
  recordBytes: 1_000_000,
  idBytes: 512,
  parallel: 4,
  retentionMs: Number.MAX_SAFE_INTEGER,
  opIdMemoryMs: 0,
  markerDepth: 0,
  settleMs: 0,
  minWriteIntervalMs: 0,
})

const readOnly: WriteRoute['can'] = { conditional: 'none', idempotency: 'none', revisions: 'none' }

/**
 * What a feed and writes of this kind add up to, frozen to the bottom. Level: `checked` with versions, changes and marked
 * deletions; `last-write-wins` with writes of any kind; `cache` without.
 */
export function capabilitiesOf(
  feed: FeedRoute,
  writes: WriteRoute | undefined,
  limits: RemoteLimits,
): RemoteCapabilities {
  return Object.freeze({
    atomicity: 'record',
    conditions: Object.freeze([]),
    operators: Object.freeze([]),
    feedSpan: 'collection',
    live: 'none',
    absent: 'kept',
    ...feed.can,
    ...(writes?.can ?? readOnly),
    limits: Object.freeze({ ...limits }),
  })
}
