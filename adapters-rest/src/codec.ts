import type {
  Json,
  JsonObject,
  PullPage,
  PullRequest,
  PushOperation,
  PushRequest,
  PushVerdict,
  QueriedRow,
  QueryPage,
  QueryRequest,
  RemoteChange,
  RemoteRow,
} from '@rowkeep/kernel'
import { protocolError, type WireError } from './errors.ts'
import { failureOf, type Hide } from './failure.ts'
import { flawOf, isObject } from './json.ts'

const cursorBytes = 4096

const wrong = (what: string): WireError => protocolError(`the answer does not fit the sync protocol: ${what}`)

const bytesOf = (text: string): number => new TextEncoder().encode(text).length

const isText = (value: Json | undefined): value is string => typeof value === 'string' && value !== ''

/** A name from the wire, fit for a message. */
const quoted = (name: string): string => JSON.stringify(name.slice(0, 100))

function optionalText(value: Json | undefined, at: string): string | undefined {
  if (value === undefined || isText(value)) return value
  throw wrong(`${at} must be text`)
}

function optionalTime(value: Json | undefined, at: string): number | undefined {
  if (value === undefined || (typeof value === 'number' && Number.isFinite(value))) return value
  throw wrong(`${at} must be a number of milliseconds`)
}

function cursorOf(value: Json | undefined): string | null {
  if (value === null) return null
  if (!isText(value)) throw wrong('cursor must be text or null')
  if (bytesOf(value) > cursorBytes) throw wrong(`cursor is longer than ${cursorBytes} bytes`)
  return value
}

/** The row, or why it cannot be read. Its collection and id are known to be good. */
function rowOf(raw: JsonObject, collection: string, id: string): RemoteRow | string {
  const { kind, revision, record, contains } = raw
  if (!isText(revision)) return 'revision must be text'
  if (contains !== undefined && !(Array.isArray(contains) && contains.every(isText))) return 'contains must list ids'
  const head = { collection, id, revision, ...(contains === undefined ? {} : { contains: contains as string[] }) }
  if (kind === 'tombstone') return { kind, ...head }
  if (kind !== 'record') return 'kind must be record or tombstone'
  if (!isObject(record)) return 'record must be an object'
  const flaw = flawOf(record)
  return flaw === undefined ? { kind, ...head, record } : `record cannot be kept: ${flaw}`
}

/** What may stand in one page. */
interface Asked {
  readonly collections: readonly string[]
  readonly idBytes: number
  readonly hide: Hide
}

function changeOf(raw: Json, at: string, asked: Asked): RemoteChange {
  if (!isObject(raw)) throw wrong(`${at} must be an object`)
  const { kind, collection, id } = raw
  if (!isText(collection)) throw wrong(`${at}.collection must be text`)
  if (!asked.collections.includes(collection))
    throw wrong(`${at} is of ${asked.hide(quoted(collection))}, which was not asked for`)
  if (!isText(id)) throw wrong(`${at}.id must be text`)
  if (bytesOf(id) > asked.idBytes) throw wrong(`${at}.id is longer than ${asked.idBytes} bytes`)
  if (kind === 'eviction') return { kind, collection, id }
  if (kind === 'unreadable') {
    const error = failureOf(raw['error'], 'SYNC_PROTOCOL', asked.hide)
    return { kind, collection, id, error: error ?? { code: 'SYNC_PROTOCOL', message: 'the server gave no reason' } }
  }
  const row = rowOf(raw, collection, id)
  if (typeof row !== 'string') return row
  return { kind: 'unreadable', collection, id, error: { code: 'SYNC_PROTOCOL', message: row } }
}

function pageKind(kind: Json | undefined, request: PullRequest): 'delta' | 'snapshot' {
  if (kind !== 'delta' && kind !== 'snapshot') throw wrong('kind must be snapshot, delta or expired')
  if (request.cursor === null && kind === 'delta') throw wrong('a delta where a snapshot was asked for')
  return kind
}

/**
 * A page as it came over the wire, checked field by field against what was asked. A row that does not fit becomes
 * `unreadable` with the reason, and the page goes on; field names are data, whatever they are.
 * @throws SyncError `SYNC_PROTOCOL` naming the field, where the page itself, or a row's collection or id, is not right
 */
export function pageOf(raw: unknown, request: PullRequest, idBytes: number, hide: Hide): PullPage {
  if (!isObject(raw)) throw wrong('a page must be an object')
  const epoch = optionalText(raw['epoch'], 'epoch')
  const now = optionalTime(raw['now'], 'now')
  const stamps = { ...(epoch === undefined ? {} : { epoch }), ...(now === undefined ? {} : { now }) }
  if (raw['kind'] === 'expired') {
    if (request.cursor === null) throw wrong('expired, where a snapshot was asked for')
    return { kind: 'expired', ...stamps }
  }
  const kind = pageKind(raw['kind'], request)
  const { changes, more } = raw
  if (now === undefined) throw wrong('now is missing')
  if (typeof more !== 'boolean') throw wrong('more must be true or false')
  const cursor = cursorOf(raw['cursor'])
  if (more && cursor === null) throw wrong('cursor is null although there is more')
  if (!Array.isArray(changes)) throw wrong('changes must be an array')
  if (changes.length > request.limit) throw wrong(`${changes.length} changes where ${request.limit} were asked for`)
  const asked: Asked = { collections: request.feed.collections, idBytes, hide }
  return {
    kind,
    changes: changes.map((change: Json, index) => changeOf(change, `changes[${index}]`, asked)),
    cursor,
    more,
    ...stamps,
  }
}

/**
 * The row of a verdict. One that cannot be read is left out, which every verdict allows: the next page brings it again,
 * as `unreadable` with its reason. A row of another record means that the verdicts are out of order.
 */
function verdictRow(raw: Json | undefined, operation: PushOperation, at: string): { readonly row?: RemoteRow } {
  if (raw === undefined) return {}
  if (!isObject(raw)) throw wrong(`${at}.row must be an object`)
  const { collection, id } = raw
  if (collection !== operation.collection || id !== operation.id) throw wrong(`${at}.row is of another record`)
  const row = rowOf(raw, operation.collection, operation.id)
  return typeof row === 'string' ? {} : { row }
}

function verdictOf(raw: Json, operation: PushOperation, at: string, hide: Hide): PushVerdict {
  if (!isObject(raw)) throw wrong(`${at} must be an object`)
  const { kind, outcome } = raw
  if (kind === 'applied' || kind === 'conflict') return { kind, ...verdictRow(raw['row'], operation, at) }
  if (kind !== 'rejected' && kind !== 'retry') throw wrong(`${at}.kind must be applied, conflict, rejected or retry`)
  const error = failureOf(raw['error'], kind === 'rejected' ? 'SYNC_REJECTED' : 'SYNC_PROTOCOL', hide)
  if (error === undefined) throw wrong(`${at}.error must be an object with a code`)
  if (kind === 'rejected') return { kind, error, ...verdictRow(raw['row'], operation, at) }
  if (outcome !== 'unapplied' && outcome !== 'unknown') throw wrong(`${at}.outcome must be unapplied or unknown`)
  return { kind, outcome, error }
}

/**
 * The verdicts of a push as they came over the wire, one per operation in its order.
 * @throws SyncError `SYNC_PROTOCOL` naming what is wrong: a number of verdicts other than of operations, a field, a row of another record
 */
export function verdictsOf(raw: unknown, { operations }: PushRequest, hide: Hide): readonly PushVerdict[] {
  if (!Array.isArray(raw)) throw wrong('verdicts must be an array')
  if (raw.length !== operations.length) throw wrong(`${raw.length} verdicts for ${operations.length} operations`)
  return operations.map((operation, index) => verdictOf(raw[index] as Json, operation, `[${index}]`, hide))
}

const isRow = (change: RemoteChange): change is QueriedRow => change.kind === 'record' || change.kind === 'unreadable'

/**
 * The answer to a query, checked like a page.
 * @throws SyncError `SYNC_PROTOCOL` naming the field, where the answer itself, or a row's collection or id, is not right
 */
export function rowsOf(raw: unknown, request: QueryRequest, idBytes: number, hide: Hide): QueryPage {
  if (!isObject(raw) || !Array.isArray(raw['rows'])) throw wrong('rows must be an array')
  const after = raw['after']
  if (after !== null && !isText(after)) throw wrong('after must be text or null')
  const asked: Asked = { collections: [request.collection], idBytes, hide }
  const rows = raw['rows'].map((row: Json, index) => changeOf(row, `rows[${index}]`, asked))
  if (rows.length > request.limit || !rows.every(isRow))
    throw wrong('rows must be records, no more than were asked for')
  return { rows, after }
}

/** The answer to a count. @throws SyncError `SYNC_PROTOCOL` */
export function countOf(raw: unknown): number {
  const count = isObject(raw) ? raw['count'] : undefined
  if (typeof count === 'number' && Number.isSafeInteger(count) && count >= 0) return count
  throw wrong('count must be a whole number')
}
