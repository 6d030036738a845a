import type { Collection } from '../client/collection.ts'
import type { JsonObject } from '../env/json.ts'
import { SyncError } from '../errors/sync-error.ts'
import { baseOf } from '../journal/view.ts'
import { recordKey } from '../model/identity.ts'
import type { Query } from '../model/query.ts'
import type { Row } from '../model/schema.ts'
import { matches } from '../query/match.ts'
import type { Entry } from '../query/plan.ts'
import { type Ask, askOf, type FetchOptions } from './options.ts'
import { isAsked, pending, replay } from './overlay.ts'
import { placeText } from './place.ts'
import { askRows, callOf, filterOf } from './remote.ts'
import { takeRows } from './taking.ts'

/** What to fetch. There is no `offset`: `after` goes on where an answer ended. */
export interface FetchQuery<T> extends Pick<Query<T>, 'where' | 'orderBy' | 'limit'> {
  /** `after` of the answer before, for the same `where` and `orderBy`. Absent: from the start. */
  readonly after?: string
}

interface Origin {
  readonly source: 'local' | 'remote'
  /** Why `remoteFirst` or `localFirst` did not have the server's answer, though it was wanted; `undefined`: it had, or was not. */
  readonly reason: SyncError | undefined
}

/** Rows, and where they came from. */
export interface Fetched<T> extends Origin {
  /** In the order of the query, frozen. With writes of this device on their way a page may have a few more or less than `limit`. */
  readonly rows: readonly T[]
  /** For the next page; `null`: there is no more. */
  readonly after: string | null
}

/** A number of rows, and where it came from. */
export interface FetchedCount extends Origin {
  readonly count: number
}

/** Whether this device may answer in the server's place: it cannot be had now, rather than that it says no. */
const isPassing = ({ retry, code }: SyncError): boolean => retry !== 'never' && code !== 'SYNC_ABORTED'

/**
 * Answers by the strategy. `ask` calls the server, and gives what makes the answer of it: only of the call a failure may be made
 * good by this device.
 */
async function answerBy<A extends Origin>(
  { strategy, host, from }: Ask,
  local: (reason?: SyncError) => A,
  isEmpty: (answer: A) => boolean,
  ask: () => Promise<() => Promise<A>>,
): Promise<A> {
  await host.open()
  if (strategy === 'localOnly') return local()
  if (from?.remote === null) {
    // The server knows no place in an answer that was not its own.
    const reason = new SyncError('SYNC_UNSUPPORTED', { message: 'the answer before was of this device: begin anew' })
    if (strategy === 'remoteOnly') throw reason
    return local(reason)
  }
  const here = strategy === 'localFirst' ? local() : undefined
  if (here && !isEmpty(here)) return here
  const [settle, reason] = await ask().then(
    (found) => [found, undefined] as const,
    (error: SyncError) => [undefined, error] as const,
  )
  if (settle) return settle()
  if (strategy === 'remoteOnly' || !isPassing(reason)) throw reason
  return local(reason)
}

const recordsOf = (entries: readonly Entry[]): readonly JsonObject[] =>
  Object.freeze(entries.map(({ record }) => record))

function localRows(ask: Ask, reason: SyncError | undefined): Fetched<JsonObject> {
  const { plan, shape } = ask
  const found = shape.table.select(plan).filter((entry) => isAsked(ask, entry))
  const page = found.slice(0, plan.limit)
  const last = page.at(-1)
  const after = last && found.length > page.length ? placeText(plan.order, { remote: null, last }) : null
  return { rows: recordsOf(page), after, source: 'local', reason }
}

async function remoteRows(ask: Ask): Promise<() => Promise<Fetched<JsonObject>>> {
  const { plan } = ask
  const answered = await askRows(ask)
  const { after, opened } = answered
  return async () => {
    const { entries, last } = await takeRows(ask, answered)
    const shown = replay(ask, opened.ledger, entries, after === null ? undefined : last)
    const next = after === null ? null : placeText(plan.order, { remote: after, last })
    return { rows: recordsOf(shown), after: next, source: 'remote', reason: undefined }
  }
}

const rowParts = ['where', 'orderBy', 'limit', 'after']

/**
 * Reads rows by a strategy: what the scope does not bring to this device can be read too. Rows that are kept here are
 * refreshed, if newer; the others are handed out and not stored. Writes of this device that are on their way are in every
 * answer: a record deleted here is not shown, one created here is where it belongs.
 *
 * @example const { rows, source, reason } = await fetch(tasks, { where: { done: true }, limit: 20 })
 * @throws SyncError `SYNC_INPUT_INVALID`; `SYNC_UNSUPPORTED` without a remote that answers queries, and naming an operator it does
 * not answer as this device does; `SYNC_FORBIDDEN`, `SYNC_NOT_FOUND` and `SYNC_REJECTED` as the server says; `SYNC_ABORTED`. `remoteOnly` too
 * where the server cannot be had: `SYNC_NETWORK` `SYNC_TIMEOUT` `SYNC_RATE_LIMITED` `SYNC_PROTOCOL` `SYNC_AUTH_REQUIRED`
 */
export async function fetch<C, D>(
  collection: Collection<C, D>,
  query: FetchQuery<Row<D>> = {},
  options: FetchOptions = {},
): Promise<Fetched<Row<D>>> {
  const ask = askOf(collection, query, options, ...rowParts)
  const local = (reason?: SyncError): Fetched<JsonObject> => localRows(ask, reason)
  const found = await answerBy(
    ask,
    local,
    ({ rows }) => rows.length === 0,
    () => remoteRows(ask),
  )
  return found as Fetched<Row<D>>
}

/** The server's number, with what the writes on their way will make of it. */
async function remoteCount(ask: Ask): Promise<() => Promise<FetchedCount>> {
  const { shape, plan } = ask
  const { call, opened } = await callOf(ask)
  const counted = await call((remote, context) => remote.count({ collection: shape.name, ...filterOf(ask) }, context))
  if (!Number.isSafeInteger(counted) || counted < 0) {
    throw new SyncError('SYNC_PROTOCOL', { message: 'the answer is no number of rows' })
  }
  return async () => {
    const { ledger, ending } = opened
    ending.signal.throwIfAborted()
    const holds = (record: JsonObject | null | undefined): number => Number(!!record && matches(plan.filter, record))
    let count = counted
    for (const [id, entry] of pending(ask, ledger)) {
      count += holds(entry?.record) - holds(baseOf(ledger, recordKey(shape.name, id)).record)
    }
    return { count: Math.max(0, count), source: 'remote', reason: undefined }
  }
}

/**
 * Counts by a strategy, as {@link fetch} reads. Of records with writes on their way the server is taken to have what this device
 * last had of it.
 *
 * @throws SyncError as {@link fetch}
 */
export async function fetchCount<C, D>(
  collection: Collection<C, D>,
  query: Pick<FetchQuery<Row<D>>, 'where'> = {},
  options: FetchOptions = {},
): Promise<FetchedCount> {
  const ask = askOf(collection, query, options, 'where')
  const local = (reason?: SyncError): FetchedCount => {
    return { count: ask.shape.table.select(ask.plan).length, source: 'local', reason }
  }
  return answerBy(
    ask,
    local,
    ({ count }) => count === 0,
    () => remoteCount(ask),
  )
}
