import { dirname, join } from 'node:path'
import type { Files } from './files.ts'

/** The folder of one namespace, and the file system it is on. */
export interface Space {
  readonly files: Files
  readonly folder: string
}

/** The one file that holds the data. */
export const journalPath = ({ folder }: Space): string => join(folder, 'journal')
/** The next journal while it is written; found at open it is what a crash left, and goes. */
export const nextPath = ({ folder }: Space): string => join(folder, 'journal.next')
/** See `reserve.ts`. */
export const reservePath = ({ folder }: Space): string => join(folder, 'reserve')

/** The name for one more damaged journal that is kept aside: `damaged-1`, `damaged-2` and so on. */
export async function freeDamagedName({ files, folder }: Space): Promise<string> {
  const taken = new Set(await files.list(folder))
  let number = 1
  while (taken.has(`damaged-${number}`)) number += 1
  return `damaged-${number}`
}

/**
 * Makes the folder if it is absent, so that it survives power loss: every folder that got a new name in it is synced. The
 * one right above always is, because a crash may have come between making and syncing.
 */
export async function makeFolder({ files, folder }: Space): Promise<void> {
  const last = dirname((await files.makeFolder(folder)) ?? folder)
  let above = dirname(folder)
  await files.syncFolder(above)
  while (above !== last) {
    above = dirname(above)
    await files.syncFolder(above)
  }
}
