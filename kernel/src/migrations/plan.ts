import { invalidConfig, refuseRest } from '../errors/sync-error.ts'
import { isObject } from '../model/value.ts'
import type { RecordChange } from './changes.ts'

/** What changed with one version of the app's data. */
export interface MigrationStep {
  /** The version that this step leads to, from the one before it. */
  readonly to: number
  /** Collections that have another name since: old to new. Comes first: the rest of the step uses the new names. */
  readonly renamed?: Readonly<Record<string, string>>
  /** Collections that are gone. Writes to them that are not on the server are set aside in quarantine. */
  readonly removed?: readonly string[]
  /** By collection, what becomes of its records: one change, or several in order. */
  readonly records?: Readonly<Record<string, RecordChange | readonly RecordChange[]>>
}

/** Where the records of a collection of some version belong now, and how they get there; no name: nowhere. */
export interface Route {
  readonly collection: string | undefined
  readonly changes: readonly RecordChange[]
}

const changesOf = (step: MigrationStep, name: string): readonly RecordChange[] => {
  const { records = {} } = step
  const given = Object.hasOwn(records, name) ? records[name] : []
  return Array.isArray(given) ? given : [given as RecordChange]
}

function checkStep(step: MigrationStep, at: number): void {
  if (!isObject(step)) throw invalidConfig('a step of migrations must be an object')
  const { to, renamed = {}, removed = [], records = {}, ...rest } = step
  const title = `the migration to version ${String(to).slice(0, 20)}`
  refuseRest(title, rest, invalidConfig)
  if (to !== at)
    throw invalidConfig(`${title} stands where that to ${at} should: each version from 2 on needs one step`)
  const texts = (values: readonly unknown[]): boolean => values.every((value) => typeof value === 'string' && value)
  if (!isObject(renamed) || !texts(Object.values(renamed)) || !Array.isArray(removed) || !texts(removed)) {
    throw invalidConfig(`${title} needs names of collections`)
  }
  if (!isObject(records)) throw invalidConfig(`${title} needs changes by collection`)
  for (const name of Object.keys(records)) {
    if (changesOf(step, name).some((change) => typeof change !== 'function')) {
      throw invalidConfig(`${title} needs functions for the records of ${name.slice(0, 80)}`)
    }
  }
}

/** Checks steps by themselves. @throws SyncError `SYNC_CONFIG_INVALID` naming a gap, a duplicate, or a wrong part */
export function checkSteps(version: number, steps: readonly MigrationStep[]): void {
  if (!Number.isSafeInteger(version) || version < 1) throw invalidConfig('version must be a whole number >= 1')
  if (!Array.isArray(steps)) throw invalidConfig('steps must be a list')
  for (const [at, step] of steps.entries()) checkStep(step, at + 2)
  if (steps.length !== version - 1) throw invalidConfig(`version ${version} needs a step to each version from 2 to it`)
}

/** Names of the collections before a step, given those after it. @throws SyncError `SYNC_CONFIG_INVALID` */
function namesBefore(
  { to, renamed = {}, removed = [], records = {} }: MigrationStep,
  after: ReadonlySet<string>,
): Set<string> {
  const refuse = (what: string): never => {
    throw invalidConfig(`the migration to version ${to} ${what}`)
  }
  for (const name of [...Object.keys(records), ...Object.values(renamed)]) {
    if (!after.has(name)) refuse(`names the collection "${name}", which is not there then`)
  }
  for (const name of [...removed, ...Object.keys(renamed)]) {
    if (after.has(name)) refuse(`takes the collection "${name}" away, which is still there then`)
  }
  const news = Object.values(renamed)
  if (new Set(news).size !== news.length) refuse('gives two collections one name')
  const before = new Set([...after].filter((name) => !news.includes(name)))
  for (const name of [...removed, ...Object.keys(renamed)]) before.add(name)
  return before
}

/** Checks steps against the collections the app has now. @throws SyncError `SYNC_CONFIG_INVALID` */
export function checkNames(steps: readonly MigrationStep[], collections: Iterable<string>): void {
  steps.reduceRight<ReadonlySet<string>>((after, step) => namesBefore(step, after), new Set(collections))
}

/** The way of a collection's records from some version to the last one. */
export function routeOf(steps: readonly MigrationStep[], from: number, collection: string): Route {
  let name = collection
  const changes: RecordChange[] = []
  for (const step of steps.slice(from - 1)) {
    const { removed = [], renamed = {} } = step
    if (removed.includes(name)) return { collection: undefined, changes: [] }
    name = (Object.hasOwn(renamed, name) && renamed[name]) || name
    changes.push(...changesOf(step, name))
  }
  return { collection: name, changes }
}
