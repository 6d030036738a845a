/**
 * The kit without a connection: for who reaches its functions by another way than SQL, also in a browser, where nothing of an
 * embedded database may come along.
 */
export { capabilitiesWith, defaultLimits } from '../capabilities.ts'
export { digestOf, isSame } from '../digest.ts'
export { askOf, digestAskOf, type PullAnswer, pageOf } from './pull.ts'
export { type QueryAsk, queryAskOf } from './query.ts'
export { schemaName } from './schema/name.ts'
export { setupStatement } from './schema/setup.ts'
