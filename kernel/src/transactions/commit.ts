import type { Host } from '../client/host.ts'
import { joinParked } from '../conflict/reconcile.ts'
import type { JsonObject } from '../env/json.ts'
import { SyncError } from '../errors/sync-error.ts'
import type { Draft } from '../journal/draft.ts'
import { stepBetween } from '../model/change.ts'
import { sameValue } from '../model/compare.ts'
import type { RecordKey } from '../model/identity.ts'
import { byteLength } from '../model/value.ts'
import { accept } from '../outbox/accept.ts'
import type { Attempt, Written } from './attempt.ts'

type Changed = readonly (readonly [key: RecordKey, written: Written])[]

/** Refuses what the remote could not take as one request. @throws SyncError `SYNC_TOO_LARGE` */
function mustFit({ remote }: Host, { seen }: Attempt, changed: Changed): void {
  if (!remote) return
  const { name, capabilities } = remote
  const { operations, requestBytes } = capabilities.limits
  const refuse = (what: string): never => {
    throw new SyncError('SYNC_TOO_LARGE', { message: `the transaction has ${what} in one request to ${name}` })
  }
  if (changed.length > operations) refuse(`${changed.length} operations, over ${operations}`)
  const size = ([key, { target, after }]: Changed[number]): number =>
    byteLength({ ...target, ...stepBetween(seen.get(key) ?? null, after), record: after } as object as JsonObject)
  const bytes = changed.reduce((sum, one) => sum + size(one) + 1, 100)
  if (bytes > requestBytes) refuse(`${bytes} bytes, over ${requestBytes}`)
}

/**
 * Accepts everything a transaction wrote, one operation a record, as one group unless it may be split.
 * @throws SyncError `SYNC_TOO_LARGE`
 */
export function acceptAll(host: Host, draft: Draft, attempt: Attempt, split: boolean): void {
  const changed = [...attempt.written].filter(([key, { after }]) => !sameValue(attempt.seen.get(key) ?? null, after))
  const whole = changed.length > 1 && !split
  if (whole) mustFit(host, attempt, changed)
  const group = whole ? { group: host.env.uuid() } : {}
  for (const [, { target, after }] of changed) accept(draft, { ...target, ...group }, () => after)
  for (const [key] of changed) joinParked(draft, key)
}
