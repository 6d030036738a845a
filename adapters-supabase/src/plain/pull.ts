import type { Feed, Filter, JsonObject, PullPage, PullRequest, RemoteChange } from '@rowkeep/kernel'
import { SyncError } from '@rowkeep/kernel'
import { matches } from '@rowkeep/kernel/adapters'
import { protocolError } from '../errors.ts'
import { type Caller, hostOf } from '../requests.ts'
import { changeOf, listedOf, placeOf } from './codec.ts'
import { cursorOf, type Place, type Position, positionOf } from './cursor.ts'
import { fieldsOf } from './filters.ts'
import { changedRows, listRows, newestStamp, type Part, type Reader, rowsById } from './reading.ts'
import type { Stamp } from './stamps.ts'
import { headColumns, revisionColumn, type Table } from './table.ts'
import type { Windows } from './windows.ts'

/** One pull, with what it needs. */
export interface Pulling extends Reader {
  readonly feed: Feed
  readonly collection: string
  readonly windows: Windows
  /** How long after a sweep the next one is due, ms. */
  readonly sweepMs: number
}

type At<M extends Position['mode']> = Extract<Position, { readonly mode: M }>

const filterOf = ({ feed, collection }: Pulling): Filter | undefined =>
  feed.filters && Object.hasOwn(feed.filters, collection) ? feed.filters[collection] : undefined

/** Two users of one client have one feed each. */
const windowName = ({ feed, caller }: Pulling): string => `${caller.context.user} ${feed.id}`

const changesOf = ({ rows }: Part, { collection, table }: Pulling): readonly RemoteChange[] =>
  rows.map((row) => changeOf(row, collection, table))

/** A page before it is told whose it is. */
type Page = Exclude<PullPage, { readonly kind: 'expired' }>

const page = (kind: 'delta' | 'snapshot', changes: readonly RemoteChange[], next: Position | null): Page => ({
  kind,
  changes,
  cursor: next && cursorOf(next),
  more: next !== null && next.mode !== 'done',
})

/** The place of a page's last row, to go on behind it. */
function lastPlace({ rows }: Part, table: Table): Place {
  const last = rows.at(-1)
  const { stamp, id } = last ? placeOf(last, table) : { stamp: undefined, id: '' }
  if (stamp === undefined)
    throw protocolError(`a row of ${table.name} has no readable "${table.updatedAt}" to go on from`)
  return { stamp, id }
}

/** A row without a stamp is in no delta: better to stop than to lose it. */
function mustBeStamped(row: JsonObject | undefined, { name, updatedAt }: Table): void {
  if (row === undefined || (row[updatedAt] !== null && row[updatedAt] !== undefined)) return
  throw new SyncError('SYNC_CONFIG_INVALID', {
    message: `a row of ${name} has no "${updatedAt}", so changes cannot be followed: update ${name} set ${updatedAt} = now() where ${updatedAt} is null; alter table ${name} alter column ${updatedAt} set not null, alter column ${updatedAt} set default now()`,
  })
}

/**
 * A page of a listing. What commits while it runs is above the newest stamp from before its first page, or within the
 * overlap below it: the next run begins there.
 */
async function list(pull: Pulling, at: At<'list'> | null): Promise<Page> {
  const { table, caller } = pull
  const swept = at?.swept ?? caller.context.env.now()
  const top = at ? at.top : await newestStamp(pull)
  const part = await listRows(pull, at?.after ?? null, filterOf(pull))
  if (!at) mustBeStamped(part.rows[0], table)
  const changes = changesOf(part, pull)
  if (part.more) return page('snapshot', changes, { mode: 'list', swept, top, after: lastPlace(part, table) })
  return page('snapshot', changes, top === null ? null : done(pull, swept, top))
}

function done(pull: Pulling, swept: number, since: Stamp): At<'done'> {
  pull.windows.end(windowName(pull), since, pull.caller.context.env)
  return { mode: 'done', swept, since }
}

/** A page of keys; the changes follow the last one, so a row that changed meanwhile comes whole after it was listed. */
async function keys(pull: Pulling, at: { swept: number; since: Stamp; afterId: string | null }): Promise<Page> {
  const { table, collection } = pull
  const filter = filterOf(pull)
  const fields = filter ? fieldsOf(filter) : []
  const part = await rowsById(pull, at.afterId, [...new Set([...headColumns(table), ...fields])], filter)
  const standing = filter ? part.rows.filter((row) => matches(filter, row)) : part.rows
  const changes = standing.map((row) => listedOf(row, collection, table))
  const last = part.rows.at(-1)
  const { swept, since } = at
  const next: Position =
    part.more && last
      ? { mode: 'keys', swept, since, afterId: placeOf(last, table).id }
      : { mode: 'delta', swept, since, kind: 'snapshot', top: null, after: null }
  return page('snapshot', changes, next)
}

const newer = (a: Stamp, b: Stamp | null | undefined): Stamp => (b && b > a ? b : a)

/** The first page of the changes. Where it is not the last, it is read again once the newest stamp is known. */
async function firstChanges(pull: Pulling, since: Stamp): Promise<{ part: Part; top: Stamp | null }> {
  const { from, inclusive } = pull.windows.begin(windowName(pull), since)
  const part = await changedRows(pull, { stamp: from, inclusive })
  if (!part.more) {
    const last = part.rows.at(-1)
    return { part, top: last ? (placeOf(last, pull.table).stamp ?? null) : null }
  }
  const top = await newestStamp(pull)
  return { part: await changedRows(pull, { stamp: from, inclusive }), top }
}

async function changes(pull: Pulling, at: At<'delta'>): Promise<Page> {
  const { swept, since, kind } = at
  const { part, top } = at.after
    ? { part: await changedRows(pull, at.after), top: at.top }
    : await firstChanges(pull, since)
  const told = changesOf(part, pull)
  if (!part.more) return page(kind, told, done(pull, swept, newer(since, top)))
  return page(kind, told, { mode: 'delta', swept, since, kind, top, after: lastPlace(part, pull.table) })
}

/** A sweep counts from its beginning; a clock that was set back makes one due. */
function isDue({ sweepMs, caller }: Pulling, swept: number): boolean {
  const passed = caller.context.env.now() - swept
  return passed >= sweepMs || passed < 0
}

/** A table has no history of its own to name: its address tells it from others, and its column tells what revisions mean. */
const epochOf = ({ client }: Caller, table: Table): string =>
  `${hostOf(client)}/${table.schema ?? ''}.${table.name}/${revisionColumn(table)}`

function pageAt(pull: Pulling, at: Position): Promise<Page> {
  if (at.mode === 'list') return list(pull, at)
  if (at.mode === 'keys') return keys(pull, at)
  if (at.mode === 'delta') return changes(pull, at)
  const { since, swept } = at
  if (isDue(pull, swept)) return keys(pull, { swept: pull.caller.context.env.now(), since, afterId: null })
  return changes(pull, { mode: 'delta', swept, since, kind: 'delta', top: null, after: null })
}

/**
 * One page of a feed of a plain table; `expired` for a cursor that was not made here.
 * @throws WireError; SyncError `SYNC_CONFIG_INVALID` for a row without a stamp
 */
export async function pullPage(pull: Pulling, { cursor }: Pick<PullRequest, 'cursor'>): Promise<PullPage> {
  const epoch = epochOf(pull.caller, pull.table)
  if (cursor === null) return { ...(await list(pull, null)), epoch }
  const at = positionOf(cursor)
  return at === undefined ? { kind: 'expired', epoch } : { ...(await pageAt(pull, at)), epoch }
}
