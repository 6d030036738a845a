import type { PullPage, PullRequest, RemoteChange } from '@rowkeep/kernel'
import { protocolError } from '../../errors.ts'
import { mustKnow } from '../../options.ts'
import { mustBeText } from '../checks.ts'
import type { FeedRoute, Place } from '../route.ts'
import type { RawRow } from '../row-codec.ts'
import { readCursor, writeCursor } from './cursor.ts'
import { askList, nextAt, rowsAt, tokenRefusals } from './list.ts'

/** How a list comes. Paths are dotted, and `''` is the whole answer. */
export interface ListingOptions {
  /** Path of the rows. Default `''`: the answer is the list. */
  readonly items?: string
  /** Field of a row that is set where it was deleted, if such rows are listed at all. */
  readonly deleted?: string
  /** Parameters of a list that comes in pages, in the order of its key, never by offset. `undefined`: it comes whole. */
  readonly pages?: {
    /** Takes the token of the page before. */
    readonly afterParam: string
    /** Takes the rows a page. `undefined`: the server decides. */
    readonly limitParam?: string
    /** Path of the token for the next page, absent on the last. `undefined`: the key of the last row, until a page is empty. */
    readonly next?: string
  }
}

// A row that is marked as deleted is the same as one that is not listed.
const standing = (rows: readonly RawRow[], { codec }: Place): readonly RemoteChange[] =>
  rows.map((row) => codec.change(row)).filter(({ kind }) => kind !== 'tombstone')

async function pullWhole(items: string, place: Place, { cursor, limit }: PullRequest): Promise<PullPage> {
  const { after, etag } = readCursor(cursor, place) ?? {}
  const inMidRun = typeof after === 'string'
  const known = (tag: unknown): string | undefined => (typeof tag === 'string' && !place.writable ? tag : undefined)
  const seen = inMidRun ? undefined : known(etag)
  const answer = await askList(place, {}, seen ? { also: [304], headers: { 'if-none-match': seen } } : {})
  if (answer.kind === 'other') return { kind: 'delta', changes: [], cursor, more: false }
  const rest = rowsAt(answer, items, place)
    .filter(({ id }) => !inMidRun || id > after)
    .sort((a, b) => (a.id < b.id ? -1 : 1))
  const page = rest.slice(0, limit)
  const last = page.at(-1)
  const more = rest.length > page.length && last !== undefined
  // Of the first page: what changed after it was read is not in this run, and must not be taken for seen.
  const first = known(inMidRun ? etag : answer.etag)
  const tagged = first ? { etag: first } : undefined
  const parts = more ? { ...tagged, after: last.id } : tagged
  return {
    kind: 'snapshot',
    changes: standing(page, place),
    cursor: parts === undefined ? null : writeCursor(parts, place),
    more,
  }
}

async function pullPaged(
  items: string,
  pages: NonNullable<ListingOptions['pages']>,
  place: Place,
  { cursor, limit }: PullRequest,
): Promise<PullPage> {
  const { afterParam, limitParam, next: nextPath } = pages
  const { page: token } = readCursor(cursor, place) ?? {}
  const query = {
    ...(typeof token === 'string' ? { [afterParam]: token } : {}),
    ...(limitParam === undefined ? {} : { [limitParam]: String(limit) }),
  }
  const answer = await askList(place, query, typeof token === 'string' ? { also: tokenRefusals } : {})
  if (answer.kind === 'other') return { kind: 'expired' }
  const rows = rowsAt(answer, items, place)
  if (rows.length > limit) throw protocolError(`${rows.length} rows where ${limit} were asked for`)
  const next = nextPath === undefined ? rows.at(-1)?.id : nextAt(answer.value, nextPath)
  const more = next !== undefined
  const onward = more ? writeCursor({ page: next }, place) : null
  return { kind: 'snapshot', changes: standing(rows, place), cursor: onward, more }
}

/**
 * A list of all that stand, each time: what is not in it any more is let go of. Where nothing is written, a list that comes whole
 * and has an `ETag` is not sent again while it has not changed (304, RFC 9110 13.1.2). Where rows are written it is: of a row that this
 * device wrote, and somebody else deleted, the list may be what it was before both. Feed: `snapshot`.
 * @throws SyncError `SYNC_CONFIG_INVALID` naming the option that is wrong
 */
export function listing(options: ListingOptions = {}): FeedRoute {
  mustKnow('listing', options, ['items', 'deleted', 'pages'])
  const { items = '', deleted, pages } = options
  mustBeText('listing', options, ['deleted'])
  if (pages !== undefined) {
    mustKnow('listing.pages', pages, ['afterParam', 'limitParam', 'next'])
    mustBeText('listing.pages', { ...pages, afterParam: pages.afterParam ?? '' }, ['afterParam', 'limitParam', 'next'])
  }
  return {
    stamp: undefined,
    deleted,
    // Of a list that comes whole each page costs the whole list.
    pageRows: pages === undefined ? 10_000 : 1000,
    // Nothing can be too old: an answer other than 304 is always everything.
    can: { feed: 'snapshot', deletes: 'none', expiry: 'signalled', clock: 'none' },
    pull: (place, request) =>
      pages === undefined ? pullWhole(items, place, request) : pullPaged(items, pages, place, request),
  }
}
