import type { RemoteCapabilities, RemoteLimits } from '@rowkeep/kernel'

const DAY = 86_400_000

/** What the kit and `syncHandler` keep unless they were told otherwise; a server with other limits is described by the option `limits`. */
export const defaultLimits: RemoteLimits = Object.freeze({
  operations: 200,
  requestBytes: 1_000_000,
  recordBytes: 1_000_000,
  idBytes: 512,
  pageRows: 1000,
  parallel: 2,
  retentionMs: 30 * DAY,
  opIdMemoryMs: 90 * DAY,
  markerDepth: 0,
  settleMs: 5000,
  minWriteIntervalMs: 0,
})

/** Operators the kit tests as the kernel's matcher does. */
export const kitOperators: RemoteCapabilities['operators'] = Object.freeze([
  ...(['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'in', 'startsWith'] as const),
])

/**
 * The capabilities of the kit, whatever way it is reached, frozen to the bottom, with the limits of the server at hand, and the operators it answers
 * queries with. Level: transactional.
 */
export function capabilitiesWith(
  limits: RemoteLimits,
  operators: RemoteCapabilities['operators'] = kitOperators,
): RemoteCapabilities {
  return Object.freeze({
    atomicity: 'batch',
    conditional: 'cas',
    conditions: kitOperators,
    operators: Object.freeze([...operators]),
    idempotency: 'log',
    revisions: 'ordered',
    feed: 'ordered',
    feedSpan: 'collections',
    deletes: 'tombstone+eviction',
    expiry: 'signalled',
    live: 'hint',
    clock: 'page',
    absent: 'kept',
    limits: Object.freeze({ ...limits }),
  })
}
