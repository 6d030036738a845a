import { SyncError } from '@rowkeep/kernel'
import type { Limits } from '../common/entries.ts'
import { isKeyValues, type KeyValues, localStorageDriver } from './key-values.ts'

/** Where and how a {@link localforageStore} keeps its data. Every option has a default. */
export interface LocalforageStoreOptions {
  /** Of the database. Default `rowkeep`. */
  readonly name?: string
  /** Of the table in it. Default `entries`. */
  readonly storeName?: string
  /**
   * localforage's names of the drivers that may be used, the first that works. Default IndexedDB alone: with a second one, a
   * device on which the first fails once would look for its data in the wrong place.
   */
  readonly driver?: string | readonly string[]
  /** The app's own instance, instead of `name`, `storeName` and `driver`. The store's keys in it begin with `rowkeep/`. */
  readonly instance?: KeyValues
  /**
   * `many` (default): tabs share a namespace; needs Web Locks, without them `open` fails with `SYNC_STORE_UNAVAILABLE`.
   * `one`: a second `open` fails with `SYNC_STORE_LOCKED`; where the platform has no Web Locks only this page can be seen, and
   * the app vouches that it never runs in two. The localStorage driver needs `one`.
   */
  readonly tabs?: 'many' | 'one'
  /** What the driver grants: `relaxed` (default), or `none` for one of the app's own that keeps nothing. */
  readonly durability?: 'relaxed' | 'none'
  /** After so many commits they are folded into a few keys. Default 128. */
  readonly compactAfterCommits?: number
  /** Characters of the key set aside for a full medium, released for commits that remove. 0: none. Default 65 536. */
  readonly reserveCharacters?: number
}

/** The options with every default filled in. */
export interface Settings extends Required<Omit<LocalforageStoreOptions, 'instance' | 'driver'>> {
  readonly instance: KeyValues | undefined
  /** `undefined`: IndexedDB. */
  readonly drivers: readonly string[] | undefined
  /** About so many a part of a segment has; a value that is larger has one of its own. */
  readonly partCharacters: number
  readonly limits: Limits
}

const invalid = (message: string): SyncError =>
  new SyncError('SYNC_CONFIG_INVALID', { message: `localforageStore: ${message}` })

function whole(name: string, value: unknown, fallback: number, least: number): number {
  if (value === undefined) return fallback
  if (Number.isSafeInteger(value) && Number(value) >= least) return Number(value)
  throw invalid(`"${name}" must be a whole number, at least ${least}`)
}

function text(name: string, value: unknown, fallback: string): string {
  if (value === undefined) return fallback
  if (typeof value === 'string' && value !== '') return value
  throw invalid(`"${name}" must be a text that is not empty`)
}

function oneOf<T extends string>(name: string, value: unknown, words: readonly [T, ...T[]]): T {
  if (value === undefined) return words[0]
  const found = words.find((word) => word === value)
  if (found) return found
  throw invalid(`"${name}" must be "${words.join('" or "')}"`)
}

function driversOf(value: unknown): readonly string[] | undefined {
  if (value === undefined) return undefined
  const drivers: readonly unknown[] = Array.isArray(value) ? [...value] : [value]
  if (drivers.length === 0 || drivers.some((one) => typeof one !== 'string' || one === '')) {
    throw invalid('"driver" must be the name of a driver of localforage, or a list of names')
  }
  return drivers as readonly string[]
}

const limits = Object.freeze({ valueBytes: 16_000_000, commitBytes: 64_000_000 })
/** Browsers give localStorage about five million characters, for everything the site keeps. */
const smallLimits = Object.freeze({ valueBytes: 1_000_000, commitBytes: 2_000_000 })

const known = [
  'name',
  'storeName',
  'driver',
  'instance',
  'tabs',
  'durability',
  'compactAfterCommits',
  'reserveCharacters',
]

/** Checks the options and fills in the defaults. @throws SyncError `SYNC_CONFIG_INVALID` naming the option */
export function settingsOf(options: LocalforageStoreOptions): Settings {
  const stranger = Object.keys(Object(options)).find((name) => !known.includes(name))
  if (stranger !== undefined) throw invalid(`there is no option "${stranger}"`)
  const { instance, driver, name, storeName } = options
  if (instance !== undefined) {
    if (!isKeyValues(instance)) throw invalid('"instance" must be an instance of localforage')
    if (name ?? storeName ?? driver) throw invalid('"instance" has a name, a table and a driver of its own')
  }
  const drivers = driversOf(driver)
  const small = drivers?.every((one) => one === localStorageDriver)
  return {
    instance,
    drivers,
    name: text('name', name, 'rowkeep'),
    storeName: text('storeName', storeName, 'entries'),
    tabs: oneOf('tabs', options.tabs, ['many', 'one']),
    durability: oneOf('durability', options.durability, ['relaxed', 'none']),
    compactAfterCommits: whole('compactAfterCommits', options.compactAfterCommits, 128, 1),
    reserveCharacters: whole('reserveCharacters', options.reserveCharacters, 65_536, 0),
    partCharacters: 262_144,
    limits: small ? smallLimits : limits,
  }
}
