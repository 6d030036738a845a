import type { Json } from '../env/json.ts'
import type { Draft } from '../journal/draft.ts'
import type { Ledger, Queued } from '../journal/ledger.ts'
import { asJson, type Ending, type SessionEntry } from '../model/stored.ts'

const nothing: SessionEntry = {
  accepted: 0,
  ended: { applied: 0, merged: 0, cancelled: 0, quarantined: 0, parked: 0, discarded: 0 },
}

/**
 * Counts the writes of an operation: accepted, or ended so. They belong to the session in the operation's place. A negative
 * `sign` takes an end back: the writes are open again.
 */
export function count(draft: Draft, { key, op }: Queued, what: 'accepted' | Ending, sign: 1 | -1 = 1): void {
  const name = `session/${key.split('.')[2]}`
  const entry = (draft.meta.get(name) as unknown as SessionEntry | undefined) ?? nothing
  const by = sign * op.writes.length
  const next =
    what === 'accepted'
      ? { ...entry, accepted: entry.accepted + by }
      : { ...entry, ended: { ...entry.ended, [what]: entry.ended[what] + by } }
  draft.meta.set(name, asJson(next))
}

/** How many writes this device accepted, and how they ended; the rest is pending. */
export type WriteCounts = { readonly accepted: number } & Readonly<Record<Ending, number>>

/** Sums the counts of all sessions. */
export function sumCounts(metas: Iterable<readonly [string, Json]>): WriteCounts {
  const sum: Record<string, number> = { accepted: 0, ...nothing.ended }
  for (const [key, value] of metas) {
    if (!key.startsWith('session/')) continue
    const { accepted, ended } = value as unknown as SessionEntry
    for (const [name, number] of Object.entries({ accepted, ...ended })) sum[name] = (sum[name] ?? 0) + number
  }
  return sum as WriteCounts
}

/** After a session's counts were lost: as many accepted, parked and quarantined as the queues still hold. */
export function repairCounts(draft: Draft, ledger: Ledger, session: string): void {
  const { accepted, ...ended } = sumCounts(ledger.meta)
  const held = { pending: 0, parked: 0, quarantined: 0 }
  for (const { op } of [...ledger.queues.values()].flat()) held[op.state] += op.writes.length
  const [parked, quarantined] = [held.parked - ended.parked, held.quarantined - ended.quarantined]
  const open = Object.values(ended).reduce((rest, count) => rest - count, accepted)
  const repaired = { ...nothing.ended, parked, quarantined }
  const entry = { accepted: held.pending - open + parked + quarantined, ended: repaired }
  draft.meta.set(`session/${session}`, asJson(entry))
}
