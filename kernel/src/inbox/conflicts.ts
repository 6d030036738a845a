import type { SyncClient } from '../client/client.ts'
import { derived, type Host } from '../client/host.ts'
import { checkRow } from '../client/validate.ts'
import { conflictingFields } from '../conflict/compare.ts'
import { decide } from '../conflict/decide.ts'
import { sidesOf } from '../conflict/reconcile.ts'
import type { JsonObject } from '../env/json.ts'
import { invalidInput } from '../errors/sync-error.ts'
import type { Ledger, Queued, Reader } from '../journal/ledger.ts'
import { liveOps } from '../journal/view.ts'
import type { Watch } from '../live/watch.ts'
import type { Resolution } from '../model/conflict.ts'
import type { RecordKey } from '../model/identity.ts'
import { isObject } from '../model/value.ts'
import { releasing } from './release.ts'
import { actOn, find, headOf, onePerClient, shelved } from './shelf.ts'

/** A conflict that waits for a person. */
export interface ParkedConflict<N extends string = string> {
  /** For `resolve`. */
  readonly id: string
  readonly collection: N
  /** The record's id. */
  readonly recordId: string
  /** What the local changes were made on; `null`: no record. */
  readonly base: JsonObject | null
  readonly local: JsonObject | null
  readonly remote: JsonObject | null
  /** Fields changed on both sides; empty for a delete against an edit. */
  readonly fields: readonly string[]
  /** Has no conflict itself: it waits for another record of its transaction, and goes on when that one is resolved. */
  readonly bystander: boolean
}

/** Conflicts that wait for a person, as a live value, and the way out. */
export interface ConflictInbox<N extends string> extends Watch<readonly ParkedConflict<N>[]> {
  /** Ends one, as `Resolution` says; a bystander only as `local`. @throws SyncError `SYNC_NOT_FOUND` `SYNC_INPUT_INVALID` */
  resolve(id: string, how: Resolution<object>): Promise<void>
}

const isBystander = (reader: Reader, key: RecordKey, { op }: Queued): boolean =>
  op.group !== undefined && !conflictingFields(sidesOf(reader, key))

/** What lies in the conflict inbox, one entry a record. */
function listParked(ledger: Ledger): readonly ParkedConflict[] {
  return shelved(ledger, 'parked').flatMap(([key, queued]) => {
    if (liveOps(ledger, key)[0] !== queued) return []
    const sides = sidesOf(ledger, key)
    const fields = conflictingFields(sides) ?? []
    return [{ ...headOf(queued), ...sides, fields, bystander: isBystander(ledger, key, queued) }]
  })
}

const inboxOf = onePerClient((host: Host): ConflictInbox<string> => {
  const resolve = async (id: string, how: unknown): Promise<void> => {
    if (how === 'ask') throw invalidInput('it is in the inbox already')
    const { ledger } = await host.open()
    if (isObject(how)) await checkRow(host, find(ledger, 'parked', id)[1].op.collection, how)
    await actOn(host, 'parked', id, (taking, key, queued) => {
      // Anything else would tear its transaction for a conflict that is another record's.
      if (how !== 'local' && isBystander(taking.draft, key, queued)) {
        throw invalidInput(
          'it has no conflict itself: resolve the record of its transaction that has one, or let it go on with "local"',
        )
      }
      releasing(taking, key, () => decide(taking, key, how))
    })
  }
  return { ...derived(host, ({ ledger }) => listParked(ledger)), resolve }
})

/**
 * The conflict inbox of a client: the same object at every call.
 *
 * @example for (const { id } of conflicts(client).getSnapshot() ?? []) await conflicts(client).resolve(id, 'local')
 * @throws SyncError `SYNC_INPUT_INVALID` for anything that is not a client
 */
export const conflicts: <C>(client: SyncClient<C>) => ConflictInbox<keyof C & string> = inboxOf as never
