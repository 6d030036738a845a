export type { IndexeddbStoreOptions } from './options.ts'
export { indexeddbStore } from './store.ts'
