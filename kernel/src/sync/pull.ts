import type { Taking } from '../conflict/context.ts'
import type { Feed, PullPage } from '../contracts/remote-adapter.ts'
import { isSyncError, SyncError } from '../errors/sync-error.ts'
import type { Draft } from '../journal/draft.ts'
import type { RecordKey } from '../model/identity.ts'
import { asJson, type FeedEntry } from '../model/stored.ts'
import { callRemote } from './call.ts'
import { feedKey, freshFeed } from './feeds.ts'
import { type ChangePage, type Run, takePage } from './page.ts'
import type { SyncPorts } from './ports.ts'

/** What a pull needs of the engine. */
export interface PullPorts extends SyncPorts {
  readonly signal: AbortSignal
  /** Commits what `take` does, then tells the app. */
  readonly taking: (take: (taking: Taking) => void) => Promise<void>
  /** Acknowledged rows that no page has shown yet. */
  readonly recent: Set<RecordKey>
}

const protocol = (message: string): SyncError => new SyncError('SYNC_PROTOCOL', { message })

/** Where the next run goes on, or begins. */
function beginRun(feed: Feed, entry: FeedEntry): { run: Run; cursor: string | null } {
  const first = entry.run?.first ?? false
  // A repeated listing is remembered only in memory, so one that was cut off starts again.
  const cursor = entry.run?.kind === 'snapshot' && !first ? null : entry.cursor
  return { run: { feed, entry, first, seen: cursor === null ? new Set() : undefined }, cursor }
}

const relisting = (run: Run): Run => ({ ...run, seen: new Set() })

function mustRelist({ entry }: Run, page: PullPage, retentionMs: number): boolean {
  if (page.kind === 'expired') return true
  if (page.kind === 'snapshot') return false
  const otherHistory = page.epoch !== undefined && entry.epoch !== undefined && page.epoch !== entry.epoch
  // Server time on both sides: the device's clock has no say in whether a deletion may have been missed.
  const tooLong = page.now !== undefined && entry.now !== undefined && page.now - entry.now > retentionMs
  return otherHistory || tooLong
}

function checkPage(page: ChangePage, cursor: string | null, kind: string | undefined): void {
  if (cursor === null && page.kind !== 'snapshot') throw protocol('the first page of a feed must be a snapshot')
  if (kind !== undefined && page.kind !== kind) throw protocol('one run mixes snapshot and delta pages')
  if (page.more && (page.cursor === null || (page.cursor === cursor && page.changes.length === 0))) {
    throw protocol('the page says there is more, but leads nowhere')
  }
}

/** Pulls one feed until the page that says `more: false`. */
async function runFeed(ports: PullPorts, feed: Feed): Promise<void> {
  const { ledger, remote, signal, around } = ports
  const { limits } = remote.capabilities
  const stored = (ledger.meta(feedKey(feed)) as unknown as FeedEntry | undefined) ?? freshFeed
  let { run, cursor } = beginRun(feed, stored)
  let kind: ChangePage['kind'] | undefined
  for (;;) {
    const request = { feed, cursor, limit: limits.pageRows }
    const page = await around('pull', { kind: 'pull', collections: feed.collections }, () =>
      callRemote(ports, signal, (context) => remote.pull(request, context)),
    )
    if (page.kind === 'expired' || mustRelist(run, page, limits.retentionMs)) {
      if (cursor === null) throw protocol('the server calls a listing from the start expired')
      run = relisting(run)
      cursor = null
      kind = undefined
      continue
    }
    checkPage(page, cursor, kind)
    if (page.kind === 'snapshot' && kind === undefined && !run.first) run = relisting(run)
    kind = page.kind
    const current = run
    await ports.taking((taking) => takePage(taking, ledger, current, page, ports.recent))
    if (!page.more) return
    cursor = page.cursor
  }
}

const forbid = (feed: Feed, entry: FeedEntry | undefined) => (draft: Draft) =>
  draft.setMeta(feedKey(feed), asJson({ ...(entry ?? freshFeed), state: 'forbidden' }))

/** Pulls a feed; one that is forbidden is closed with its rows kept, and does not hold up the others. */
export async function pullFeed(ports: PullPorts, feed: Feed): Promise<void> {
  try {
    await runFeed(ports, feed)
  } catch (error) {
    if (!isSyncError(error, 'SYNC_FORBIDDEN')) throw error
    const entry = ports.ledger.meta(feedKey(feed)) as unknown as FeedEntry | undefined
    if (entry?.state !== 'forbidden') await ports.journal.write(forbid(feed, entry))
  }
}
