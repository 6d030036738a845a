import type { JsonObject } from '../env/json.ts'
import type { SyncError } from '../errors/sync-error.ts'
import type { Draft } from '../journal/draft.ts'
import type { RecordKey } from '../model/identity.ts'

/** What is known of the remote and of the app's wishes while rows and verdicts are taken in. */
export interface ConflictRules {
  /** Whether revisions can be told older from newer. */
  readonly ordered: boolean
  readonly uuid: () => string
  /** Operations that may already be in effect: nothing is decided about their records until their outcome is known. */
  readonly unsettled: ReadonlySet<string>
  /** Records whose resolver is being asked right now. */
  readonly asking: ReadonlySet<RecordKey>
  /** Whether the app decides conflicts of this collection itself. */
  readonly asks: (collection: string) => boolean
  /** Whether the record's key is that of `id`. */
  readonly hasId: (collection: string, record: JsonObject, id: string) => boolean
}

/** What the app is told once the commit is durable. */
export interface News {
  readonly conflicts: { readonly collection: string; readonly id: string; readonly fields: readonly string[] }[]
  readonly quarantined: { readonly collection: string; readonly id: string; readonly error: SyncError }[]
  readonly unreadable: { readonly collection: string; readonly id: string; readonly error: SyncError }[]
  /** Records whose resolver has to be asked. */
  readonly questions: RecordKey[]
  applied: number
  arrived: number
}

/** News of nothing yet. */
export const noNews = (): News => ({
  conflicts: [],
  quarantined: [],
  unreadable: [],
  questions: [],
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
