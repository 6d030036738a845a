import { SyncError } from '@rowkeep/kernel'

/** What a name may be in GraphQL (specification of October 2021, 2.1.9). */
const graphqlName = /^[_A-Za-z][_0-9A-Za-z]*$/

/** Refuses an option, naming it. */
export const invalidOption = (message: string): SyncError =>
  new SyncError('SYNC_CONFIG_INVALID', { message: `appsyncAdapter: ${message}` })

/** Whether this is an object with names for its values; a list is none. */
export const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Refuses names that are not known: a slip of the pen would be a default unseen. `at` goes before the name. */
export function mustBeKnown(at: string, options: object, known: readonly string[]): void {
  for (const name of Object.keys(options))
    if (!known.includes(name)) throw invalidOption(`${at}${name} is not an option: ${known.join(', ')}`)
}

/**
 * The name, fit to stand in a query. Queries are texts, so this is the one door that names go through.
 * @throws SyncError `SYNC_CONFIG_INVALID` naming the option
 */
export function checkedName(option: string, name: unknown): string {
  if (typeof name === 'string' && graphqlName.test(name) && !name.startsWith('__')) return name
  throw invalidOption(`${option} must be a GraphQL name, not ${JSON.stringify(name)}: letters, digits and _ only`)
}
