import type { SyncClient } from '../client/client.ts'
import type { Opened } from '../client/host.ts'
import { partsOf } from '../client/parts.ts'
import { invalidInput, refuseRest, SyncError } from '../errors/sync-error.ts'
import type { Draft } from '../journal/draft.ts'
import type { Ledger } from '../journal/ledger.ts'
import { unreadableIn, unreadableKey } from '../journal/unreadable.ts'
import { isObject } from '../model/value.ts'
import { end, reopen } from '../outbox/end.ts'
import { historyKey, storedFeeds } from '../sync/feeds.ts'

/** What `clear` can be given. */
export interface ClearOptions {
  /** `true`: writes that are not on the server are given up too. Default `false`: they are refused. */
  readonly discardPending?: boolean
}

/** Whether writes are given up too. @throws SyncError `SYNC_INPUT_INVALID` for options that are wrong */
export function discards(owner: string, options: ClearOptions): boolean {
  const { discardPending = false, ...rest } = isObject(options) ? options : ({ options } as ClearOptions)
  refuseRest(owner, rest)
  if (typeof discardPending === 'boolean') return discardPending
  throw invalidInput('discardPending must be true or false')
}

/** Forgets rows and places in feeds, for a reason (`why`) that there was never before; with `discard` writes too, which count as discarded. */
function forget(draft: Draft, ledger: Ledger, discard: boolean, why: string): void {
  const open = [...ledger.queues.keys()].flatMap((key) => draft.queues.get(key) ?? [])
  if (open.length > 0 && !discard) {
    const writes = open.reduce((sum, { op }) => sum + op.writes.length, 0)
    throw new SyncError('SYNC_UNSYNCED', {
      message: `writes not on the server: ${writes}`,
    })
  }
  for (const queued of open) {
    reopen(draft, queued)
    end(draft, queued, 'discarded')
  }
  for (const key of ledger.base.keys()) draft.base.set(key, undefined)
  for (const [key] of storedFeeds(ledger.meta)) draft.meta.set(key, undefined)
  for (const key of unreadableIn(ledger)) draft.meta.set(unreadableKey(key), undefined)
  draft.meta.set(historyKey, why)
}

/** Clears what is open, unless `signal` aborts before that; see {@link clear}. */
export async function clearOpened(opened: Opened, discard: boolean, why: string, signal?: AbortSignal): Promise<void> {
  const { journal, ledger, engine, ending } = opened
  ending.signal.throwIfAborted()
  const work = (): Promise<void> =>
    journal.write((draft) => {
      signal?.throwIfAborted()
      forget(draft, ledger, discard, why)
    })
  // Nothing goes on meanwhile; what was started or is being started connects after it.
  await (engine ? engine.rest(work) : work())
}

/**
 * Removes this user's data from the device, in one commit; what is on the server stays there and is pulled anew by the next
 * sync. A client that was syncing goes on after it. Without a remote it is the data itself that goes.
 *
 * @example await clear(client, { discardPending: true })
 * @throws SyncError `SYNC_UNSYNCED` while writes wait, are parked or quarantined, unless `discardPending`; nothing is removed then
 * @throws SyncError `SYNC_INPUT_INVALID` for anything that is not a client, and for options that are wrong; errors of the store
 */
export async function clear<C>(client: SyncClient<C>, options: ClearOptions = {}): Promise<void> {
  const discard = discards('clear', options)
  const { host } = partsOf(client)
  await clearOpened(await host.open(), discard, host.env.uuid())
}
