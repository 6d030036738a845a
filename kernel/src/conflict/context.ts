import type { JsonObject } from '../env/json.ts'
import type { Draft } from '../journal/draft.ts'
import type { Queued } from '../journal/ledger.ts'
import type { SyncEvents } from '../model/events.ts'
import type { RecordKey } from '../model/identity.ts'

/** What is known of the remote and of the app's wishes while rows and verdicts are taken in. */
export interface ConflictRules {
  /** Whether revisions can be told older from newer. */
  readonly ordered: boolean
  readonly uuid: () => string
  /** Operations that this engine sent, or an earlier session may have sent, and whose outcome is not known. */
  readonly unsettled: ReadonlySet<string>
  /**
   * Whether it may already be in effect, sent by this tab, another one or an earlier session: nothing is decided about its record
   * until the outcome is known, and it is not merged. Asked about the newest ledger, in the decision itself.
   */
  readonly mayBeSent: (queued: Queued) => boolean
  /** Records whose resolver is being asked right now. */
  readonly asking: ReadonlySet<RecordKey>
  /** Whether the app decides conflicts of this collection itself. */
  readonly asks: (collection: string) => boolean
  /** Whether the record's key is that of `id`. */
  readonly hasId: (collection: string, record: JsonObject, id: string) => boolean
  /** Whether a record belongs to the part of its collection that is synced. */
  readonly inScope: (collection: string, record: JsonObject) => boolean
}

type Told = { [E in keyof SyncEvents]: readonly [event: E, value: SyncEvents[E]] }[keyof SyncEvents]

/** What the app is told once the commit is durable. */
export interface News {
  readonly told: Told[]
  /** Records whose resolver has to be asked. */
  readonly questions: RecordKey[]
  /** Operations that ended applied. */
  pushed: number
  /** Changes that arrived. */
  pulled: number
  conflicts: number
}

/** News of nothing yet. */
export const noNews = (): News => ({ told: [], questions: [], pushed: 0, pulled: 0, conflicts: 0 })

/** What the records of a dead operation mean to others: brought along by relations. */
export interface Kin {
  /** Sets aside what refers to the record of a create that is dead. */
  orphan(taking: Taking, dead: Queued): void
}

/** One commit's worth of taking in, and the news it makes. */
export interface Taking extends ConflictRules, News {
  readonly draft: Draft
  /** `undefined`: no collection has relations. */
  readonly related: Kin | undefined
}

/** Both sides of a record, and the ancestor they grew out of, which a resolver knows as `base`. */
export interface Sides {
  readonly base: JsonObject | null
  readonly local: JsonObject | null
  readonly remote: JsonObject | null
}
