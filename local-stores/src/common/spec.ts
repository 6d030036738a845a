import { type Durability, SyncError } from '@rowkeep/kernel'

const ranks: readonly Durability[] = ['none', 'relaxed', 'strict']

/** Refuses a namespace that is not `[a-z0-9_-]{1,64}`; the platform gets it as part of a name. @throws SyncError `SYNC_INPUT_INVALID` */
export function checkNamespace(namespace: unknown): asserts namespace is string {
  if (typeof namespace === 'string' && /^[a-z0-9_-]{1,64}$/.test(namespace)) return
  const message = `a namespace is 1 to 64 of a-z, 0-9, "_" and "-", not ${JSON.stringify(namespace)}`
  throw new SyncError('SYNC_INPUT_INVALID', { message })
}

/** Refuses a durability above what is granted; `why` says what decided that. @throws SyncError `SYNC_STORE_DURABILITY` */
export function checkDurability(asked: Durability, granted: Durability, why: string): void {
  if (ranks.indexOf(asked) <= ranks.indexOf(granted)) return
  const message = `durability "${asked}" was asked for; ${why} it is "${granted}"`
  throw new SyncError('SYNC_STORE_DURABILITY', { message })
}
