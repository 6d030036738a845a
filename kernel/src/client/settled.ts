import { SyncError } from '../errors/sync-error.ts'
import { recordKey } from '../model/identity.ts'
import type { Outcome } from './collection.ts'
import type { Host } from './host.ts'

/** Waits until the newest write of this device to the record has ended. @throws SyncError `SYNC_ABORTED` `SYNC_CLOSED` */
export async function settled(host: Host, collection: string, id: string, signal?: AbortSignal): Promise<Outcome> {
  const { ledger } = (await host.open()).session
  const key = recordKey(collection, id)
  const queue = ledger.queues.get(key) ?? []
  const write = queue.findLast(({ op }) => op.state === 'pending')?.op.writes.at(-1)
  const outcome = (): Outcome | undefined => {
    const mine = (ledger.queues.get(key) ?? []).findLast(({ op }) => !write || op.writes.includes(write))
    if (!mine) return { state: 'applied', revision: ledger.base.get(key)?.revision ?? null }
    return mine.op.state === 'pending' ? undefined : { state: mine.op.state, id: mine.key }
  }
  return new Promise((resolve, reject) => {
    const undo: (() => void)[] = []
    const finish = (): void => {
      for (const off of undo.splice(0)) off()
    }
    const look = (): void => {
      const found = outcome()
      if (!found) return
      finish()
      resolve(found)
    }
    const fail = (code: 'SYNC_ABORTED' | 'SYNC_CLOSED') => () => {
      finish()
      reject(new SyncError(code))
    }
    const abort = fail('SYNC_ABORTED')
    undo.push(host.changed.add((touched) => touched.has(key) && look()))
    undo.push(host.ended.add(fail('SYNC_CLOSED')))
    signal?.addEventListener('abort', abort)
    undo.push(() => signal?.removeEventListener('abort', abort))
    if (signal?.aborted) abort()
    else look()
  })
}
