import { invalidInput } from '../errors/sync-error.ts'
import type { Host } from './host.ts'
import type { CollectionShape } from './options.ts'

/** What stands behind a client, or one of its collections. */
export interface Parts {
  readonly host: Host
  /** `undefined` for the client itself. */
  readonly shape: CollectionShape | undefined
}

const known = new WeakMap<object, Parts>()

/** Notes what stands behind an object that is given to the app, and gives it back. */
export function withParts<T extends object>(given: T, host: Host, shape?: CollectionShape): T {
  known.set(given, { host, shape })
  return given
}

/**
 * What stands behind a client or a collection: the way in for features that an app imports from an entry point of their own,
 * so that an app without them ships none of their code.
 * @throws SyncError `SYNC_INPUT_INVALID` for anything that `createSyncClient` did not make
 */
export function partsOf(given: object): Parts {
  const parts = known.get(given)
  if (parts) return parts
  throw invalidInput('not a client or collection of this package')
}
