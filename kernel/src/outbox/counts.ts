import type { Json } from '../env/json.ts'
import type { Draft } from '../journal/draft.ts'
import type { Queued, Reader } from '../journal/ledger.ts'
import { asJson, type Ending, type SessionEntry } from '../model/stored.ts'

const nothing: SessionEntry = {
  accepted: 0,
  ended: { applied: 0, merged: 0, cancelled: 0, quarantined: 0, parked: 0, discarded: 0 },
}

const entryOf = (reader: Reader, session: string): SessionEntry =>
  (reader.meta(`session/${session}`) as unknown as SessionEntry | undefined) ?? nothing

/** The session a place in the queue belongs to. */
const sessionOf = (place: string): string => place.slice(place.lastIndexOf('.') + 1)

/** Counts writes as accepted, by the place their operation got. */
export function countAccepted(draft: Draft, place: string, writes: number): void {
  const session = sessionOf(place)
  const entry = entryOf(draft, session)
  draft.setMeta(`session/${session}`, asJson({ ...entry, accepted: entry.accepted + writes }))
}

/** Counts the writes of an operation as ended so; a negative `sign` takes them back, as they are open again. */
export function countEnded(draft: Draft, { key, op }: Queued, ending: Ending, sign: 1 | -1 = 1): void {
  const session = sessionOf(key)
  const entry = entryOf(draft, session)
  const ended = { ...entry.ended, [ending]: entry.ended[ending] + sign * op.writes.length }
  draft.setMeta(`session/${session}`, asJson({ ...entry, ended }))
}

/** How many writes this device accepted, and how they ended; the rest is pending. */
export type WriteCounts = { readonly accepted: number } & Readonly<Record<Ending, number>>

/** Sums the counts of all sessions. */
export function sumCounts(metas: Iterable<readonly [string, Json]>): WriteCounts {
  const sum = { accepted: 0, ...nothing.ended }
  for (const [key, value] of metas) {
    if (!key.startsWith('session/')) continue
    const { accepted, ended } = value as unknown as SessionEntry
    sum.accepted += accepted
    for (const ending of Object.keys(ended) as Ending[]) sum[ending] += ended[ending]
  }
  return sum
}
