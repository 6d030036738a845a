export { type RestAdapter, restAdapter } from './adapter.ts'
export type { RestOptions } from './options.ts'
export { paths, userHeader } from './wire.ts'
