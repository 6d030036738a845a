import type { Taking } from '../conflict/context.ts'
import { evictRow, isBehind, receiveRow } from '../conflict/receive.ts'
import { reconcile, reconcileWaiting, withoutVersion } from '../conflict/reconcile.ts'
import type { PullPage, RemoteChange, RowHead } from '../contracts/remote-adapter.ts'
import { asSyncError, errorOf, SyncError } from '../errors/sync-error.ts'
import { unreadableIn, unreadableKey } from '../journal/unreadable.ts'
import { headOf, headsOf } from '../journal/view.ts'
import { sameValue } from '../model/compare.ts'
import { checkId, keyOfRecord, type RecordKey } from '../model/identity.ts'
import type { BaseEntry, FeedEntry, Operation } from '../model/stored.ts'
import { feedKey, isIn, type KnownFeed, openEntry } from './feeds.ts'
import type { Intake } from './ports.ts'
import { isForgotten } from './push.ts'

/** A page that carries changes. */
export type ChangePage = Exclude<PullPage, { kind: 'expired' }>

/** A run under way: the pages of one feed from its start to `more: false`. */
export interface Run {
  readonly feed: KnownFeed
  /** As stored when the run began. */
  readonly entry: FeedEntry
  /**
   * Rows that were here when a listing began and were not named since; at its end they leave. Empty if this process did not
   * see the run from its start, so that nothing may be swept.
   */
  unseen: Set<RecordKey>
  /** Rows that were listed without being sent, as versions that are not here. */
  readonly lacking: Map<RecordKey, RowHead>
  /** `undefined`: no page has come yet. */
  kind?: ChangePage['kind']
  /** Whether a change made a record another one. */
  news?: boolean
  /** Pages in a row that brought nothing. */
  idle: number
}

/** Local tombstones are kept for so many completed runs, in case an older page still arrives. */
const tombstoneRuns = 2

/** Takes one change; the result: whether the server's record is another one now. */
function takeChange(taking: Taking, feed: KnownFeed, change: RemoteChange, anyway: boolean): boolean {
  const { collection, id, kind } = change
  const key = keyOfRecord(change)
  const { base, meta } = taking.draft
  const before = base.get(key)
  try {
    if (!isIn(feed, key)) throw new SyncError('SYNC_PROTOCOL', { message: 'a row nobody asked for' })
    if (kind === 'listed') return false
    if (kind === 'unreadable') throw errorOf(change.error)
    checkId(collection, id, Number.POSITIVE_INFINITY)
    if (kind === 'record' && !taking.hasId(collection, change.record, id)) {
      throw new SyncError('SYNC_PROTOCOL', { message: 'the row has the key of another record' })
    }
    if (kind === 'eviction') (feed.leave ?? evictRow)(taking, key)
    else receiveRow(taking, change, anyway)
    feed.took?.(taking, key, change, before)
    reconcile(taking, key)
    taking.pulled += 1
    return !sameValue(base.get(key)?.record, before?.record)
  } catch (thrown) {
    const error = asSyncError(thrown, 'SYNC_PROTOCOL')
    const { code, message } = error
    if (isIn(feed, key)) meta.set(unreadableKey(key), { code, message })
    taking.told.push(['row:unreadable', { collection, id, error }])
    return false
  }
}

/**
 * Takes rows that came outside of a run; they move no cursor. One that is not here is new, or old and has left since: nothing in it
 * tells, and no later page would say again that it left. A pull brings it, if it is to be here.
 */
export function takeLive(taking: Intake, feed: KnownFeed, changes: readonly RemoteChange[]): void {
  for (const change of changes) {
    const key = keyOfRecord(change)
    if (change.kind === 'record' && isIn(feed, key) && !taking.draft.base.get(key)) taking.want(true)
    else takeChange(taking, feed, change, false)
  }
}

/** Whether the page is of another history than the rows here. */
export const isOtherHistory = ({ epoch }: FeedEntry, page: { readonly epoch?: string }): boolean =>
  epoch !== undefined && epoch !== (page.epoch ?? epoch)

/** Takes a change, and notes what it says of the run. */
function takeListed(taking: Intake, run: Run, change: RemoteChange, isOther: boolean, isWhole: boolean): void {
  const { feed, unseen, lacking } = run
  const { base } = taking.draft
  const key = keyOfRecord(change)
  const { runs, ...known } = base.get(key) ?? {}
  // A server may keep the version of a row that a write left as it was: what lists all rows says what they are.
  if (isWhole && runs === 0) base.set(key, known as BaseEntry)
  if (unseen.delete(key)) run.idle = 0
  if (takeChange(taking, feed, change, isOther)) {
    run.idle = 0
    run.news = true
  }
  if (change.kind === 'listed' && isBehind(taking, change)) lacking.set(key, change)
  else lacking.delete(key)
}

/** Takes a page and the place it leads to, as one commit. */
export function takePage(taking: Intake, run: Run, page: ChangePage): void {
  const { entry, feed } = run
  const { kind, changes, cursor, more, epoch = entry.epoch, now } = page
  const isOther = isOtherHistory(entry, page)
  run.idle += 1
  if (isOther && !run.kind) {
    // A create is for none: what became of one that was sent is known of its id alone.
    forgetVersions(taking, feed, ({ expected }) => expected !== null)
    // Also what another tab was given of the old one, and this one has only just loaded.
    run.unseen = rowsHere(taking, feed)
  }
  for (const change of changes) takeListed(taking, run, change, isOther, kind === 'snapshot')
  const first = entry.run?.first ?? false
  const isOpen = more || finish(taking, run, isOther)
  // The old epoch and time stay until the run is complete: after a crash its rows still have to replace everything.
  const ended = more ? {} : { now, at: taking.env.now() }
  const marks = more && !first ? entry : { epoch, ...ended }
  taking.draft.meta.set(
    feedKey(feed),
    openEntry(!more && isOpen ? null : cursor, isOpen ? { kind, first } : null, marks),
  )
}

/** What is here of a feed, also where it cannot be read: what a listing has to name, or it leaves. */
export const rowsHere = ({ ledger }: Pick<Intake, 'ledger'>, feed: KnownFeed): Set<RecordKey> =>
  new Set([...ledger.base.keys(), ...unreadableIn(ledger)].filter((key) => isIn(feed, key)))

/** Takes the versions away from operations: what they expect, and whether they were sent, is of another history. */
function forgetVersions({ draft, uuid }: Intake, feed: KnownFeed, which: (op: Operation) => boolean): void {
  for (const head of headsOf(draft)) {
    const { op } = head
    if (isIn(feed, keyOfRecord(op)) && op.state === 'pending' && which(op))
      draft.replace(head, withoutVersion(op, uuid))
  }
}

/** Whether a listed row is not here. */
function finish(taking: Intake, { feed, unseen, lacking }: Run, isOther: boolean): boolean {
  const { ledger, recent } = taking
  for (const key of unseen) if (!recent.has(key)) (feed.leave ?? evictRow)(taking, key, isOther)
  for (const key of ledger.tombstones) if (isIn(feed, key)) ageTombstone(taking, key)
  forgetVersions(taking, feed, (op) => isForgotten(taking, op))
  reconcileWaiting(taking, (key) => isIn(feed, key))
  return [...lacking.values()].some((listed) => isBehind(taking, listed))
}

function ageTombstone({ draft }: Taking, key: RecordKey): void {
  const base = draft.base.get(key)
  if (base?.record !== null || headOf(draft, key)) return
  const runs = (base.runs ?? 0) + 1
  draft.base.set(key, runs > tombstoneRuns ? undefined : { ...base, runs })
}
