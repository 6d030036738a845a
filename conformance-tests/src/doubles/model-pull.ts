import type { PullPage, PullRequest, RemoteChange } from '@rowkeep/kernel'
import { type Account, isLive, keyOf, type ModelRow, remoteRow, revisionOf } from './account.ts'
import type { ModelClock } from './model-clock.ts'
import type { Profile } from './profile.ts'

/** What a cursor holds: the kind of run, where it goes on, and where the next run begins. */
type Position =
  | {
      readonly kind: 'snapshot'
      readonly after: string
      readonly from: number
      /** Rows from before this position are known to the asker: they are listed, not sent. */
      readonly since?: number
      readonly page?: number
    }
  | { readonly kind: 'delta'; readonly at: number; readonly after: string; readonly page?: number }

/** The backend's history as a pull sees it. */
export interface History {
  readonly clock: ModelClock
  readonly epoch: string
  /** Deltas from before this position have expired. */
  readonly floor: number
}

function changeOf(row: ModelRow, position: Position, profile: Profile): RemoteChange {
  const { collection, id } = row
  if (row.evicted && row.record !== null) return { kind: 'eviction', collection, id }
  const known = position.kind === 'snapshot' && row.at < (position.since ?? 0)
  if (known && profile.defect !== 'stale-listing')
    return { kind: 'listed', collection, id, revision: revisionOf(row, profile) }
  if (known) return { kind: 'listed', collection, id, revision: '0' }
  return remoteRow(row, profile)
}

function tells(row: ModelRow, { capabilities, defect }: Profile): boolean {
  if (row.record === null) return capabilities.deletes !== 'none' && defect !== 'tombstone-omitted'
  return !row.evicted || (capabilities.deletes === 'tombstone+eviction' && defect !== 'eviction-omitted')
}

const byKey = (a: ModelRow, b: ModelRow): number => (keyOf(a.collection, a.id) < keyOf(b.collection, b.id) ? -1 : 1)
const byPosition = (a: ModelRow, b: ModelRow): number => a.at - b.at || byKey(a, b)

function listed(rows: readonly ModelRow[], position: Position, profile: Profile): readonly ModelRow[] {
  if (position.kind === 'snapshot') {
    const forgets = position.since !== undefined && profile.defect === 'row-unlisted'
    const stands = (row: ModelRow): boolean =>
      (isLive(row) || (position.since !== undefined && profile.defect === 'deleted-row-listed')) &&
      !(forgets && row.at < (position.since ?? 0))
    return rows.filter((row) => stands(row) && keyOf(row.collection, row.id) > position.after).toSorted(byKey)
  }
  const passed = (row: ModelRow): boolean =>
    row.at < position.at ||
    (row.at === position.at &&
      (profile.defect === 'equal-stamps-skipped' || keyOf(row.collection, row.id) <= position.after))
  return rows.filter((row) => !passed(row) && tells(row, profile)).toSorted(byPosition)
}

// A key above every other: nothing at this position is left to tell.
const end = '\uffff'

function safePoint(position: Position, last: ModelRow | undefined, history: History, profile: Profile): Position {
  const head = profile.defect === 'last-row-as-cursor' && last ? last.at : history.clock.head
  const at = position.kind === 'snapshot' && profile.defect !== 'last-row-as-cursor' ? position.from : head
  // Rows may still arrive at the newest position of a coarse clock, so the next run reads it once more.
  const overlap = profile.capabilities.feed === 'timestamp-overlap' && profile.defect !== 'equal-stamps-skipped'
  return { kind: 'delta', at, after: overlap ? '' : end }
}

function inRun(position: Position, last: ModelRow | undefined): Position {
  const after = last ? keyOf(last.collection, last.id) : position.after
  if (position.kind === 'snapshot') return { ...position, after }
  return { kind: 'delta', at: last?.at ?? position.at, after }
}

/** The place a cursor stands for; `undefined`: it was made elsewhere. */
function positionOf(cursor: string): Position | undefined {
  try {
    const position = JSON.parse(cursor) as Partial<Position>
    return typeof position.after === 'string' ? (position as Position) : undefined
  } catch {
    return undefined
  }
}

/** Where a page begins; `undefined`: the cursor leads nowhere. */
function begin(cursor: string | null, history: History, profile: Profile): Position | undefined {
  const from = history.clock.head
  if (cursor === null) return { kind: 'snapshot', after: '', from }
  const position = positionOf(cursor)
  if (!position) return profile.defect === 'foreign-cursor-read' ? { kind: 'delta', at: from, after: '' } : undefined
  const { deletes, feed } = profile.capabilities
  // Where nothing tells of deletions, each run lists what stands.
  const lists = deletes === 'none' && feed !== 'snapshot' && position.kind === 'delta'
  return lists ? { kind: 'snapshot', after: '', from, since: position.at } : position
}

function epochOf({ epoch }: History, { defect }: Profile): { readonly epoch?: string } {
  if (defect === 'epoch-left-out') return {}
  return { epoch: defect === 'epoch-kept' ? 'e0' : epoch }
}

/** One page of one user's feed. */
export function modelPull(account: Account, request: PullRequest, history: History, profile: Profile): PullPage {
  const { capabilities } = profile
  const position = begin(request.cursor, history, profile)
  const head = {
    ...epochOf(history, profile),
    ...(capabilities.clock === 'page' && profile.defect !== 'over-declared-clock'
      ? { now: 1_795_150_000_000 + history.clock.head }
      : {}),
  }
  if (!position) return { kind: 'expired', ...head }
  const { page: number = 0 } = position
  if (position.kind === 'delta' && position.at < history.floor && profile.defect !== 'expiry-silent')
    return { kind: 'expired', ...head }
  const inFeed = [...account.rows.values()].filter(({ collection }) => request.feed.collections.includes(collection))
  const rows = listed(inFeed, position, profile)
  const limit = number === 1 && profile.emptyPages ? 0 : Math.min(request.limit, capabilities.limits.pageRows)
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  const more = rows.length > page.length
  const next = more ? { ...inRun(position, last), page: number + 1 } : safePoint(position, last, history, profile)
  const cursor = capabilities.feed === 'snapshot' && !more ? null : JSON.stringify(next)
  return { kind: position.kind, changes: page.map((row) => changeOf(row, position, profile)), cursor, more, ...head }
}
