import type { JsonObject } from '../env/json.ts'
import type { SyncError } from '../errors/sync-error.ts'
import type { Draft } from '../journal/draft.ts'
import type { RecordKey } from '../model/identity.ts'

/** What is known of the remote and of the app's wishes while rows and verdicts are taken in. */
export interface ConflictRules {
  /** Whether revisions can be told older from newer. */
  readonly ordered: boolean
  readonly uuid: () => string
  /** Whether an operation may already be in effect: nothing is decided about its record until its outcome is known. */
  readonly unsettled: (opId: string) => boolean
  /** Whether the resolver is being asked about this record right now. */
  readonly asking: (key: RecordKey) => boolean
  /** Whether the app decides conflicts of this collection itself. */
  readonly asks: (collection: string) => boolean
}

/** What the app is told once the commit is durable. */
export interface News {
  readonly conflicts: { readonly key: RecordKey; readonly fields: readonly string[] }[]
  readonly quarantined: { readonly key: RecordKey; readonly error: SyncError }[]
  readonly unreadable: { readonly collection: string; readonly id: string; readonly error: SyncError }[]
  /** Records whose resolver has to be asked. */
  readonly questions: Set<RecordKey>
  applied: number
  arrived: number
}

/** News of nothing yet. */
export const noNews = (): News => ({
  conflicts: [],
  quarantined: [],
  unreadable: [],
  questions: new Set(),
  applied: 0,
  arrived: 0,
})

/** One commit's worth of taking in. */
export interface Taking extends ConflictRules {
  readonly draft: Draft
  readonly news: News
}

/** Both sides of a record, and what they grew out of. */
export interface Sides {
  readonly ancestor: JsonObject | null
  readonly local: JsonObject | null
  readonly remote: JsonObject | null
}
