import type { Json } from '../env/json.ts'
import type { Draft } from '../journal/draft.ts'
import type { Ledger, Queued } from '../journal/ledger.ts'
import { asJson, type Ending, type SessionEntry } from '../model/stored.ts'

/** How many writes this device accepted, and how they ended; the rest is pending. */
export type WriteCounts = { readonly accepted: number } & Readonly<Record<Ending, number>>

const nothing: WriteCounts = {
  accepted: 0,
  applied: 0,
  merged: 0,
  cancelled: 0,
  quarantined: 0,
  parked: 0,
  discarded: 0,
}

const sessionKey = (session: string | undefined): string => `session/${session}`

const countsOf = (entry: Json | undefined): WriteCounts => {
  const { accepted, ended } = entry as unknown as SessionEntry
  return { accepted, ...ended }
}

function setCounts(draft: Draft, key: string, { accepted, ...ended }: WriteCounts): void {
  draft.meta.set(key, asJson({ accepted, ended }))
}

/**
 * Counts the writes of an operation: accepted, or ended so. They belong to the session in the operation's place. A negative
 * `sign` takes an end back: the writes are open again.
 */
export function count(draft: Draft, { key, op }: Queued, what: keyof WriteCounts, sign: 1 | -1 = 1): void {
  const name = sessionKey(key.split('.')[2])
  const entry = draft.meta.get(name)
  const counts = entry ? countsOf(entry) : nothing
  setCounts(draft, name, { ...counts, [what]: counts[what] + sign * op.writes.length })
}

/** Sums the counts of all sessions. */
export function sumCounts(metas: Iterable<readonly [string, Json]>): WriteCounts {
  const sum: Record<string, number> = { ...nothing }
  for (const [key, value] of metas) {
    if (!key.startsWith('session/')) continue
    for (const [name, number] of Object.entries(countsOf(value))) sum[name] = (sum[name] ?? 0) + number
  }
  return sum as WriteCounts
}

/** Writes on their way, counted from the queues themselves, so that damaged counts never hide one that waits. */
export function pendingWrites({ queues }: Ledger): number {
  let pending = 0
  // With each commit, and there may be thousands: so no lists are made of them.
  for (const queue of queues.values()) {
    for (const { op } of queue) if (op.state === 'pending') pending += op.writes.length
  }
  return pending
}

/** After a session's counts were lost: as many accepted, parked and quarantined as the queues still hold. */
export function repairCounts(draft: Draft, ledger: Ledger, session: string): void {
  const { accepted, parked, quarantined, ...over } = sumCounts(ledger.meta)
  const held = { pending: 0, parked: 0, quarantined: 0 }
  for (const { op } of [...ledger.queues.values()].flat()) held[op.state] += op.writes.length
  const all = Object.values({ ...held, ...over }).reduce((sum, number) => sum + number)
  setCounts(draft, sessionKey(session), {
    ...nothing,
    accepted: all - accepted,
    parked: held.parked - parked,
    quarantined: held.quarantined - quarantined,
  })
}
