/** A stamp as Firestore has it, to the nanosecond. */
export interface Stamp {
  readonly seconds: number
  readonly nanoseconds: number
}

/** In the middle of a run: behind which row it goes on. */
export interface RunPlace {
  readonly kind: 'snapshot' | 'delta'
  readonly after: Stamp
  /** Document id of that row. */
  readonly documentId: string
  /** The server's time when the run began was this or later, ms; `null`: nothing is known of it. */
  readonly began: number | null
}

/** Between two runs: every row stamped at or before this, ms, has been delivered; `null`: none is known to. */
export interface SafePlace {
  readonly from: number | null
}

/** Where a feed stands. */
export type Place = RunPlace | SafePlace

/** Tells cursors of this adapter, and of this form, from all others. */
const form = 'firestore-1'

/** The place as a cursor. */
export function cursorOf(place: Place): string {
  if ('from' in place) return JSON.stringify({ form, from: place.from })
  const { kind, after, documentId, began } = place
  return JSON.stringify({ form, kind, s: after.seconds, n: after.nanoseconds, id: documentId, began })
}

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value)
const isTime = (value: unknown): value is number | null => value === null || isWhole(value)

/** The place a cursor names; `undefined`: no adapter of this kind made it. */
export function placeOf(cursor: string): Place | undefined {
  let raw: unknown
  try {
    raw = JSON.parse(cursor)
  } catch {
    return undefined
  }
  if (typeof raw !== 'object' || raw === null || !('form' in raw) || raw.form !== form) return undefined
  const { from, kind, s, n, id, began } = raw as Readonly<Record<string, unknown>>
  if (isTime(from)) return { from }
  const fits = isWhole(s) && isWhole(n) && n >= 0 && n < 1e9 && typeof id === 'string' && isTime(began)
  if (!fits || (kind !== 'snapshot' && kind !== 'delta')) return undefined
  return { kind, after: { seconds: s, nanoseconds: n }, documentId: id, began }
}
