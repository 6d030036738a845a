export type { KeyValues } from './key-values.ts'
export type { LocalforageStoreOptions } from './options.ts'
export { type LocalforageStore, localforageStore } from './store.ts'
