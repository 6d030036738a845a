import { errorOf } from '../errors/sync-error.ts'
import type { Queued } from '../journal/ledger.ts'
import { baseOf } from '../journal/view.ts'
import { keyOfRecord } from '../model/identity.ts'
import { abortable } from '../sync/call.ts'
import type { Outcome } from './collection.ts'
import type { Host } from './host.ts'

/** Waits until the newest write of this device to the record has ended. @throws SyncError `SYNC_ABORTED` `SYNC_CLOSED` */
export async function settled(host: Host, collection: string, id: string, signal?: AbortSignal): Promise<Outcome> {
  const { ledger, ending } = await host.open()
  const key = keyOfRecord({ collection, id: String(id) })
  const queue = (): readonly Queued[] => ledger.queues.get(key) ?? []
  const write = queue()
    .findLast(({ op }) => op.state === 'pending')
    ?.op.writes.at(-1)
  return abortable(AbortSignal.any([ending.signal, signal ?? ending.signal]), (resolve) => {
    const look = (): void => {
      const mine = queue().findLast(({ op }) => !write || op.writes.includes(write))
      if (!mine) return resolve({ state: 'applied', revision: baseOf(ledger, key).revision })
      const { state, error = { code: 'SYNC_CONFLICT' } } = mine.op
      if (state !== 'pending') resolve({ state, id: mine.key, reason: errorOf(error as never) })
    }
    look()
    return host.changed.add((touched) => touched.has(key) && look())
  })
}
