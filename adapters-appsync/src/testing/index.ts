export { doubleApiKey } from './callers.ts'
export { type AppsyncDouble, type AppsyncDoubleOptions, appsyncDouble } from './double.ts'
export type { DoubleCollection } from './schema.ts'
export type { Behaviour } from './writing.ts'
