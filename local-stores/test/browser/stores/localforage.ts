import type { LocalStore } from '@rowkeep/kernel'
import { localforageStore } from '../../../src/localforage/index.ts'

/** Small folds, so that the scenes meet them. */
export const storeAt = (place: string): LocalStore => localforageStore({ name: place, compactAfterCommits: 8 })
