import type { LocalStore } from '@rowkeep/kernel'
import { indexeddbStore } from '../../../src/indexeddb/index.ts'

/** The IndexedDB store over databases that all tabs share. */
export const storeAt = (place: string): LocalStore => indexeddbStore({ name: place })
