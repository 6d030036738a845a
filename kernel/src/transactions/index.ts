export { type TransactionOptions, transaction } from './transaction.ts'
export type { Transaction, TransactionCollection } from './types.ts'
