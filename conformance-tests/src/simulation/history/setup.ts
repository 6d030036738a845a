import type { Setup } from './history.ts'

/** The calmest world there is: what a saved history does not say of its own, and what shrinking goes towards. */
export const plainSetup: Setup = {
  devices: 1,
  users: 1,
  writers: 'one',
  durability: 'strict',
  evictable: false,
  storeMs: 1,
  networkMs: 5,
  pullIntervalMs: 2_000,
  resolver: 'none',
}
