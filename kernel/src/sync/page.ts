import type { Taking } from '../conflict/context.ts'
import { evictRow, receiveRow } from '../conflict/receive.ts'
import { awaitsVersion, reconcile } from '../conflict/reconcile.ts'
import type { Feed, PullPage, RemoteChange } from '../contracts/remote-adapter.ts'
import type { JsonObject } from '../env/json.ts'
import { asSyncError, errorOf, type SyncError } from '../errors/sync-error.ts'
import type { Ledger } from '../journal/ledger.ts'
import { liveOps } from '../journal/view.ts'
import { type RecordKey, recordKey, splitKey } from '../model/identity.ts'
import { asJson, type FeedEntry } from '../model/stored.ts'
import { matches } from '../query/match.ts'
import { feedKey, freshFeed } from './feeds.ts'

/** A page that carries changes. */
export type ChangePage = Exclude<PullPage, { kind: 'expired' }>

/** A run under way: the pages of one feed from its start to `more: false`. */
export interface Run {
  readonly feed: Feed
  /** As stored when the run began. */
  readonly entry: FeedEntry
  /** The feed was never completed. */
  readonly first: boolean
  /** Keys listed so far; `undefined` if this process did not see the run from its start, so nothing may be swept. */
  readonly seen: Set<RecordKey> | undefined
}

/** Local tombstones are kept for so many completed runs, in case an older page still arrives. */
const tombstoneRuns = 2

function takeChange(taking: Taking, run: Run, change: RemoteChange, anyway: boolean): void {
  const { collection, id } = change
  const unreadable = (error: SyncError): void => void taking.news.unreadable.push({ collection, id, error })
  if (change.kind === 'unreadable') return unreadable(errorOf(change.error))
  if (!run.feed.collections.includes(collection)) {
    return unreadable(
      errorOf({ code: 'SYNC_PROTOCOL', message: `the page has a row of "${collection}", which was not asked for` }),
    )
  }
  const key = recordKey(collection, id)
  run.seen?.add(key)
  const filter = run.feed.filters?.[collection]
  try {
    const inside =
      change.kind === 'tombstone' || (change.kind === 'record' && (!filter || matches(filter, change.record)))
    if (change.kind === 'eviction') evictRow(taking, key)
    else if (receiveRow(taking, change, anyway) && !inside) evictRow(taking, key)
    taking.news.arrived += 1
    reconcile(taking, key)
  } catch (thrown) {
    unreadable(asSyncError(thrown, 'SYNC_PROTOCOL'))
  }
}

/** Takes rows that came outside of a run; they move no cursor. */
export function takeLive(taking: Taking, feed: Feed, changes: readonly RemoteChange[]): void {
  const run: Run = { feed, entry: freshFeed, first: false, seen: undefined }
  for (const change of changes) takeChange(taking, run, change, false)
}

/** Takes a page and the place it leads to, as one commit. `recent`: acknowledged rows that no page has shown yet. */
export function takePage(taking: Taking, ledger: Ledger, run: Run, page: ChangePage, recent: Set<RecordKey>): void {
  const { entry } = run
  const anyway = page.epoch !== undefined && entry.epoch !== undefined && page.epoch !== entry.epoch
  for (const change of page.changes) {
    takeChange(taking, run, change, anyway)
    recent.delete(recordKey(change.collection, change.id))
  }
  const { draft } = taking
  if (page.more) {
    // The old epoch stays until the run is complete: after a crash its rows still have to replace everything.
    const epoch = run.first ? (page.epoch ?? entry.epoch) : entry.epoch
    draft.setMeta(feedKey(run.feed), asJson(runEntry(run, page, epoch)))
  } else {
    finish(taking, ledger, run, page, recent)
    draft.setMeta(feedKey(run.feed), asJson(safePoint(entry, page)))
  }
}

const runEntry = ({ entry, first }: Run, page: ChangePage, epoch: string | undefined): FeedEntry => ({
  cursor: page.cursor,
  run: { kind: page.kind, first },
  state: 'open',
  ...(epoch === undefined ? {} : { epoch }),
  ...(entry.now === undefined ? {} : { now: entry.now }),
})

function safePoint(entry: FeedEntry, page: ChangePage): FeedEntry {
  const epoch = page.epoch ?? entry.epoch
  return {
    cursor: page.cursor,
    run: null,
    state: 'open',
    ...(epoch === undefined ? {} : { epoch }),
    ...(page.now === undefined ? {} : { now: page.now }),
  }
}

function finish(taking: Taking, ledger: Ledger, run: Run, page: ChangePage, recent: ReadonlySet<RecordKey>): void {
  const { draft } = taking
  const mine = (key: RecordKey): boolean => run.feed.collections.includes(splitKey(key)[0])
  for (const [key, stored] of ledger.bases()) {
    if (!mine(key)) continue
    const listed = page.kind !== 'snapshot' || !run.seen || run.seen.has(key) || recent.has(key)
    if (!listed || outside(run, key, stored.record)) evictRow(taking, key)
    const base = draft.base(key)
    if (base?.record !== null || liveOps(draft, key).length > 0) continue
    const runs = (base.runs ?? 0) + 1
    draft.setBase(key, runs > tombstoneRuns ? undefined : { ...base, runs })
  }
  for (const [key] of ledger.queues()) {
    const head = liveOps(draft, key)[0]
    if (mine(key) && head && awaitsVersion(head)) reconcile(taking, key)
  }
}

// A feed that begins may find rows of an earlier scope, also where it cannot sweep.
function outside({ feed, first }: Run, key: RecordKey, record: JsonObject | null): boolean {
  const filter = first ? feed.filters?.[splitKey(key)[0]] : undefined
  return filter !== undefined && record !== null && !matches(filter, record)
}
