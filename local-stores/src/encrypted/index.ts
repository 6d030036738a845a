export type { EncryptedStoreOptions, EncryptionKey } from './options.ts'
export { type EncryptedStore, encrypted } from './store.ts'
