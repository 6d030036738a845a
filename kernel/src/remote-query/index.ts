export { type Fetched, type FetchedCount, type FetchQuery, fetch, fetchCount } from './fetch.ts'
export type { FetchOptions, ReadStrategy } from './options.ts'
export { type FetchedLive, type FetchWatch, watchFetch } from './watch-fetch.ts'
