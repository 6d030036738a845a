import type { RemoteCapabilities } from '@rowkeep/kernel'
import { checked, lastWriteWins, listing, marking, transactional } from './capabilities.ts'

/** How a model backend is: what it declares, and how it goes about it. */
export interface Profile {
  readonly capabilities: RemoteCapabilities
  /** What a row remembers of the operations it had: the last of each device, the last eight, or nothing. */
  readonly marks: 'device' | 'eight' | 'none'
  /** Writes within so many ms get the same stamp. */
  readonly coarseMs: number
  /** Verdicts carry the row, where that is not asked for by the feed. */
  readonly showsRows: boolean
  /** The app's adapter can renew credentials; otherwise a person signs in again. */
  readonly refreshes: boolean
  /** How long deletions are kept, ms. Longer than declared: between what a device is told and when, time goes by. */
  readonly keptMs: number
}

const profileOf = (capabilities: RemoteCapabilities, how: Partial<Profile> = {}): Profile => ({
  capabilities: Object.freeze(capabilities),
  marks: 'none',
  coarseMs: 100,
  showsRows: true,
  refreshes: true,
  keptMs: Number.MAX_SAFE_INTEGER,
  ...how,
})

/** The model backends by name. */
export const modelProfiles: Readonly<Record<string, Profile>> = {
  transactional: profileOf(transactional),
  transactionalData: profileOf({ ...transactional, live: 'data' }),
  transactionalSilent: profileOf({ ...transactional, live: 'none', clock: 'none' }, { refreshes: false }),
  markerPerDevice: profileOf(marking, { marks: 'device' }),
  markerOfEight: profileOf(
    { ...marking, live: 'data', limits: { ...marking.limits, markerDepth: 8 } },
    { marks: 'eight', showsRows: false },
  ),
  checked: profileOf(checked, { keptMs: 20_000 }),
  checkedOpaque: profileOf({ ...checked, revisions: 'opaque', live: 'data' }, { keptMs: 20_000, showsRows: false }),
  listing: profileOf(listing),
  listingOpaque: profileOf({ ...listing, revisions: 'opaque', live: 'hint' }, { showsRows: false, refreshes: false }),
  lastWriteWins: profileOf(lastWriteWins),
}
