import type { LocalStore } from '@rowkeep/kernel'
import { localforageStore } from '../../../src/localforage/index.ts'

/** Over localStorage, which tabs cannot share. */
export const storeAt = (place: string): LocalStore =>
  localforageStore({ name: place, driver: 'localStorageWrapper', tabs: 'one', compactAfterCommits: 8 })
