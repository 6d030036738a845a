import type { Migrations } from '../client/options.ts'
import { invalidConfig, refuseRest } from '../errors/sync-error.ts'
import { isObject } from '../model/value.ts'
import { checkNames, checkSteps, type MigrationStep } from './plan.ts'
import { NamespaceUpgrade } from './upgrade.ts'

export type { Migrations }

/** What {@link migrations} takes. */
export interface MigrationsOptions {
  /** The version of the app's data, a whole number from 1 on. Data of an app that never had `migrations` is version 1. */
  readonly version: number
  /** One step to each version from 2 to `version`, in order. None may ever be taken out: a device may come from any version. */
  readonly steps: readonly MigrationStep[]
}

/**
 * Brings data that an older version of the app stored to the version of this one, for the option `migrations` of a client. Rows of the server, the
 * versions that local changes were made on, and the changes themselves, whether on their way, in the inbox or in quarantine, are
 * migrated in memory when they are loaded, all of them before anything is shown or written: where one fails the client does not
 * open, and nothing has changed. One commit then raises the mark; what is stored is rewritten as it changes.
 *
 * A payload that may have been sent is settled as it was sent, and only then sent as this version has it. An app of a lower
 * version refuses to open the data (`SYNC_FORMAT_NEWER`); one that has it open in another tab stops writing and sending, and its
 * status is `outdated`.
 *
 * Rows that come from the server from now on are taken as they are: to read rows of an older shape is for the adapter's codec.
 *
 * @example
 * createSyncClient({
 *   collections: { tasks: record<Task>() },
 *   migrations: migrations({
 *     version: 3,
 *     steps: [
 *       { to: 2, records: { todos: [rename('text', 'title'), add('done', false)] } },
 *       { to: 3, renamed: { todos: 'tasks' }, removed: ['drafts'], records: { tasks: convert('priority', Number) } },
 *     ],
 *   }),
 * })
 * @throws SyncError `SYNC_CONFIG_INVALID`: a gap, a duplicate, a wrong part; `createSyncClient` refuses a collection that is not known
 */
export function migrations(options: MigrationsOptions): Migrations {
  if (!isObject(options)) throw invalidConfig('migrations needs an object with version and steps')
  const { version, steps, ...rest } = options
  refuseRest('migrations', rest, invalidConfig)
  checkSteps(version, steps)
  return Object.freeze({
    version,
    open: (shapes: Parameters<Migrations['open']>[0]) => {
      checkNames(steps, shapes.keys())
      return new NamespaceUpgrade(version, steps, shapes)
    },
  })
}
