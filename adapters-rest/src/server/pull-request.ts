import type { Feed, Json, PullRequest } from '@rowkeep/kernel'
import { aFilter } from './filter-shape.ts'
import { aFlag, aName, aNumber, anObject, aText, field, listOf, mapOf, orNull, unfit } from './shape.ts'

const feedIdBytes = 256

function aFeed(value: Json | undefined): Feed {
  const raw = anObject(value, 'feed')
  const filters = field(raw, 'filters')
  const collections = listOf(aText)(field(raw, 'collections'), 'feed.collections')
  if (collections.length === 0) throw unfit('feed.collections', 'a list of at least one')
  return {
    id: aName(feedIdBytes)(field(raw, 'id'), 'feed.id'),
    collections: [...new Set(collections)],
    ...(filters === undefined ? {} : { filters: mapOf(aFilter)(filters, 'feed.filters') }),
  }
}

/** A pull, or with `digest` the question what the versions of the feed's rows add up to. */
export type AnyPull = PullRequest & { readonly digest: boolean }

/**
 * A pull as the storage takes it; `limit` is cut to `pageRows`.
 * @throws SyncError `SYNC_PROTOCOL` naming the field that is not right
 */
export function pullRequestOf(body: Json, pageRows: number): AnyPull {
  const raw = anObject(body, 'the body')
  const limit = aNumber(field(raw, 'limit'), 'limit')
  if (!Number.isInteger(limit) || limit < 1) throw unfit('limit', 'a whole number of at least 1')
  const digest = field(raw, 'digest')
  return {
    digest: digest !== undefined && aFlag(digest, 'digest'),
    feed: aFeed(field(raw, 'feed')),
    cursor: orNull(aText)(field(raw, 'cursor'), 'cursor'),
    limit: Math.min(limit, pageRows),
  }
}
