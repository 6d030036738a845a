import type { JsonObject, PullPage, PullRequest } from '@rowkeep/kernel'
import { protocolError } from '../../errors.ts'
import { mustBeNumber, mustKnow } from '../../options.ts'
import { mustBeText } from '../checks.ts'
import type { FeedRoute, Place } from '../route.ts'
import type { RawRow } from '../row-codec.ts'
import { readCursor, writeCursor } from './cursor.ts'
import { askList, nextAt, rowsAt, tokenRefusals, valueAt } from './list.ts'
import { earlier, laterOf, msOf, type Stamp, stampOf } from './stamp.ts'

/** How a list tells what changed. Paths are dotted, and `''` is the whole answer. */
export interface ChangesOptions {
  /** Field of a row: when it was last changed, milliseconds or a date. Default `updated_at`. */
  readonly stamp?: string
  /**
   * Field of a row that is set where it was deleted (`true`, a date). `undefined`: the server forgets what is deleted; `sweepMs`
   * then says how soon that is found out.
   */
  readonly deleted?: string
  /** Path of the rows. Default `items`. */
  readonly items?: string
  /** Path of the token for the next page; absent, null or empty on the last. Default `next`. */
  readonly next?: string
  /** Path of the server's clock, ms or a date. `undefined`: it does not tell; then the newest stamp stands in for it. */
  readonly now?: string
  /** Parameter: rows changed at this time or later. Default `updated_since`. */
  readonly sinceParam?: string
  /** Parameter: the token of the page before. Default `after`. */
  readonly afterParam?: string
  /** Parameter: rows a page. Default `limit`. */
  readonly limitParam?: string
  /**
   * How far behind the safe point is asked again, ms, for rows whose change becomes visible later than its stamp says: longer
   * than any transaction of the server lasts and its clocks differ. Default 10 000.
   */
  readonly overlapMs?: number
  /**
   * How often everything is listed, ms; 0: each time. It lets go of what was deleted in silence, and of rows that left the
   * user's scope, which no list of changes tells of. Default five minutes; where deletions are marked, never.
   */
  readonly sweepMs?: number
  /** `signalled`: 410 (Gone) says that the time asked for is too long ago. Default `silent`. */
  readonly expiry?: 'silent' | 'signalled'
}

type Optional = 'deleted' | 'now' | 'sweepMs'
/** `sweepMs` undefined: never. */
type Settings = Required<Omit<ChangesOptions, Optional>> & { readonly [K in Optional]: ChangesOptions[K] | undefined }

/** A run under way. */
interface Run {
  readonly kind: 'delta' | 'snapshot'
  readonly since: Stamp | undefined
  readonly after: string | undefined
  /** What the safe point is counted from: the server's clock at the start of the run, else the newest stamp so far. */
  readonly top: Stamp | undefined
  /** When everything was listed last, on the device's clock. */
  readonly sweptAt: number
}

const optionalStamp = (value: JsonObject[string] | undefined): Stamp | undefined =>
  typeof value === 'number' || typeof value === 'string' ? value : undefined

function snapshot(now: number): Run {
  return { kind: 'snapshot', since: undefined, after: undefined, top: undefined, sweptAt: now }
}

/** The run that a cursor goes on with. */
function runAt(cursor: string | null, place: Place, { sweepMs }: Settings): Run {
  const now = place.context.env.now()
  const parts = readCursor(cursor, place)
  const since = optionalStamp(parts?.['since'])
  const sweptAt = parts?.['swept']
  if (parts === undefined || typeof sweptAt !== 'number') return snapshot(now)
  if (parts['kind'] === 'delta' || parts['kind'] === 'snapshot') {
    const { kind, after } = parts
    if (typeof after !== 'string') return snapshot(now)
    return { kind, since, after, top: optionalStamp(parts['top']), sweptAt }
  }
  // A clock that was put back must not put the sweep off.
  const isDue = sweepMs !== undefined && (now < sweptAt || now - sweptAt >= sweepMs)
  if (since === undefined || isDue) return snapshot(now)
  return { kind: 'delta', since, after: undefined, top: undefined, sweptAt }
}

/** What the cursor after a page holds; with `next` in the middle of the run. `null`: the next run begins at nothing. */
function placeAfter(run: Run, top: Stamp | undefined, next: string | undefined, overlapMs: number): JsonObject | null {
  const swept = run.sweptAt
  if (next === undefined) {
    // Of a feed that never had a row there is no time to ask from.
    const since = top === undefined ? run.since : earlier(top, overlapMs)
    return since === undefined ? null : { since, swept }
  }
  const { kind, since } = run
  const known = { ...(since === undefined ? {} : { since }), ...(top === undefined ? {} : { top }) }
  return { kind, ...known, after: next, swept }
}

/** Rows whose stamp cannot be read are set aside: they say nothing about where to go on. */
function newestStamp(rows: readonly RawRow[], run: Run, stamp: string): Stamp | undefined {
  return rows
    .map(({ raw }) => optionalStamp(Object.hasOwn(raw, stamp) ? raw[stamp] : undefined))
    .filter((one) => one !== undefined && Number.isFinite(msOf(one)))
    .reduce<Stamp | undefined>((top, one) => (one === undefined ? top : laterOf(top, one)), run.top)
}

async function pull(settings: Settings, place: Place, { cursor, limit }: PullRequest): Promise<PullPage> {
  const { sinceParam, afterParam, limitParam, items, stamp, overlapMs, expiry } = settings
  const run = runAt(cursor, place, settings)
  const query = {
    ...(run.since === undefined ? {} : { [sinceParam]: String(run.since) }),
    ...(run.after === undefined ? {} : { [afterParam]: run.after }),
    [limitParam]: String(limit),
  }
  const mayExpire = expiry === 'signalled' && run.since !== undefined
  const also = [...(mayExpire ? [410] : []), ...(run.after === undefined ? [] : tokenRefusals)]
  const answer = await askList(place, query, { also })
  if (answer.kind === 'other') return { kind: 'expired' }
  const { value } = answer
  // Where the server tells its clock, rows need not tell their time.
  const rows = rowsAt(answer, items, place, settings.now === undefined ? stamp : undefined)
  if (rows.length > limit) throw protocolError(`${rows.length} rows where ${limit} were asked for`)
  const next = nextAt(value, settings.next)
  const clock = settings.now === undefined ? undefined : stampOf(valueAt(value, settings.now), settings.now)
  const top = clock === undefined ? newestStamp(rows, run, stamp) : (run.top ?? clock)
  const onward = placeAfter(run, top, next, overlapMs)
  return {
    kind: run.kind,
    changes: rows.map((row) => place.codec.change(row)),
    cursor: onward === null ? null : writeCursor(onward, place),
    more: next !== undefined,
    ...(clock === undefined ? {} : { now: Math.floor(msOf(clock)) }),
  }
}

const defaults: Settings = {
  stamp: 'updated_at',
  deleted: undefined,
  items: 'items',
  next: 'next',
  now: undefined,
  sinceParam: 'updated_since',
  afterParam: 'after',
  limitParam: 'limit',
  overlapMs: 10_000,
  sweepMs: undefined,
  expiry: 'silent',
}

function checked(options: ChangesOptions): Settings {
  mustKnow('changesSince', options, Object.keys(defaults))
  const settings = { ...defaults, ...(options.deleted === undefined ? { sweepMs: 300_000 } : {}), ...options }
  mustBeText('changesSince', settings, ['stamp', 'deleted', 'next', 'now', 'sinceParam', 'afterParam', 'limitParam'])
  mustBeNumber('changesSince.overlapMs', settings.overlapMs, 0)
  if (settings.sweepMs !== undefined) mustBeNumber('changesSince.sweepMs', settings.sweepMs, 0)
  return settings
}

/**
 * A list that can be asked for what changed since a time. The server answers rows whose stamp is that time or later, by
 * stamp and then by a key, never by offset, a page at a time, each but the last with a token for the next; without a time,
 * all that stand. A row keeps no stamp over a change. Feed: `timestamp-overlap`; what was changed during the overlap comes
 * again with the next run.
 * @throws SyncError `SYNC_CONFIG_INVALID` naming the option that is wrong
 */
export function changesSince(options: ChangesOptions = {}): FeedRoute {
  const settings = checked(options)
  return {
    stamp: settings.stamp,
    deleted: settings.deleted,
    pageRows: 1000,
    can: {
      feed: 'timestamp-overlap',
      deletes: settings.deleted === undefined ? 'none' : 'tombstone',
      expiry: settings.expiry,
      clock: settings.now === undefined ? 'none' : 'page',
    },
    pull: (place, request) => pull(settings, place, request),
  }
}
