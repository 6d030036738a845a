import type { RemoteRow, RowHead } from '../contracts/remote-adapter.ts'
import { unreadableKey } from '../journal/unreadable.ts'
import { groundOf, headOf } from '../journal/view.ts'
import { sameValue } from '../model/compare.ts'
import { keyOfRecord, type RecordKey } from '../model/identity.ts'
import { type BaseEntry, format } from '../model/stored.ts'
import { toRecord } from '../model/value.ts'
import type { Taking } from './context.ts'

/** Ordered revisions: the longer text is newer, at equal length the greater by code unit. */
const isOlder = (a: string | null, b: string | null): boolean =>
  a !== null && b !== null && (a.length - b.length || (a < b ? -1 : 0)) < 0

/** Whether the row is not here, or here in an older version. */
export function isBehind({ draft, ordered }: Taking, row: RowHead): boolean {
  const base = draft.base.get(keyOfRecord(row))
  return !base || (ordered && isOlder(base.revision, row.revision))
}

/** Takes a server row as the base. What pending operations were made on is kept as their ancestor. */
function takeBase({ draft }: Taking, key: RecordKey, row: RemoteRow): void {
  const base = draft.base.get(key)
  const { revision } = row
  const record = row.kind === 'record' ? toRecord(row.record, row.collection) : null
  // Where one was damaged in the store it is written again, although this tab still has it.
  const isLost = draft.meta.get(unreadableKey(key))
  draft.meta.set(unreadableKey(key), undefined)
  if (!isLost && base?.revision === revision && !base.feeds && sameValue(base.record, record)) return
  const ground = groundOf(draft, key)
  const ancestor = { revision: ground.revision, record: ground.record }
  const head = headOf(draft, key)?.op.kind
  // An update of a record that is not here, because what it was made on was damaged, has no side to compare.
  const hasSide = head && (ground.record || head !== 'update')
  draft.base.set(key, {
    revision,
    record,
    ...(hasSide ? { ancestor } : {}),
    v: format,
  })
}

/**
 * Lets go of a row that left the feed; one with operations is marked and goes when they have ended. Where it did not come along
 * into another history (`lost`) it counts as deleted there, so that who edits it is asked.
 */
export function evictRow({ draft }: Pick<Taking, 'draft'>, key: RecordKey, lost = false): void {
  draft.meta.set(unreadableKey(key), undefined)
  const base = draft.base.get(key)
  if (!base) return
  // What took effect and is not there, in a version that nobody ever told, is gone: nothing on top of it would ever be sent.
  const marked =
    lost || base.revision === ''
      ? { revision: null, record: null, ancestor: groundOf(draft, key), v: format }
      : { ...base, feeds: [] }
  draft.base.set(key, headOf(draft, key) ? marked : undefined)
}

/** The base alone, its operations having ended or been made on it; of a row that left the feed nothing. */
export function dropAncestor({ draft }: Pick<Taking, 'draft'>, key: RecordKey): void {
  const entry = draft.base.get(key)
  if (!entry) return
  const { ancestor, ...base }: BaseEntry = entry
  if (base.feeds?.length === 0 && !headOf(draft, key)) draft.base.set(key, undefined)
  else if (ancestor) draft.base.set(key, base)
}

/**
 * Takes a server row, from wherever it came, as the base, unless it is older; under a new epoch (`anyway`) whatever its revision.
 * One outside of the scope is let go of.
 * @throws SyncError `SYNC_INPUT_INVALID` if the record is not JSON
 */
export function receiveRow(taking: Taking, row: RemoteRow, anyway = false): void {
  const key = keyOfRecord(row)
  const base = taking.draft.base.get(key)
  // What an operation made of it, in a version that nobody has told, is newer than that.
  const isPast = row.revision === base?.revision && base.runs === 0
  if (base && !anyway && taking.ordered && (isPast || isOlder(row.revision, base.revision))) return
  takeBase(taking, key, row)
  if (row.kind === 'record' && !taking.inScope(row.collection, row.record)) evictRow(taking, key)
}
