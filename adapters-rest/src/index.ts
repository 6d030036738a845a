export { type RestAdapter, restAdapter } from './adapter.ts'
export type { RestOptions, RoutedOptions, Routes } from './options.ts'
export type { Server } from './requests.ts'
export { paths, userHeader } from './wire.ts'
