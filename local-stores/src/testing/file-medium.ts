import { take } from '../common/locks.ts'
import type { FileStoreOptions } from '../file/options.ts'
import { fileStoreOn } from '../file/store.ts'
import { Disk } from './disk.ts'
import type { Medium } from './medium.ts'
import { Processes } from './processes.ts'

/** Options of `fileStore`; its directory is on the disk in memory. */
export type FileMediumOptions = Partial<FileStoreOptions>

function mediumOn(disk: Disk, options: FileMediumOptions): Medium {
  const processes = new Processes()
  return {
    start: (given = {}) =>
      processes.start(given, ({ step, locks }) => {
        const lock = async (folder: string): Promise<{ release(): Promise<void> }> => ({
          release: await take(locks, folder, false),
        })
        // The steps of others come between its own ones anyway.
        const pause = (resume: () => void): void => resume()
        return fileStoreOn({ files: disk.files(step), lock, pause }, { directory: '/data', ...options })
      }),
    losePower(keeps) {
      processes.endAll()
      disk.losePower(keeps)
    },
    copy: () => mediumOn(disk.copy(), options),
  }
}

/** A disk in memory under `fileStore`. */
export const fileMedium = (options: FileMediumOptions = {}): Medium => mediumOn(new Disk(), options)
