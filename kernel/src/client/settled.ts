import { recordKey } from '../model/identity.ts'
import { abortable } from '../sync/call.ts'
import type { Outcome } from './collection.ts'
import type { Host } from './host.ts'

/** Waits until the newest write of this device to the record has ended. @throws SyncError `SYNC_ABORTED` `SYNC_CLOSED` */
export async function settled(host: Host, collection: string, id: string, signal?: AbortSignal): Promise<Outcome> {
  const { ledger } = await host.open()
  const key = recordKey(collection, String(id))
  const queue = ledger.queues.get(key) ?? []
  const write = queue.findLast(({ op }) => op.state === 'pending')?.op.writes.at(-1)
  const outcome = (): Outcome | undefined => {
    const mine = (ledger.queues.get(key) ?? []).findLast(({ op }) => !write || op.writes.includes(write))
    if (!mine) return { state: 'applied', revision: ledger.base.get(key)?.revision ?? null }
    return mine.op.state === 'pending' ? undefined : { state: mine.op.state, id: mine.key }
  }
  return abortable(AbortSignal.any(signal ? [signal, host.ended] : [host.ended]), (resolve) => {
    const look = (): void => {
      const found = outcome()
      if (found) resolve(found)
    }
    look()
    return host.changed.add((touched) => touched.has(key) && look())
  })
}
