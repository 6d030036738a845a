import { openStore } from '../client/session.ts'
import { inTime } from '../errors/deadline.ts'
import { asSyncError, invalidInput, SyncError } from '../errors/sync-error.ts'
import { Journal, storeMs } from '../journal/journal.ts'
import { Ledger } from '../journal/ledger.ts'
import { namespaceOf } from '../model/identity.ts'
import { type ClearOptions, clearOpened, discards } from './clear.ts'
import type { Switching, SwitchStrategy } from './strategies.ts'

/** How many writes the user's namespace holds; an operation that cannot be read is one too. @throws SyncError of the store */
async function heldBy({ host }: Switching, user: string): Promise<number> {
  const ledger = new Ledger()
  const open = () => openStore({ ...host, user })
  // It only reads, with a journal's deadlines.
  const journal = new Journal(await open(), ledger, '', {
    env: host.env,
    open,
    check: () => {},
    committed: () => {},
    standsAlone: () => true,
    entries: () => [],
  })
  try {
    const broken = (await journal.load()).filter(({ table }) => table === 'op').length
    return [...ledger.queues.values()].flat().reduce((sum, { op }) => sum + op.writes.length, broken)
  } finally {
    await journal.close(new SyncError('SYNC_CLOSED'))
  }
}

/** Removes the user's namespace, unless it holds writes, or the switch is over. */
async function empty(switching: Switching, user: string, discard: boolean): Promise<void> {
  const { env, store } = switching.host
  const held = discard ? 0 : await heldBy(switching, user)
  switching.signal.throwIfAborted()
  if (held > 0) {
    throw new SyncError('SYNC_UNSYNCED', { message: `writes of that user not on the server: ${held}` })
  }
  await inTime(env, storeMs, 'SYNC_STORE_BROKEN', () => store.destroy(namespaceOf(user)))
}

/**
 * Removes what this device has of the user who signs in, then switches: everything is pulled anew by the next sync. The user who
 * is left keeps theirs. While writes of the one who signs in are not on the server (waiting, parked, quarantined) it is refused with
 * `SYNC_UNSYNCED` and nothing changes, unless `discardPending`: then they are given up, and data that cannot be read any more is
 * removed too. Where another tab has that user's data open, it is refused with `SYNC_STORE_LOCKED`.
 * @throws SyncError `SYNC_INPUT_INVALID` for options that are wrong
 */
export function clearAndFetch(options: ClearOptions = {}): SwitchStrategy {
  const discard = discards('clearAndFetch', options)
  return {
    name: 'clearAndFetch',
    async prepare(switching) {
      const { host, from, to, signal } = switching
      if (to === undefined)
        throw invalidInput('clearAndFetch() is for a user who signs in: clear(client), then sign out')
      try {
        await (to === from.user ? clearOpened(from, discard, host.env.uuid(), signal) : empty(switching, to, discard))
      } catch (thrown) {
        throw asSyncError(thrown, 'SYNC_STORE_FAILED')
      }
    },
  }
}
