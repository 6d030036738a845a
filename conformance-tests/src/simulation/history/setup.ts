import type { Setup } from './history.ts'

/** The calmest world there is: what a saved history does not say of its own, and what shrinking goes towards. */
export const plainSetup: Setup = {
  devices: 1,
  users: 1,
  writers: 'one',
  locks: true,
  channels: true,
  relations: false,
  durability: 'strict',
  evictable: false,
  storeMs: 1,
  networkMs: 5,
  pullIntervalMs: 2_000,
  resolver: 'none',
}

/** The properties in which a setup is not calm. */
export const unusualIn = (setup: Setup): readonly (readonly [field: keyof Setup, value: unknown])[] =>
  (Object.keys(setup) as (keyof Setup)[])
    .map((field) => [field, setup[field]] as const)
    .filter(([field, value]) => JSON.stringify(value) !== JSON.stringify(plainSetup[field]))
