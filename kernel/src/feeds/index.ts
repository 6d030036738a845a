export { withDigest } from './digest.ts'
export { withNamedFeeds } from './named.ts'
