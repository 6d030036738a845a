import { SyncError } from '../errors/sync-error.ts'
import type { Ledger } from '../journal/ledger.ts'
import { recordKey } from '../model/identity.ts'
import type { Operation } from '../model/stored.ts'
import type { Outcome } from './collection.ts'
import type { Host } from './host.ts'

/** How the record's newest write stands; `undefined`: still on its way. `write`: the one waited for, if there was one. */
function outcomeOf(ledger: Ledger, collection: string, id: string, write: string | undefined): Outcome | undefined {
  const key = recordKey(collection, id)
  const queue = ledger.ops(key)
  const carries = ({ writes }: Operation): boolean => write === undefined || writes.includes(write)
  if (queue.some(({ op }) => op.state === 'pending' && carries(op))) return undefined
  const shelved = queue.findLast(({ op }) => op.state !== 'pending' && carries(op))
  if (shelved) return { state: shelved.op.state as 'parked' | 'quarantined', id: shelved.key }
  return { state: 'applied', revision: ledger.base(key)?.revision ?? null }
}

/** Waits until the newest write of this device to the record has ended. @throws SyncError `SYNC_ABORTED` `SYNC_CLOSED` */
export async function settled(host: Host, collection: string, id: string, signal?: AbortSignal): Promise<Outcome> {
  const { ledger } = (await host.open()).session
  const key = recordKey(collection, id)
  const write = ledger
    .ops(key)
    .findLast(({ op }) => op.state === 'pending')
    ?.op.writes.at(-1)
  return new Promise((resolve, reject) => {
    const undo: (() => void)[] = []
    const finish = (end: () => void): void => {
      for (const off of undo.splice(0)) off()
      signal?.removeEventListener('abort', abort)
      end()
    }
    const look = (): void => {
      const outcome = outcomeOf(ledger, collection, id, write)
      if (outcome) finish(() => resolve(outcome))
    }
    const abort = (): void => finish(() => reject(new SyncError('SYNC_ABORTED')))
    undo.push(host.signals.onChange((touched) => touched?.has(key) && look()))
    undo.push(host.signals.onEnd(() => finish(() => reject(new SyncError('SYNC_CLOSED')))))
    signal?.addEventListener('abort', abort)
    if (signal?.aborted) abort()
    else look()
  })
}
