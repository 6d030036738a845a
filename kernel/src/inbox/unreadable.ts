import type { SyncClient } from '../client/client.ts'
import { derived, type Host } from '../client/host.ts'
import { errorOf, type SyncError } from '../errors/sync-error.ts'
import { unreadableIn, unreadableKey } from '../journal/unreadable.ts'
import type { Watch } from '../live/watch.ts'
import { splitKey } from '../model/identity.ts'
import { onePerClient } from './shelf.ts'

/** A row of the server that cannot be read. What was here of the record before it came so is kept, and shown. */
export interface UnreadableRow<N extends string = string> {
  readonly collection: N
  /** The record's id. */
  readonly id: string
  /** What is wrong with the row. */
  readonly reason: SyncError
}

const listOf = onePerClient(
  (host: Host): Watch<readonly UnreadableRow[]> =>
    derived(host, ({ ledger }) =>
      unreadableIn(ledger).map((key) => {
        const [collection, id] = splitKey(key)
        return { collection, id, reason: errorOf(ledger.meta.get(unreadableKey(key)) as never) }
      }),
    ),
)

/**
 * The rows of the server that cannot be read, as a live value: the same object at every call. It survives restarts. A row
 * leaves it when it comes readable, or is deleted, or has left the feed.
 *
 * @example for (const { collection, id, reason } of unreadable(client).getSnapshot() ?? []) console.warn(collection, id, reason.message)
 * @throws SyncError `SYNC_INPUT_INVALID` for anything that is not a client
 */
export const unreadable: <C>(client: SyncClient<C>) => Watch<readonly UnreadableRow<keyof C & string>[]> =
  listOf as never
