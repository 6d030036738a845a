import type { PullPage } from '../contracts/remote-adapter.ts'
import { asSyncError, isSyncError, SyncError } from '../errors/sync-error.ts'
import { sameValue } from '../model/compare.ts'
import { asJson, type FeedEntry } from '../model/stored.ts'
import { feedEntry, feedKey, historyKey, type KnownFeed } from './feeds.ts'
import { type ChangePage, isOtherHistory, type Run, rowsHere, takePage } from './page.ts'
import type { Work } from './ports.ts'

function mustRelist(entry: FeedEntry, page: PullPage, retentionMs: number, epoch: string | undefined): boolean {
  if (page.kind !== 'delta') return page.kind === 'expired' || (!!epoch && !!page.epoch && epoch !== page.epoch)
  // Server time on both sides: the device's clock has no say in whether a deletion may have been missed.
  return isOtherHistory(entry, page) || (page.now ?? 0) - (entry.now ?? page.now ?? 0) > retentionMs
}

const refuse = (message: string): never => {
  throw new SyncError('SYNC_PROTOCOL', { message })
}

/** Refuses a page that cannot answer `cursor` in a run of `kind`. @throws SyncError `SYNC_PROTOCOL` */
function mustFit(page: PullPage, cursor: string | null, kind: string | undefined): asserts page is ChangePage {
  if (page.kind === 'expired' || (cursor === null && page.kind !== 'snapshot'))
    return refuse('a feed must begin with a snapshot')
  if (page.kind !== (kind ?? page.kind)) refuse('a run mixes snapshot and delta')
  const stuck = page.cursor === null || (page.cursor === cursor && page.changes.length === 0)
  if (page.more && stuck) refuse('the cursor leads nowhere')
}

/**
 * Begins the live channels anew: what they still tell may be of the history before. Not in each cycle, or a server that tells of two
 * by turns would be asked without end.
 */
function renew(work: Work): void {
  if (!work.renewed) {
    work.follow([])
    work.want(true)
  }
  work.renewed = 2
}

/** After so many pages too late a run that another tab has ended is as good as one of this tab. */
const patience = 4

/** So many pages may come too late, as long as others are in the middle of a run. */
const mostLate = 30

/** So many pages in a row may bring nothing: a scan of a large table finds little, and a cursor that goes in circles finds nothing. */
const idlePages = 10_000

/**
 * Asks for pages until the one that says `more: false`. The result: how many changes made a record another one; `undefined`:
 * the server wants the run to begin anew.
 */
async function runFeed(
  work: Work,
  feed: KnownFeed,
  entry: FeedEntry,
  from: string | null,
  late: number,
): Promise<boolean | undefined> {
  const { remote, around, signal, call, take, recent, ledger } = work
  const { pageRows, retentionMs } = remote.capabilities.limits
  const history = ledger.meta.get(historyKey)
  let cursor = from
  // Of the pages of this run so far: what another history lists from here on is not the rest of it.
  let epoch = entry.run?.first ? entry.epoch : undefined
  recent.clear()
  const run: Run = { feed, entry, unseen: new Set(), lacking: new Map(), idle: 0 }
  // Before the server is asked: what another tab has acknowledged meanwhile need not be in the answer.
  const beginListing = (): void => {
    run.unseen = rowsHere(work, feed)
  }
  if (cursor === null) beginListing()
  while (run.idle < idlePages) {
    const request = { feed, cursor, limit: pageRows }
    const stood = ledger.meta.get(feedKey(feed))
    const page = await around('pull', { kind: 'pull', collections: feed.collections, signal: signal() }, () =>
      call((context) => remote.pull(request, context)),
    )
    if (isOtherHistory(entry, page)) renew(work)
    if (cursor !== null && mustRelist(entry, page, retentionMs, epoch)) return undefined
    mustFit(page, cursor, run.kind)
    // Also where the server lists everything of its own accord.
    if (page.kind === 'snapshot' && !run.kind && cursor !== null && !entry.run?.first) beginListing()
    await take((taking) => {
      const { meta } = taking.draft
      const stands = meta.get(feedKey(feed))
      // Another tab went on meanwhile: what that brought, and has been forgotten since, is older here. Of a listing only its first
      // page must not be late: two of them would never end if a page of one undid the other. Asked for once more, it must only not
      // be later than another run's end.
      const isBegun = cursor !== null || (late > 1 && stands && (stands as unknown as FeedEntry).at === entry.at)
      const isSame = page.kind === 'snapshot' && isBegun ? stands : sameValue(stands, stood)
      if (!isSame || meta.get(historyKey) !== history) throw new SyncError('SYNC_STORE_STALE')
      takePage(taking, run, page)
    })
    if (!page.more) return !!run.news
    run.kind = page.kind
    epoch = page.epoch ?? epoch
    cursor = page.cursor
  }
  return refuse('the cursor leads nowhere')
}

/** So many collections may be those that the server fails at (5xx); where there are more, it is the server that fails. */
const mostSick = 3

/** Keeps from the other feeds what is wrong with this one alone, or may be. @throws what would meet them too */
async function setAside(work: Work, feed: KnownFeed, entry: FeedEntry, error: unknown): Promise<void> {
  const { unread } = work
  const { code, retryAfterMs, details } = asSyncError(error, 'SYNC_NETWORK')
  if (/FORBIDDEN|NOT_FOUND/.test(code)) {
    const closed = asJson({ ...entry, state: 'forbidden' })
    if (entry.state === 'open') await work.take(({ draft }) => draft.meta.set(feedKey(feed), closed))
  } else if (
    /PROTOCOL|CONFIG|UNSUPPORTED/.test(code) ||
    ((details['status'] as number) > 499 && !retryAfterMs && unread.size < mostSick)
  ) {
    for (const collection of feed.collections) unread.set(collection, error)
  } else throw error
}

/**
 * Pulls a feed; one that the user may not read, or the server does not have, is closed with its rows kept, and does not hold up
 * the others. Nor does one whose answers cannot be read: its collections are noted as `unread`, with the reason.
 */
export async function pullFeed(work: Work, feed: KnownFeed, late: number = 1): Promise<void> {
  const { untold } = work
  const entry = feedEntry(work, feed)
  try {
    // A repeated listing is remembered only in memory, so one that was cut off starts again.
    const cutOff = entry.run?.kind === 'snapshot' && !entry.run.first
    const news = await runFeed(work, feed, entry, cutOff ? null : entry.cursor, late)
    if (news && entry.cursor !== null) untold.set(feedKey(feed), (untold.get(feedKey(feed)) ?? Number.NaN) + 1)
    // What an earlier listing brought is here, though it was the first one and cut off.
    if (news === undefined) await runFeed(work, feed, { ...feedEntry(work, feed), run: null }, null, late)
    else if (entry.cursor !== null && (await feed.differs?.(work)))
      await runFeed(work, feed, feedEntry(work, feed), null, late)
  } catch (error) {
    if (late > mostLate || !isSyncError(error, 'SYNC_STORE_STALE')) return setAside(work, feed, entry, error)
    // Another tab was faster: on from where it came to. Where it always is, its runs are read here as they end, and the last one
    // began after this one.
    if (late <= patience || feedEntry(work, feed).run) return pullFeed(work, feed, late + 1)
  }
}
