import { join } from 'node:path'
import type { LocalStore, OpenStore, StoreSpec } from '@rowkeep/kernel'
import { checkDurability, checkNamespace } from '../common/spec.ts'
import { untilIdle } from './breaks.ts'
import { errnoOf, failure, openFailure } from './failures.ts'
import { type Files, nodeFiles } from './files.ts'
import { type Lock, lockFolder } from './lock.ts'
import { OpenNamespace } from './namespace.ts'
import { durabilityOf, type FileStoreOptions, type Settings, settingsOf } from './options.ts'
import { openJournal } from './recover.ts'
import { Reserve } from './reserve.ts'
import { journalPath, makeFolder, type Space } from './space.ts'

const limits = Object.freeze({ valueBytes: 16_000_000, commitBytes: 64_000_000 })

/** What the store stands on; tests replace it. */
export interface Platform {
  readonly files: Files
  readonly lock: (folder: string) => Promise<Lock>
  /** How background work gives way to everything else: calls `resume` after it. */
  readonly pause: (resume: () => void) => void
}

/** A folder can be destroyed between being made and being locked; so often is that worth another try. */
const MOST_TRIES = 3

async function lockedFolder(space: Space, platform: Platform): Promise<Lock> {
  for (let tries = 1; ; tries += 1) {
    await makeFolder(space)
    try {
      return await platform.lock(space.folder)
    } catch (thrown) {
      if (errnoOf(thrown) !== 'ENOENT' || tries === MOST_TRIES) throw thrown
    }
  }
}

async function openLocked(space: Space, lock: Lock, settings: Settings, pause: Platform['pause']): Promise<OpenStore> {
  try {
    const journal = await openJournal(space, settings.salvage)
    const reserve = await Reserve.open(space, settings.reserveBytes)
    return new OpenNamespace({ space, lock, journal, reserve, settings, limits, pause })
  } catch (thrown) {
    await lock.release()
    throw thrown
  }
}

/** The journal goes first and durably: whatever a crash leaves then, the namespace is empty. */
async function removeData({ files, folder }: Space): Promise<void> {
  const isLock = (name: string): boolean => name.startsWith('lock-')
  await files.remove(journalPath({ files, folder }))
  await files.syncFolder(folder)
  const names = await files.list(folder)
  await Promise.all(names.filter((name) => !isLock(name)).map((name) => files.remove(join(folder, name))))
}

/** The folder stays if somebody opened the namespace anew in the meantime. */
async function removeFolder({ files, folder }: Space): Promise<void> {
  try {
    await files.removeEmpty(folder)
  } catch (thrown) {
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(errnoOf(thrown) ?? '')) throw thrown
  }
}

async function destroy(space: Space, platform: Platform): Promise<void> {
  let lock: Lock
  try {
    await space.files.list(space.folder)
    lock = await platform.lock(space.folder)
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return
    throw thrown
  }
  try {
    await removeData(space)
  } finally {
    await lock.release()
  }
  await removeFolder(space)
}

/** {@link fileStore} over a given platform. */
export function fileStoreOn(platform: Platform, options: FileStoreOptions): LocalStore {
  const settings = settingsOf(options)
  const durability = durabilityOf(settings)
  const spaceOf = (namespace: string): Space => ({
    files: platform.files,
    folder: join(settings.directory, namespace),
  })
  return {
    name: 'file',
    capabilities: Object.freeze({ writers: 'one', durability, evictable: false, limits }),
    async open(spec: StoreSpec): Promise<OpenStore> {
      checkNamespace(spec.namespace)
      checkDurability(spec.durability, durability, `with fsync "${settings.fsync}"`)
      const space = spaceOf(spec.namespace)
      try {
        return await openLocked(space, await lockedFolder(space, platform), settings, platform.pause)
      } catch (thrown) {
        throw openFailure(thrown, space.folder)
      }
    },
    async destroy(namespace: string): Promise<void> {
      checkNamespace(namespace)
      const space = spaceOf(namespace)
      try {
        await destroy(space, platform)
      } catch (thrown) {
        throw failure(thrown, `the namespace in ${space.folder} was not removed`)
      }
    },
  }
}

/**
 * A store that keeps each namespace in a folder on a local disk, for Node: an append-only journal with checksums, and a
 * snapshot now and then. A commit is one frame of the journal, so it is there whole or not at all. One process at a time
 * holds a namespace; the operating system frees it when that process ends, however it ends.
 * @throws SyncError `SYNC_CONFIG_INVALID` naming the option
 */
export function fileStore(options: FileStoreOptions): LocalStore {
  return fileStoreOn({ files: nodeFiles, lock: lockFolder, pause: untilIdle }, options)
}
