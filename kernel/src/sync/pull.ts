import type { Feed, PullPage } from '../contracts/remote-adapter.ts'
import { isSyncError, SyncError } from '../errors/sync-error.ts'
import { asJson, type FeedEntry } from '../model/stored.ts'
import { feedEntry, feedKey, historyKey } from './feeds.ts'
import { type ChangePage, isOtherHistory, type Seen, takePage } from './page.ts'
import type { Work } from './ports.ts'

function mustRelist(entry: FeedEntry, page: PullPage, retentionMs: number): boolean {
  if (page.kind !== 'delta') return page.kind === 'expired'
  // Server time on both sides: the device's clock has no say in whether a deletion may have been missed.
  return isOtherHistory(entry, page) || (page.now ?? 0) - (entry.now ?? page.now ?? 0) > retentionMs
}

/** Refuses a page that cannot answer `cursor` in a run of `kind`. @throws SyncError `SYNC_PROTOCOL` */
function mustFit(page: PullPage, cursor: string | null, kind: string | undefined): asserts page is ChangePage {
  const refuse = (message: string): never => {
    throw new SyncError('SYNC_PROTOCOL', { message })
  }
  if (page.kind === 'expired' || (cursor === null && page.kind !== 'snapshot'))
    return refuse('a feed must begin with a snapshot')
  if (page.kind !== (kind ?? page.kind)) refuse('a run mixes snapshot and delta')
  const stuck = page.cursor === null || (page.cursor === cursor && page.changes.length === 0)
  if (page.more && stuck) refuse('the cursor leads nowhere')
}

/** Asks for pages until the one that says `more: false`; false: the server wants the run to begin anew. */
async function runFeed(work: Work, feed: Feed, entry: FeedEntry, from: string | null): Promise<boolean> {
  const { remote, around, signal, call, take, recent, ledger } = work
  const { pageRows, retentionMs } = remote.capabilities.limits
  const history = ledger.meta.get(historyKey)
  let cursor = from
  recent.clear()
  let seen: Seen | undefined
  let kind: ChangePage['kind'] | undefined
  for (;;) {
    const request = { feed, cursor, limit: pageRows }
    const page = await around('pull', { kind: 'pull', collections: feed.collections, signal: signal() }, () =>
      call((context) => remote.pull(request, context)),
    )
    if (cursor !== null && mustRelist(entry, page, retentionMs)) return false
    mustFit(page, cursor, kind)
    // Also where the server lists everything of its own accord.
    if (page.kind === 'snapshot' && !kind && !(cursor !== null && entry.run?.first)) seen = new Map()
    kind = page.kind
    const run = { feed, entry, seen }
    await take((taking) => {
      const { meta } = taking.draft
      // Another tab had all listed anew meanwhile: from this place on the run would pass over what it brought before.
      if (cursor !== null && !(meta.get(feedKey(feed)) && meta.get(historyKey) === history)) {
        throw new SyncError('SYNC_STORE_STALE')
      }
      takePage(taking, run, page)
    })
    if (!page.more) return true
    cursor = page.cursor
  }
}

/** Keeps from the other feeds what is wrong with this one alone, or may be. @throws what would meet them too */
async function setAside(work: Work, feed: Feed, entry: FeedEntry, error: unknown): Promise<void> {
  const code = isSyncError(error) ? error.code : ''
  if (/FORBIDDEN|NOT_FOUND/.test(code)) {
    const closed = asJson({ ...entry, state: 'forbidden' })
    if (entry.state === 'open') await work.take(({ draft }) => draft.meta.set(feedKey(feed), closed))
  } else if (/PROTOCOL|CONFIG|UNSUPPORTED/.test(code)) {
    for (const collection of feed.collections) work.unread.set(collection, error)
  } else throw error
}

/**
 * Pulls a feed; one that the user may not read, or the server does not have, is closed with its rows kept, and does not hold up
 * the others. Nor does one whose answers cannot be read: its collections are noted as `unread`, with the reason.
 */
export async function pullFeed(work: Work, feed: Feed): Promise<void> {
  const entry = feedEntry(work, feed)
  try {
    // A repeated listing is remembered only in memory, so one that was cut off starts again.
    const cutOff = entry.run?.kind === 'snapshot' && !entry.run.first
    if (!(await runFeed(work, feed, entry, cutOff ? null : entry.cursor))) await runFeed(work, feed, entry, null)
  } catch (error) {
    await setAside(work, feed, entry, error)
  }
}
