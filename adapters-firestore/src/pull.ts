import type { CallContext, PullPage, PullRequest } from '@rowkeep/kernel'
import { changeOf, type StoredDocument, stampOf } from './codec.ts'
import { mustBeSignedIn } from './credentials.ts'
import { cursorOf, type Place, placeOf, type RunPlace, type SafePlace } from './cursor.ts'
import { epochOf } from './epoch.ts'
import { unsentError, WireError } from './errors.ts'
import type { Database } from './options.ts'
import { readNewest, readPage } from './requests.ts'

const latest = (...times: readonly (number | null | undefined)[]): number | null =>
  times.reduce<number | null>((best, time) => (time != null && (best === null || time > best) ? time : best), null)

/** What the server's time surely was at the local time `at`, or when the run before this one began. */
function beganAt({ time, overlapMs }: Database, place: Place | null, at: number): number | null {
  if (place !== null && !('from' in place)) return place.began
  const before = place === null || place.from === null ? null : place.from + overlapMs
  const known = latest(time.atLeast(at), before)
  return known === null ? null : Math.floor(known)
}

/**
 * Where the next run begins. A row is seen at the latest `overlapMs` after its stamp, so of what is stamped earlier than that
 * before the run began nothing can be missing. Local time moves this on when no row comes: a quiet feed is read once more
 * within the window, and behind it costs nothing but the asking.
 */
function safePlace({ overlapMs }: Database, began: number | null): SafePlace {
  return { from: began === null ? null : began - overlapMs }
}

function runPlace(place: Place | null, last: StoredDocument, began: number | null): RunPlace {
  const after = stampOf(last)
  if (after === undefined) throw new WireError({ code: 'SYNC_PROTOCOL', message: 'a row without a stamp' }, 'none')
  const kind = place === null ? 'snapshot' : 'kind' in place ? place.kind : 'delta'
  return { kind, after, documentId: last.documentId, began }
}

async function readFrom(database: Database, request: PullRequest, context: CallContext): Promise<PullPage> {
  const { feed, cursor, limit } = request
  const [collection, ...others] = feed.collections
  if (collection === undefined || others.length > 0)
    throw unsentError('SYNC_UNSUPPORTED', 'a feed of Firestore holds one collection')
  const place = cursor === null ? null : placeOf(cursor)
  const path = database.paths.records(collection, context.user)
  const epoch = epochOf(database.firestore, path)
  if (place === undefined) return { kind: 'expired', epoch }
  const at = database.time.now()
  // The oldest rows come first: without this read a long listing would end with nothing known of the server's time.
  if (place === null) await readNewest(database, path, context)
  const documents = await readPage(database, path, place, limit, context)
  const began = beganAt(database, place, at)
  const last = documents.at(-1)
  const more = last !== undefined && documents.length >= limit
  return {
    kind: place === null ? 'snapshot' : 'kind' in place ? place.kind : 'delta',
    changes: documents.map((document) => changeOf(document, collection, database.fieldsOf(collection))),
    cursor: cursorOf(more ? runPlace(place, last, began) : safePlace(database, began)),
    more,
    epoch,
  }
}

/** One page of a feed. @throws WireError */
export async function pull(database: Database, request: PullRequest, context: CallContext): Promise<PullPage> {
  database.guard.mustStand()
  await mustBeSignedIn(database.user, context)
  try {
    return await readFrom(database, request, context)
  } catch (thrown) {
    // Somebody else may have signed in meanwhile, which the rules can only refuse.
    if (thrown instanceof WireError && thrown.code === 'SYNC_FORBIDDEN') await mustBeSignedIn(database.user, context)
    throw thrown
  }
}
