import type { ReadTest } from '../query/normalise.ts'
import { readEvery } from './read.ts'

/**
 * For the client's option `operators`: `where` knows every operator of `FilterOperator` from then on, and `ignoreCase`.
 *
 * @example createSyncClient({ collections, operators: moreOperators })
 */
export const moreOperators: ReadTest = readEvery
