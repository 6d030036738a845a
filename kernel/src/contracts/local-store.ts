import type { Env } from '../env/env.ts'
import type { Json } from '../env/json.ts'

/**
 * The three tables of a namespace. `base`: server rows. `op`: outbox, quarantine and inbox (a state of the operation).
 * `meta`: format mark, user, feeds (cursor, epoch, times), sessions. There are never more, so a store is never upgraded.
 */
export type StoreTable = 'meta' | 'base' | 'op'

/** One value. `undefined` removes the key. Keys come from the kernel: printable ASCII, 1..1024 bytes, opaque to the store. */
export interface StoreEntry {
  readonly table: StoreTable
  readonly key: string
  readonly value: Json | undefined
}

/** Number of a namespace's newest commit: 0 when empty, then +1 per commit; never reused, survives reopen and compaction. */
export type CommitNumber = number

/**
 * `none`: gone with the process. `relaxed`: survives the process, the last commits may go with power.
 * `strict`: survives power loss.
 */
export type Durability = 'none' | 'relaxed' | 'strict'

/** What a store can do, as frozen data; the conformance suite proves it. */
export interface LocalStoreCapabilities {
  /** `one`: a second `open` of a namespace fails with `SYNC_STORE_LOCKED`. `many`: tabs may hold it open together. */
  readonly writers: 'one' | 'many'
  /** The strongest level `open` can grant on this platform. */
  readonly durability: Durability
  /** The platform may delete a namespace without asking. */
  readonly evictable: boolean
  /** Bytes of the JSON in UTF-8: of one value, and of all values of one commit. */
  readonly limits: { readonly valueBytes: number; readonly commitBytes: number }
}

/** What to open. */
export interface StoreSpec {
  /** Made by the kernel from the user: `[a-z0-9_-]{1,64}`. */
  readonly namespace: string
  /** The least level wanted; more than `capabilities.durability` fails with `SYNC_STORE_DURABILITY`. */
  readonly durability: Durability
  readonly env: Env
}

/** Where a device keeps its data: a thing that opens namespaces, one per user. Implement this to add a store. */
export interface LocalStore {
  /** For messages and tables; lower case. */
  readonly name: string
  /** Frozen. */
  readonly capabilities: LocalStoreCapabilities
  /**
   * Opens one namespace, created if absent. Settles within 5 s.
   * @throws SyncError `SYNC_STORE_LOCKED` `SYNC_STORE_BLOCKED` `SYNC_STORE_CORRUPT` `SYNC_FORMAT_NEWER` `SYNC_STORE_UNAVAILABLE` `SYNC_STORE_DURABILITY`
   */
  open(spec: StoreSpec): Promise<OpenStore>
  /** Removes a namespace and all in it, whether or not it exists. @throws SyncError `SYNC_STORE_LOCKED` while it is open */
  destroy(namespace: string): Promise<void>
}

/** A part of what a namespace holds. */
export interface LoadPage {
  readonly entries: readonly StoreEntry[]
  /** Entries that could not be decoded, each with its raw text. */
  readonly broken: readonly { readonly table: StoreTable; readonly key: string; readonly raw: string }[]
  /** The newest commit that the whole load is known to contain. */
  readonly head: CommitNumber
  /** Drop everything given before this page. */
  readonly reset: boolean
}

/** One namespace, open. Bound to it for life: no call can touch another user's data. */
export interface OpenStore {
  /** The level granted. */
  readonly durability: Durability
  /**
   * `after` absent or 0: every entry. Otherwise what commits above `after` changed, removals as `undefined`, or everything
   * again if that is no longer known. Order is free; a key given again replaces the earlier. At the end all commits up to
   * `head` are in; later ones may show in part, so the reader goes on with `load(head)`. An entry that cannot be decoded
   * comes as `broken`, never as an exception and never left out.
   * @throws SyncError `SYNC_CLOSED` `SYNC_STORE_FAILED`
   */
  load(after?: CommitNumber): AsyncIterable<LoadPage>
  /**
   * All entries or none, across tables, also after a crash. Values are serialised before the first write. Resolves with
   * `after + 1` once durable to `durability`. Rejected means without effect, now and after reopen; a store that cannot be
   * sure fails with `SYNC_STORE_BROKEN`, and so does every later call until it is opened again.
   * @throws SyncError `SYNC_STORE_STALE` when `after` is not the newest number (another tab committed): `load(after)`, decide again
   * @throws SyncError `SYNC_STORE_FULL` `SYNC_STORE_FAILED` `SYNC_STORE_BROKEN` `SYNC_CLOSED`
   */
  commit(entries: readonly StoreEntry[], after: CommitNumber): Promise<CommitNumber>
  /** Waits for commits under way; then every call fails with `SYNC_CLOSED`. Safe twice. */
  close(): Promise<void>
}

/** Optional, on an {@link OpenStore}: tells of commits by other holders of the namespace; late and lost calls are allowed. */
export interface WatchableStore {
  watch(listener: (head: CommitNumber) => void): () => void
}

/**
 * Optional, on an {@link OpenStore} with `writers: 'many'`: how the tabs that have it open share the work. Without it each tab does
 * all. Made by `tabs` of `@rowkeep/kernel/tabs`.
 */
export interface SharedStore {
  readonly tabs: Sharing
}

/** What `tabs` makes. */
export interface Sharing {
  /** Names the namespace among all there are on the device: the same in each tab. */
  readonly place: string
  /** Internal. */
  readonly share: unknown
}

/** Optional, on an {@link OpenStore}: bytes in use and, where the platform tells, bytes free. */
export interface MeasurableStore {
  size(): Promise<{ readonly usedBytes: number; readonly freeBytes: number | undefined }>
}

/** Optional, on an {@link OpenStore}: what the platform tells of the place that the namespace shares with all else of the app. */
export interface RoomyStore {
  /** `isPersisted`: whether it promised not to delete an evictable namespace. What is `undefined` it does not tell. */
  room(): Promise<{ readonly freeBytes: number | undefined; readonly isPersisted: boolean | undefined }>
}
