import type { RemoteCapabilities } from '../contracts/capabilities.ts'

/** Names of what a set of capabilities adds up to, weakest first (L0 to L4). */
export type Level = 'cache' | 'last-write-wins' | 'checked' | 'exactly-once' | 'transactional'

/** The level a set of capabilities adds up to; a label for tables, no decision hangs on it. */
export function levelOf(can: RemoteCapabilities): Level {
  if (can.idempotency === 'none') return 'cache'
  if (can.conditional === 'none' || can.deletes === 'none' || can.feed === 'snapshot') return 'last-write-wins'
  if (can.idempotency === 'natural') return 'checked'
  const whole = can.atomicity === 'batch' && can.feed === 'ordered' && can.deletes === 'tombstone+eviction'
  return whole && can.expiry === 'signalled' ? 'transactional' : 'exactly-once'
}
