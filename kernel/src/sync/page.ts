import type { Taking } from '../conflict/context.ts'
import { evictRow, isBehind, receiveRow } from '../conflict/receive.ts'
import { reconcile, reconcileWaiting, withoutVersion } from '../conflict/reconcile.ts'
import type { Feed, PullPage, RemoteChange, RowHead } from '../contracts/remote-adapter.ts'
import { asSyncError, errorOf, SyncError } from '../errors/sync-error.ts'
import { unreadableIn, unreadableKey } from '../journal/unreadable.ts'
import { headOf, headsOf } from '../journal/view.ts'
import { checkId, keyOfRecord, type RecordKey, splitKey } from '../model/identity.ts'
import type { FeedEntry } from '../model/stored.ts'
import { feedKey, openEntry } from './feeds.ts'
import type { Intake } from './ports.ts'

/** A page that carries changes. */
export type ChangePage = Exclude<PullPage, { kind: 'expired' }>

/** By key. */
export type Seen = Map<RecordKey, RowHead | undefined>

/** A run under way: the pages of one feed from its start to `more: false`. */
export interface Run {
  readonly feed: Feed
  /** As stored when the run began. */
  readonly entry: FeedEntry
  /**
   * What was listed so far, and as which version where it was not sent; `undefined` if this process did not see the run from
   * its start, so nothing may be swept.
   */
  readonly seen: Seen | undefined
}

/** Local tombstones are kept for so many completed runs, in case an older page still arrives. */
const tombstoneRuns = 2

function takeChange(taking: Taking, feed: Feed, change: RemoteChange, anyway: boolean): void {
  const { collection, id, kind } = change
  const key = keyOfRecord(change)
  try {
    if (!isIn(feed, key)) throw new SyncError('SYNC_PROTOCOL', { message: 'a row nobody asked for' })
    if (kind === 'listed') return
    if (kind === 'unreadable') throw errorOf(change.error)
    checkId(collection, id, Number.POSITIVE_INFINITY)
    if (kind === 'record' && !taking.hasId(collection, change.record, id)) {
      throw new SyncError('SYNC_PROTOCOL', { message: 'the row has the key of another record' })
    }
    if (kind === 'eviction') evictRow(taking, key)
    else receiveRow(taking, change, anyway)
    reconcile(taking, key)
    taking.pulled += 1
  } catch (thrown) {
    const error = asSyncError(thrown, 'SYNC_PROTOCOL')
    const { code, message } = error
    if (isIn(feed, key)) taking.draft.meta.set(unreadableKey(key), { code, message })
    taking.told.push(['row:unreadable', { collection, id, error }])
  }
}

/** Takes rows that came outside of a run; they move no cursor. */
export function takeLive(taking: Taking, feed: Feed, changes: readonly RemoteChange[]): void {
  for (const change of changes) takeChange(taking, feed, change, false)
}

/** Whether the page is of another history than the rows here. */
export const isOtherHistory = ({ epoch }: FeedEntry, page: { readonly epoch?: string }): boolean =>
  epoch !== undefined && epoch !== (page.epoch ?? epoch)

/** Takes a page and the place it leads to, as one commit. */
export function takePage(taking: Intake, run: Run, page: ChangePage): void {
  const { entry, feed, seen } = run
  const { kind, changes, cursor, more, epoch = entry.epoch, now } = page
  const isOther = isOtherHistory(entry, page)
  if (isOther && !seen?.size) forgetVersions(taking, feed)
  for (const change of changes) {
    const key = keyOfRecord(change)
    seen?.set(key, change.kind === 'listed' ? change : undefined)
    takeChange(taking, feed, change, isOther)
  }
  const first = entry.run?.first ?? false
  const lacks = !more && finish(taking, run, kind === 'snapshot', isOther)
  // The old epoch and time stay until the run is complete: after a crash its rows still have to replace everything.
  const ended = more ? {} : { now, at: taking.env.now() }
  const marks = more && !first ? entry : { epoch, ...ended }
  taking.draft.meta.set(feedKey(feed), openEntry(lacks ? null : cursor, more ? { kind, first } : null, marks))
}

const isIn = ({ collections }: Feed, key: RecordKey): boolean => collections.includes(splitKey(key)[0])

/** Takes the versions away from operations: what they expect, and whether they were sent, is of another history. */
function forgetVersions({ draft, uuid }: Intake, feed: Feed): void {
  for (const head of headsOf(draft)) {
    if (isIn(feed, keyOfRecord(head.op)) && head.op.state === 'pending')
      draft.replace(head, withoutVersion(head.op, uuid))
  }
}

/** Whether a listed row is not here. */
function finish(taking: Intake, { feed, seen }: Run, listing: boolean, isOther: boolean): boolean {
  const { ledger, recent } = taking
  for (const key of [...ledger.base.keys(), ...unreadableIn(ledger)]) {
    if (!isIn(feed, key)) continue
    if (listing && seen && !seen.has(key) && !recent.has(key)) evictRow(taking, key, isOther)
    ageTombstone(taking, key)
  }
  reconcileWaiting(taking, (key) => isIn(feed, key))
  return !!seen && [...seen.values()].some((listed) => listed && isBehind(taking, listed))
}

function ageTombstone({ draft }: Taking, key: RecordKey): void {
  const base = draft.base.get(key)
  if (base?.record !== null || headOf(draft, key)) return
  const runs = (base.runs ?? 0) + 1
  draft.base.set(key, runs > tombstoneRuns ? undefined : { ...base, runs })
}
