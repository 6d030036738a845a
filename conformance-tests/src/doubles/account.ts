import type { JsonObject, RemoteRow } from '@rowkeep/kernel'
import type { Profile } from './profile.ts'

/** One row of one user, live or deleted. */
export interface ModelRow {
  readonly collection: string
  readonly id: string
  /** `null`: deleted. */
  readonly record: JsonObject | null
  /** Grows by one with each write of the row, deletions included. */
  readonly revision: number
  /** Position in the feed. Shared by rows of one instant where the clock is coarse. */
  readonly at: number
  /** Out of the user's scope. */
  readonly evicted: boolean
  /** Ids of the operations inside, oldest first. */
  readonly contains: readonly string[]
}

/** What one user has at the backend. Rows are immutable, so a copy of the maps is a snapshot. */
export interface Account {
  readonly rows: Map<string, ModelRow>
  /** Operation id to the digest of its payload. */
  readonly log: Map<string, string>
}

export const emptyAccount = (): Account => ({ rows: new Map(), log: new Map() })

/** The account as it is now; writes to the copy leave the original alone. */
export const copyOf = (account: Account): Account => ({ rows: new Map(account.rows), log: new Map(account.log) })

/** Takes over all of `changed`. */
export function replaceBy(account: Account, changed: Account): void {
  for (const [key, row] of changed.rows) account.rows.set(key, row)
  for (const [id, digest] of changed.log) account.log.set(id, digest)
}

export const keyOf = (collection: string, id: string): string => JSON.stringify([collection, id])

/** Whether the user can see the row. */
export const isLive = (row: ModelRow | undefined): row is ModelRow & { readonly record: JsonObject } =>
  row !== undefined && row.record !== null && !row.evicted

/** The revision as the wire has it; `null` where the profile has none. */
export function revisionOf({ revision }: ModelRow, { capabilities, defect }: Profile): string | null {
  if (capabilities.revisions === 'none') return null
  return defect === 'over-declared-ordered-revisions' ? String(9_999 - revision) : String(revision)
}

/** The row as an adapter gives it. */
export function remoteRow(row: ModelRow, profile: Profile): RemoteRow {
  const { collection, id, record } = row
  const head = { collection, id, revision: revisionOf(row, profile) }
  return record === null ? { kind: 'tombstone', ...head } : { kind: 'record', ...head, record }
}
