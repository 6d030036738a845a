import type { RemoteRow } from '../contracts/remote-adapter.ts'
import type { Draft } from '../journal/draft.ts'
import { groundOf, liveOps } from '../journal/view.ts'
import { sameRecord } from '../model/change.ts'
import { type RecordKey, recordKey } from '../model/identity.ts'
import { type BaseEntry, format } from '../model/stored.ts'
import { toRecord } from '../model/value.ts'
import type { Taking } from './context.ts'

/** Ordered revisions: the longer text is newer, at equal length the greater by code unit. */
const isOlder = (a: string | null, b: string | null): boolean =>
  a !== null && b !== null && (a.length === b.length ? a < b : a.length < b.length)

/** Whether the row says what the base already says. */
const isKnown = (base: BaseEntry, row: RemoteRow, record: BaseEntry['record']): boolean =>
  base.revision === row.revision && base.feeds === undefined && sameRecord(base.record, record)

/**
 * Takes a server row as the base, unless it is older; under a new epoch (`anyway`) whatever its revision. What pending
 * operations were made on is kept as their ancestor. The result: false if the row was too old.
 * @throws SyncError `SYNC_INPUT_INVALID` if the record is not JSON
 */
export function receiveRow({ draft, ordered }: Taking, row: RemoteRow, anyway = false): boolean {
  const key = recordKey(row.collection, row.id)
  const base = draft.base(key)
  const record = row.kind === 'record' ? toRecord(row.record, row.collection) : null
  if (base && !anyway && ordered && isOlder(row.revision, base.revision)) return false
  if (base && isKnown(base, row, record)) return true
  draft.setBase(key, {
    revision: row.revision,
    record,
    ...(liveOps(draft, key).length > 0 ? { ancestor: versionOf(base) } : {}),
    ...(record === null ? { runs: 0 } : {}),
    v: format,
  })
  return true
}

const versionOf = (base: BaseEntry | undefined): NonNullable<BaseEntry['ancestor']> => {
  const { revision, record } = groundOf(base)
  return { revision, record }
}

/** Lets go of a row that left the feed; one with operations is marked and goes when they have ended. */
export function evictRow({ draft }: Taking, key: RecordKey): void {
  const base = draft.base(key)
  if (!base) return
  if (liveOps(draft, key).length === 0) draft.setBase(key, undefined)
  else if (!base.feeds) draft.setBase(key, { ...base, feeds: [] })
}

/** After the last operation has ended: no ancestor is needed, and a row that left the feed goes. */
export function tidy(draft: Draft, key: RecordKey): void {
  const base = draft.base(key)
  if (!base || liveOps(draft, key).length > 0) return
  if (base.feeds) draft.setBase(key, undefined)
  else if (base.ancestor) draft.setBase(key, withoutAncestor(base))
}

/** The base alone. */
export const withoutAncestor = ({ ancestor: _, ...base }: BaseEntry): BaseEntry => base
