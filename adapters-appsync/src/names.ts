import { SyncError } from '@rowkeep/kernel'

/** What a name may be in GraphQL (specification of October 2021, 2.1.9). */
const graphqlName = /^[_A-Za-z][_0-9A-Za-z]*$/

/** Refuses an option, naming it. */
export const invalidOption = (message: string): SyncError =>
  new SyncError('SYNC_CONFIG_INVALID', { message: `appsyncAdapter: ${message}` })

/**
 * The name, fit to stand in a query. Queries are texts, so this is the one door that names go through.
 * @throws SyncError `SYNC_CONFIG_INVALID` naming the option
 */
export function checkedName(option: string, name: unknown): string {
  if (typeof name === 'string' && graphqlName.test(name) && !name.startsWith('__')) return name
  throw invalidOption(`${option} must be a GraphQL name, not ${JSON.stringify(name)}: letters, digits and _ only`)
}
