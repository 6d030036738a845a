import type { Json } from '@rowkeep/kernel'
import { protocolError } from '../../errors.ts'

/** When a row was changed, as the server writes it: milliseconds since the epoch, or a date that `Date.parse` reads. */
export type Stamp = number | string

/** Milliseconds since the epoch; `NaN` for what is no stamp. */
export const msOf = (stamp: Json | undefined): number => {
  if (typeof stamp === 'number') return stamp
  return typeof stamp === 'string' ? Date.parse(stamp) : Number.NaN
}

/** @throws WireError `SYNC_PROTOCOL` naming where it stands */
export function stampOf(value: Json | undefined, at: string): Stamp {
  if (typeof value !== 'object' && typeof value !== 'boolean' && Number.isFinite(msOf(value))) return value as Stamp
  throw protocolError(`${at} is neither milliseconds nor a date`)
}

/** The later of the two. */
export const laterOf = (a: Stamp | undefined, b: Stamp): Stamp => (a !== undefined && msOf(a) >= msOf(b) ? a : b)

/** A stamp of the same form, `ms` earlier; what is finer than a millisecond is cut off, which is earlier still. */
export const earlier = (stamp: Stamp, ms: number): Stamp =>
  typeof stamp === 'number' ? stamp - ms : new Date(Math.floor(msOf(stamp)) - ms).toISOString()
