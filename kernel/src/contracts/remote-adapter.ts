import type { Env } from '../env/env.ts'
import type { Json, JsonObject } from '../env/json.ts'
import type { Failure } from '../errors/sync-error.ts'
import type { Filter } from '../model/filter.ts'
import type { RemoteCapabilities } from './capabilities.ts'

/**
 * A UUID. One id names one immutable payload for ever: `kind, collection, id, expected, change, condition`; `record` and
 * `resend` are no part of it and of no digest. A changed operation gets a new id.
 */
export type OpId = string
/**
 * Server-issued version of one record. Where `revisions` is `ordered`: the longer string is newer, at equal length the
 * greater by code unit (7 < 12; fixed-width stamps). Otherwise compared only for equality.
 */
export type Revision = string
/** Opaque, at most 4 kB, made by the adapter; holds all it needs to go on, also in the middle of a run. */
export type Cursor = string

/** One change stream with one cursor. A changed filter is another feed (another id). */
export interface Feed {
  /** Made by the kernel: printable ASCII, at most 256 bytes. */
  readonly id: string
  /** More than one only if `feedSpan` is `collections`. */
  readonly collections: readonly string[]
  /** By collection. The kernel evicts arriving rows that do not match, so an adapter need filter only first listings. */
  readonly filters?: Readonly<Record<string, Filter>>
}

/** What every version of a row has. */
export interface RowHead {
  readonly collection: string
  readonly id: string
  /** `null` only where `revisions` is `none`. */
  readonly revision: Revision | null
  /** Operations known to be inside this version. `undefined`: not known. */
  readonly contains?: readonly OpId[]
}
/** The server's state of one record, always whole, never a partial payload. */
export type RemoteRow =
  | (RowHead & { readonly kind: 'record'; readonly record: JsonObject })
  | (RowHead & { readonly kind: 'tombstone' })
/**
 * `eviction`: left the feed, not deleted. `unreadable`: could not be decoded; set aside with its reason, the page goes on.
 * `listed`, in a run of kind `snapshot` that did not begin at `null`: the row stands in this version and need not be sent
 * again. A row that changed since the cursor comes as a record as well, and only rows that match the feed's filters are
 * listed. Where the kernel lacks a listed row by the end of the run, it asks for the feed from `null` next.
 */
export type RemoteChange =
  | RemoteRow
  | (RowHead & { readonly kind: 'listed' })
  | { readonly kind: 'eviction'; readonly collection: string; readonly id: string }
  | { readonly kind: 'unreadable'; readonly collection: string; readonly id: string; readonly error: Failure }

/** Asks for one page. */
export interface PullRequest {
  readonly feed: Feed
  /** `null` asks for a snapshot. */
  readonly cursor: Cursor | null
  /** At most so many changes; fewer is normal. */
  readonly limit: number
}
/** One page, or word that the cursor is too old to go on from. */
export type PullPage =
  | {
      /**
       * `snapshot`: the run, up to `more: false`, lists every row of the feed; rows not listed may be swept. Always so after
       * `cursor: null`; allowed after any cursor. A run never mixes kinds.
       */
      readonly kind: 'delta' | 'snapshot'
      /** In server order; empty pages are legal anywhere. */
      readonly changes: readonly RemoteChange[]
      /** Where to go on. With `more: false`: the feed's safe point (not the last row), or null if the next run must be a snapshot. */
      readonly cursor: Cursor | null
      /** Only `false` ends a run; the kernel never guesses it from the page's size. */
      readonly more: boolean
      /**
       * Identity of the server's history, or of the place where it has none. When it changes, as after a restore or a change of
       * the backend, rows replace the base whatever their revision.
       */
      readonly epoch?: string
      /** Server clock, ms. */
      readonly now?: number
    }
  | { readonly kind: 'expired'; readonly epoch?: string; readonly now?: number }

/** What an operation does to top-level fields. `increment` and `append` only where `idempotency` is `marker` or `log`. */
export interface FieldChange {
  readonly set?: JsonObject
  readonly unset?: readonly string[]
  readonly increment?: Readonly<Record<string, number>>
  readonly append?: Readonly<Record<string, readonly Json[]>>
}
/** One acknowledged local change on its way to the server. */
export interface PushOperation {
  readonly opId: OpId
  readonly kind: 'create' | 'update' | 'delete'
  readonly collection: string
  readonly id: string
  /** Version the write is for; null = unchecked (relative writes, or no `cas`). A create always expects "absent". */
  readonly expected: Revision | null
  readonly change: FieldChange
  /** The whole record after the change, for wires that can only PUT; null for a delete. */
  readonly record: JsonObject | null
  /** Update and delete only; tested by the server in the same step as the write, after `expected`. */
  readonly condition?: Filter
  /** An earlier try may have been applied: read a refusal in that light. */
  readonly resend: boolean
}
/** Not atomic: operations touch different records and none needs another; each stands alone. Atomic (`atomicity: 'batch'`): all or none. */
export interface PushRequest {
  readonly operations: readonly PushOperation[]
  readonly atomic: boolean
}
/** How one operation ended on the server. Verdicts are values; an exception means that the outcome of all is unknown. */
export type PushVerdict =
  /** In effect exactly as sent, now or by an earlier try. `row`: the server's newest version, if known. */
  | { readonly kind: 'applied'; readonly row?: RemoteRow }
  /** Not applied: `expected` did not hold. Without `row` the kernel pulls before it resolves. */
  | { readonly kind: 'conflict'; readonly row?: RemoteRow }
  /**
   * Not applied and never will be under this id: `SYNC_FORBIDDEN` `SYNC_REJECTED` `SYNC_CONDITION_FAILED` `SYNC_NOT_VISIBLE`
   * `SYNC_ID_TAKEN` `SYNC_ID_REUSED` `SYNC_TOO_LARGE` `SYNC_UNSUPPORTED`.
   */
  | { readonly kind: 'rejected'; readonly error: Failure; readonly row?: RemoteRow }
  /** `unapplied`: surely without effect (not sent, 429, 401, `SYNC_GROUP_ABORTED`). `unknown`: may have taken effect. */
  | { readonly kind: 'retry'; readonly outcome: 'unapplied' | 'unknown'; readonly error: Failure }

/** What every call to a remote gets beside its request. */
export interface CallContext {
  /** The credentials used must be this user's: otherwise fail with `SYNC_USER_MISMATCH` before sending. `''`: no user. */
  readonly user: string
  /** Aborts when the session ends or the deadline passes. */
  readonly signal: AbortSignal
  /** The deadline the kernel holds this call to, ms. */
  readonly timeoutMs: number
  readonly env: Env
}

/**
 * A backend: one page down, operations up. Implement this to add a backend. An adapter owns no queue and no retry; the kernel
 * owns both. What it can do it declares as data, and the conformance suite proves.
 */
export interface RemoteAdapter {
  /** For messages and tables; lower case. */
  readonly name: string
  /** Frozen; what every collection of this instance can do. */
  readonly capabilities: RemoteCapabilities
  /** One page. A rejection changes nothing: 403 is `SYNC_FORBIDDEN`, not an empty page. */
  pull(request: PullRequest, context: CallContext): Promise<PullPage>
  /** One verdict per operation, in order. A rejected promise, or a wrong number of verdicts, means: outcome of all unknown. */
  push(request: PushRequest, context: CallContext): Promise<readonly PushVerdict[]>
}

/** `up`: changes from here on are told. `data`: rows confirmed by the server, compared by revision. Never a cursor. */
export type LiveEvent =
  | { readonly kind: 'up' }
  | { readonly kind: 'poke' }
  | { readonly kind: 'data'; readonly changes: readonly RemoteChange[] }
  | { readonly kind: 'down'; readonly error: Failure }
/** Optional, where `live` is not `none`: tells of changes as they happen. The result ends the subscription. */
export interface LiveRemote {
  subscribe(feed: Feed, listener: (event: LiveEvent) => void, context: CallContext): () => void
}
/**
 * Optional: the user's feeds when the server decides them (teams), each with an id of its own: printable ASCII without spaces, at
 * most 256 bytes. Asked at the start of each cycle by a client that got the remote through `withNamedFeeds` of
 * `@rowkeep/kernel/feeds`.
 */
export interface ScopedRemote {
  feeds(context: CallContext): Promise<readonly Feed[]>
}
/**
 * Optional: compares the client's (id, revision) pairs with the server's by whatever digest both sides of the adapter share; asked
 * once in a while by a client that got the remote through `withDigest` of `@rowkeep/kernel/feeds`. `rows` are to be read once and
 * before anything is waited for. `true` where it cannot tell.
 */
export interface DigestRemote {
  same(feed: Feed, rows: Iterable<RowHead>, context: CallContext): Promise<boolean>
}
/** A row that answers a query: live, or `unreadable` with its reason while the others come all the same. */
export type QueriedRow = Extract<RemoteChange, { readonly kind: 'record' | 'unreadable' }>
/** Asks for rows of one collection. */
export interface QueryRequest {
  readonly collection: string
  /** Absent: all of it. Only operators of `capabilities.operators`. */
  readonly filter?: Filter
  /** As the kernel orders: null first ascending, then by type, text by UTF-16 code unit; ties, and all without it, by id. */
  readonly order?: readonly { readonly field: string; readonly descending: boolean }[]
  /** At most so many rows, from 1 to `limits.pageRows`; fewer is normal. */
  readonly limit: number
  /** Where the answer before ended; absent: from the start. */
  readonly after?: string
}
/** A part of the rows asked for. */
export interface QueryPage {
  readonly rows: readonly QueriedRow[]
  /** Opaque, at most 4 kB more than the values it stands for: where to go on. Only null says that there is no more. */
  readonly after: string | null
}
/** Optional, where `operators` is not empty: answers a query without storing anything. A rejection changes nothing. */
export interface QueryableRemote {
  query(request: QueryRequest, context: CallContext): Promise<QueryPage>
  /** How many rows the filter finds. */
  count(request: Pick<QueryRequest, 'collection' | 'filter'>, context: CallContext): Promise<number>
}
/** Optional: renews credentials. `false`: signed out; the session becomes auth-required and keeps its queue. */
export interface RefreshableRemote {
  refresh(context: CallContext): Promise<boolean>
}
/** Optional: looks at what the app writes before it is accepted, so that what the backend could not hold is refused at the call. */
export interface CheckingRemote {
  /**
   * `record`: as it will be; `before`: as it was, `null` where it is new. Must not look at more than the record.
   * @throws SyncError `SYNC_INPUT_INVALID` naming the field
   */
  check(collection: string, record: JsonObject, before: JsonObject | null): void
}
/** Optional: frees what the adapter holds open. */
export interface ClosableRemote {
  close(): Promise<void>
}
