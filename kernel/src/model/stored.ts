import type { Json, JsonObject } from '../env/json.ts'
import type { Filter } from './filter.ts'

// The shapes a namespace holds. They outlive versions of this package: change them only with a migration.

/** Format of the shapes below; a store with a higher one is refused. */
export const format = 1

/** A record on the server, `null` for a tombstone, at the revision it had: `null` where the remote has none, `''` where it is not known yet. */
export interface Version {
  readonly revision: string | null
  readonly record: JsonObject | null
}

/** Table `base`, key `<collection>/<id>`. */
export interface BaseEntry extends Version {
  /** Empty: it left the feed while it had operations, and goes when they have ended. */
  readonly feeds?: readonly string[]
  /** What the record's remaining operations were made on, where that is not the base itself. */
  readonly ancestor?: Version
  /**
   * Of a tombstone: completed runs since it came; absent: none yet. `0`, also of a record: it is what an operation made of
   * `revision` when it took effect, and its own version has not been told.
   */
  readonly runs?: number
  readonly v: number
}

/** `pending`: on its way · `parked`: waits in the conflict inbox · `quarantined`: refused for good. */
type OperationState = 'pending' | 'parked' | 'quarantined'

/** What the app's writes change: top-level fields to set and to remove. */
export interface Change {
  readonly set?: JsonObject
  readonly unset?: readonly string[]
}

/** A payload as it was sent, but for what no migration changes. */
export interface Sent {
  readonly opId: string
  readonly change: Change
  readonly condition?: Filter
}

/** Table `op`, key `<commit>.<index>.<session>`: one acknowledged local change until it ends. */
export interface Operation {
  readonly opId: string
  /** Ids of the app's writes that this operation carries. */
  readonly writes: readonly string[]
  readonly state: OperationState
  readonly kind: 'create' | 'update' | 'delete'
  readonly collection: string
  readonly id: string
  readonly change: Change
  /** Version it is for; `null`: the record is not there, or unchecked. Absent: not known yet, so it is not sent. */
  readonly expected?: string | null
  readonly condition?: Filter
  /** The transaction it belongs to: all of them are sent as one atomic request. */
  readonly group?: string
  /** What was sent under `opId`, where a migration has changed the rest since; under another id it means nothing. */
  readonly wire?: Sent
  /** Keys of operations that must end applied first. */
  readonly deps: readonly string[]
  /** When it was accepted, ms on the device's clock. */
  readonly at: number
  /** Why it is quarantined. */
  readonly error?: JsonObject
  /** How often a conflict made it anew. */
  readonly rounds?: number
  readonly v: number
}

/** What an operation does to which record. */
export type Payload = Pick<Operation, 'kind' | 'collection' | 'id' | 'change'>

/** Table `meta`, key `feed/<id>`. */
export interface FeedEntry {
  readonly cursor: string | null
  /** The run under way. `first`: the feed has never been completed. */
  readonly run: { readonly kind: 'delta' | 'snapshot'; readonly first: boolean } | null
  readonly epoch?: string
  /** Server clock at the last completed run, ms. */
  readonly now?: number
  /** When the last run was completed, by whatever tab, ms on the device's clock. Absent: none yet since it was last to be listed anew. */
  readonly at?: number
  /** `forbidden`: the user may not read it, or the server does not have it. */
  readonly state: 'open' | 'forbidden'
}

/** How a write can end; each write ends exactly once. */
export type Ending = 'applied' | 'merged' | 'cancelled' | 'quarantined' | 'parked' | 'discarded'

/** Table `meta`, key `session/<id>`: the writes accepted in one run of the app, and their ends. */
export interface SessionEntry {
  readonly accepted: number
  readonly ended: Readonly<Record<Ending, number>>
}

/** Shapes are JSON by construction; this says so to the compiler at the one place where they enter the store. */
export function asJson(shape: BaseEntry | Operation | FeedEntry | SessionEntry): Json {
  return shape as unknown as Json
}
