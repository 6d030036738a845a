import { invalidInput, refuseRest, SyncError } from '../errors/sync-error.ts'
import { Ledger } from '../journal/ledger.ts'
import { namespaceOf } from '../model/identity.ts'
import { type ClearOptions, clearOpened } from './clear.ts'
import type { Switching, SwitchStrategy } from './strategies.ts'

/** How many writes the user's namespace holds; an operation that cannot be read is one too. @throws SyncError of the store */
async function heldBy({ host: { store, env } }: Switching, namespace: string): Promise<number> {
  const open = await store.open({ namespace, durability: 'none', env })
  try {
    const ledger = new Ledger()
    let broken = 0
    for await (const page of open.load()) {
      if (page.reset) ledger.clear(new Set())
      ledger.absorb(page.entries, new Set())
      broken += page.broken.filter(({ table }) => table === 'op').length
    }
    return [...ledger.queues.values()].flat().reduce((sum, { op }) => sum + op.writes.length, broken)
  } finally {
    await open.close()
  }
}

/**
 * Removes what this device has of the user who signs in, then switches: everything is pulled anew by the next sync. The user who
 * is left keeps theirs. While writes of the one who signs in are not on the server (waiting, parked, quarantined) it is refused with
 * `SYNC_UNSYNCED` and nothing changes, unless `discardPending`: then they are given up, and data that cannot be read any more is
 * removed too. Where another tab has that user's data open, it is refused with `SYNC_STORE_LOCKED`.
 * @throws SyncError `SYNC_INPUT_INVALID` for options that are wrong
 */
export function clearAndFetch(options: ClearOptions = {}): SwitchStrategy {
  const { discardPending = false, ...rest } = options
  refuseRest('clearAndFetch', rest)
  if (typeof discardPending !== 'boolean') throw invalidInput('discardPending must be true or false')
  return {
    name: 'clearAndFetch',
    async prepare(switching) {
      const { host, from, to } = switching
      if (to === undefined)
        throw invalidInput('clearAndFetch() is for a user who signs in: clear(client), then sign out')
      if (to === from.user) return clearOpened(from, discardPending, host.env.uuid())
      const namespace = namespaceOf(to)
      const held = discardPending ? 0 : await heldBy(switching, namespace)
      if (held > 0) {
        throw new SyncError('SYNC_UNSYNCED', { message: `${held} writes of that user are not on the server` })
      }
      await host.store.destroy(namespace)
    },
  }
}
