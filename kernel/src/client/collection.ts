import type { SyncError } from '../errors/sync-error.ts'
import type { Watch } from '../live/watch.ts'
import type { Query, Where } from '../model/query.ts'
import type { Changes, CheckWith, Draft, Loaded, Row, WithOf } from '../model/schema.ts'

/** Where a write has to arrive before its promise resolves. */
export type WriteStrategy = 'localFirst' | 'remoteFirst'

/** What a write can be given. */
export interface WriteOptions<T> {
  /** Must hold for the record here, and then on the server in the step of the write; the remote must declare its operators. */
  readonly where?: Where<T>
  /**
   * `localFirst` (default): resolves when the write is durable here. `remoteFirst`: when it has taken effect on the server.
   * It is sent at once, in a full cycle; offline it is refused (`SYNC_NETWORK`) and nothing is stored, without a remote too
   * (`SYNC_UNSUPPORTED`). A write the server refuses throws its reason and lies in quarantine, one in conflict throws
   * `SYNC_CONFLICT` and lies in the inbox. With no end within `requestTimeoutMs` it throws `SYNC_OUTCOME_UNKNOWN`: the write
   * is stored and goes on.
   */
  readonly strategy?: WriteStrategy
  /** Takes the write back while it is not yet accepted (`SYNC_ABORTED`); after that ends the wait of `remoteFirst` (`SYNC_OUTCOME_UNKNOWN`). */
  readonly signal?: AbortSignal
}

/**
 * How the newest write to a record ended. `id` is that of its entry in quarantine or inbox, `reason` why; `SYNC_CONFLICT` for the
 * inbox. `cancelled`: the record was created and deleted again before any of it was sent (`SYNC_ABORTED`).
 */
export type Outcome =
  | { readonly state: 'applied'; readonly revision: string | null }
  | { readonly state: 'quarantined' | 'parked' | 'cancelled'; readonly id: string; readonly reason: SyncError }

/**
 * One collection of the app. Every write resolves when it is durable in the store, online or not; records given out are frozen.
 * Every method may fail with the store's errors and `SYNC_CLOSED`.
 */
export interface Collection<C, D> {
  /** Adds a record; the key is made where the draft has none. @throws SyncError `SYNC_INPUT_INVALID` `SYNC_ID_TAKEN` `SYNC_TOO_LARGE` */
  create(record: Draft<D>, options?: Omit<WriteOptions<Row<D>>, 'where'>): Promise<Row<D>>
  /** Adds all records or none, as one commit. @throws SyncError as `create` */
  createMany(records: readonly Draft<D>[]): Promise<readonly Row<D>[]>
  /** Makes the record be exactly this, whether or not there is one; only fields that differ are sent. @throws SyncError `SYNC_INPUT_INVALID` `SYNC_CONDITION_FAILED` `SYNC_TOO_LARGE` */
  save(record: Row<D>, options?: WriteOptions<Row<D>>): Promise<Row<D>>
  /** Changes some fields (`undefined` removes one), or a draft in place. @throws SyncError `SYNC_NOT_FOUND` `SYNC_INPUT_INVALID` `SYNC_CONDITION_FAILED` `SYNC_TOO_LARGE` */
  update(
    id: string,
    change: Changes<Row<D>> | ((draft: { -readonly [F in keyof Row<D>]: Row<D>[F] }) => void),
    options?: WriteOptions<Row<D>>,
  ): Promise<Row<D>>
  /**
   * Deletes the record, and in the same commit does to records that refer to it what their relations say (`onDelete`); one that
   * is not there stays so. @throws SyncError `SYNC_CONDITION_FAILED`, also where `restrict` forbids it
   */
  delete(id: string, options?: WriteOptions<Row<D>>): Promise<void>
  /** `undefined`: there is none. */
  read(id: string): Promise<Row<D> | undefined>
  /** Every record, ordered by id. */
  readAll(): Promise<readonly Row<D>[]>
  /** Every record that the query finds, in its order, each with the relations named in `with`. */
  query<const W extends WithOf<C, D> = Record<never, never>>(
    query?: Query<Row<D>> & { readonly with?: W & CheckWith<C, D, W> },
  ): Promise<readonly Loaded<C, D, W>[]>
  /** How many records the query finds. */
  count(query?: Query<Row<D>>): Promise<number>
  watchAll(): Watch<readonly Row<D>[]>
  /** `null`: there is no such record. */
  watchById(id: string): Watch<Row<D> | null>
  /** Live, also when what is loaded by `with` changes, and only when what it shows does. */
  watchQuery<const W extends WithOf<C, D> = Record<never, never>>(
    query: Query<Row<D>> & { readonly with?: W & CheckWith<C, D, W> },
  ): Watch<readonly Loaded<C, D, W>[]>
  /**
   * Waits for the newest write this device made to the record. None open: an entry of it in quarantine or inbox, else applied
   * with the base's revision. @throws SyncError `SYNC_ABORTED`
   */
  settled(id: string, options?: { readonly signal?: AbortSignal }): Promise<Outcome>
}
