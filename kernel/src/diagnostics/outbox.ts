import type { Opened } from '../client/host.ts'
import { failureOf } from './failing.ts'
import type { FailingWrite, OutboxHealth } from './report.ts'
import type { Traffic } from './traffic.ts'

/** Failing writes that are listed. */
const mostFailing = 100

/** What waits on the device, and how it fares. */
export function outboxOf(traffic: Traffic, opened: Opened): OutboxHealth {
  const counts = { pending: 0, parked: 0, quarantined: 0 }
  const byCollection = new Map<string, number>()
  const failing: FailingWrite[] = []
  let oldestAt: number | undefined
  for (const queue of opened.ledger.queues.values()) {
    for (const { op } of queue) {
      const { state, collection, id, at, writes, opId } = op
      counts[state] += writes.length
      if (state !== 'pending') continue
      byCollection.set(collection, (byCollection.get(collection) ?? 0) + writes.length)
      oldestAt = Math.min(oldestAt ?? at, at)
      const failure = failureOf(traffic, opened, opId)
      if (failure) failing.push({ collection, id, ...failure })
    }
  }
  failing.sort((a, b) => b.attempts - a.attempts)
  return { ...counts, byCollection: Object.fromEntries(byCollection), oldestAt, failing: failing.slice(0, mostFailing) }
}
