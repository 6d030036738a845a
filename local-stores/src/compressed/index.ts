export { type CompressedStoreOptions, compressed } from './store.ts'
