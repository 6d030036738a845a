import type { Query, Where } from '../model/query.ts'
import type { Changes, Draft, Row } from '../model/schema.ts'

/**
 * One collection inside a transaction. Reads see what this transaction has written; nobody else sees that before its end.
 * Schemas and the middleware of each kind run as for single writes. Once the transaction has ended, every method fails with
 * `SYNC_CLOSED`.
 */
export interface TransactionCollection<D> {
  /** Adds a record; the key is made where the draft has none. @throws SyncError `SYNC_INPUT_INVALID` `SYNC_ID_TAKEN` `SYNC_TOO_LARGE` */
  create(record: Draft<D>): Promise<Row<D>>
  /** Makes the record be exactly this. @throws SyncError as `update`, but for `SYNC_NOT_FOUND` */
  save(record: Row<D>, options?: { readonly where?: Where<Row<D>> }): Promise<Row<D>>
  /**
   * Changes some fields, or a draft in place. `where` must hold for the record here, and then on the server in the step of the
   * whole transaction; only the first write to a record can have one.
   * @throws SyncError `SYNC_NOT_FOUND` `SYNC_INPUT_INVALID` `SYNC_CONDITION_FAILED` `SYNC_TOO_LARGE`
   */
  update(
    id: string,
    change: Changes<Row<D>> | ((draft: { -readonly [F in keyof Row<D>]: Row<D>[F] }) => void),
    options?: { readonly where?: Where<Row<D>> },
  ): Promise<Row<D>>
  /** Deletes the record; one that is not there stays so. @throws SyncError `SYNC_CONDITION_FAILED` */
  delete(id: string, options?: { readonly where?: Where<Row<D>> }): Promise<void>
  /** `undefined`: there is none. The same answer however often it is asked, but for own writes. */
  read(id: string): Promise<Row<D> | undefined>
  /** What the query finds, own writes included; a change of that answer by somebody else runs the transaction again. */
  query(query?: Query<Row<D>>): Promise<readonly Row<D>[]>
}

/** All collections of a client, inside a transaction. */
export type Transaction<C> = { readonly [N in keyof C]: TransactionCollection<C[N]> }
