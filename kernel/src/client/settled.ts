import { abortable } from '../errors/deadline.ts'
import { errorOf, SyncError } from '../errors/sync-error.ts'
import type { Queued, Reader } from '../journal/ledger.ts'
import { baseOf } from '../journal/view.ts'
import { keyOfRecord, type RecordKey } from '../model/identity.ts'
import { unsent } from '../outbox/unsent.ts'
import type { Outcome } from './collection.ts'
import type { Host } from './host.ts'

/** How an operation ended that has left the outbox; `undefined`: there was none. */
function endOf(ledger: Reader, key: RecordKey, queued: Queued | undefined): Outcome {
  const { record, revision } = baseOf(ledger, key)
  if (queued?.op.kind !== 'create' || record || !unsent.has(queued.op))
    return { state: 'applied', revision: revision || null }
  return { state: 'cancelled', id: queued.key, reason: new SyncError('SYNC_ABORTED', { message: 'deleted unsent' }) }
}

/** Waits until the newest write of this device to the record has ended. @throws SyncError `SYNC_ABORTED` `SYNC_CLOSED` */
export async function settled(host: Host, collection: string, id: string, signal?: AbortSignal): Promise<Outcome> {
  const { ledger, ending } = await host.open()
  const key = keyOfRecord({ collection, id: String(id) })
  const queue = (): readonly Queued[] => ledger.queues.get(key) ?? []
  let followed = queue().findLast(({ op }) => op.state === 'pending')
  return abortable(signal ? AbortSignal.any([ending.signal, signal]) : ending.signal, (resolve) => {
    const look = (): void => {
      const write = followed?.op.writes.at(-1)
      const mine =
        queue().findLast(({ op }) => !write || op.writes.includes(write)) ??
        // What it was merged into stands in its place.
        queue().find((one) => one.key === followed?.key)
      if (!mine) return resolve(endOf(ledger, key, followed))
      followed &&= mine
      const { state, error = { code: 'SYNC_CONFLICT' } } = mine.op
      if (state !== 'pending') resolve({ state, id: mine.key, reason: errorOf(error as never) })
    }
    look()
    return host.changed.add((touched) => touched.has(key) && look())
  })
}
