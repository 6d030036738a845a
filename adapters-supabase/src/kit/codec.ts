import type { PullAnswer } from '@rowkeep/adapters-rest/postgres/kit'
import type {
  Json,
  JsonObject,
  PullRequest,
  PushRequest,
  PushVerdict,
  QueriedRow,
  QueryPage,
  QueryRequest,
  RemoteChange,
} from '@rowkeep/kernel'
import { protocolError } from '../errors.ts'
import { flawOf, isObject } from '../json.ts'

const wrong = (what: string): Error => protocolError(`the answer is none of the sync kit: ${what}`)

const isText = (value: Json | undefined): value is string => typeof value === 'string' && value !== ''

function changeOf(raw: Json, collections: readonly string[]): RemoteChange {
  if (!isObject(raw)) throw wrong('a change is no object')
  const { kind, collection, id, revision, record } = raw
  if (!isText(collection) || !collections.includes(collection) || !isText(id)) throw wrong('a row nobody asked for')
  if (kind === 'eviction') return { kind, collection, id }
  if (!isText(revision)) throw wrong('a row without a revision')
  if (kind === 'tombstone') return { kind, collection, id, revision }
  const flaw = isObject(record) ? flawOf(record) : 'the record is no object'
  if (kind !== 'record' || !isObject(record)) throw wrong('a change of an unknown kind')
  if (flaw === undefined) return { kind, collection, id, revision, record }
  return { kind: 'unreadable', collection, id, error: { code: 'SYNC_PROTOCOL', message: flaw } }
}

const isPlace = (value: Json | undefined): boolean =>
  value === null || (isObject(value) && [value['xid'], value['collection'], value['id']].every(isText))

/** The answer of the function `pull`, looked through. @throws WireError `SYNC_PROTOCOL` */
export function answerOf(raw: unknown, request: PullRequest): PullAnswer {
  if (!isObject(raw)) throw wrong('no object')
  const { kind, epoch, now, safe, from, changes, more, last } = raw
  if (!isText(epoch) || typeof now !== 'number' || !isText(safe) || !isText(from)) throw wrong('its head is not whole')
  const head = { epoch, now, safe, from }
  if (kind === 'expired') return { kind, ...head }
  if (kind !== 'page' || !Array.isArray(changes) || typeof more !== 'boolean' || !isPlace(last)) throw wrong('no page')
  if (more && last === null) throw wrong('more, and no place to go on from')
  const place = last as Extract<PullAnswer, { kind: 'page' }>['last']
  return {
    kind,
    ...head,
    more,
    last: place,
    changes: changes.map((change: Json) => changeOf(change, request.feed.collections)),
  }
}

const kinds = ['applied', 'conflict', 'rejected', 'retry']

function isVerdict(raw: Json, collection: string, id: string): boolean {
  if (!isObject(raw) || !kinds.includes(String(raw['kind']))) return false
  const { kind, row, error, outcome } = raw
  if (row !== undefined && !(isObject(row) && row['collection'] === collection && row['id'] === id)) return false
  if ((kind === 'rejected' || kind === 'retry') && !(isObject(error) && isText(error['code']))) return false
  return kind !== 'retry' || outcome === 'unapplied' || outcome === 'unknown'
}

/** Whether a row can be kept. Every verdict allows to leave it out: the next page brings it again, or its reason. */
function isReadable(row: Json | undefined): boolean {
  if (!isObject(row) || !isText(row['revision'])) return false
  const { kind, record } = row
  return kind === 'tombstone' || (kind === 'record' && isObject(record) && flawOf(record) === undefined)
}

function verdictOf(raw: JsonObject): PushVerdict {
  const { row, ...verdict } = raw
  return (isReadable(row) ? raw : verdict) as unknown as PushVerdict
}

/** The verdicts of the function `push`, looked through. @throws WireError `SYNC_PROTOCOL` */
export function verdictsOf(raw: unknown, { operations }: PushRequest): readonly PushVerdict[] {
  if (!Array.isArray(raw) || raw.length !== operations.length) throw wrong('not one verdict for each operation')
  const fit = operations.every(({ collection, id }, index) => isVerdict(raw[index] as Json, collection, id))
  if (!fit) throw wrong('a verdict without its parts, or of another row')
  return raw.map(verdictOf)
}

/** Operations as the kit takes them: only what the id names, because `record` would be as long as `change` again. */
export const operationsOf = ({ operations }: PushRequest): readonly JsonObject[] =>
  operations.map(({ opId, kind, collection, id, expected, change, condition }) => {
    const named = { opId, kind, collection, id, expected, change: change as unknown as JsonObject }
    return condition ? { ...named, condition: condition as unknown as JsonObject } : named
  })

const isRow = (change: RemoteChange): change is QueriedRow => change.kind === 'record' || change.kind === 'unreadable'

/** The answer of the function `query` to a query, looked through. @throws WireError `SYNC_PROTOCOL` */
export function rowsOf(raw: unknown, { collection, limit }: QueryRequest): QueryPage {
  const { rows: given, after } = isObject(raw) ? raw : {}
  if (!Array.isArray(given) || given.length > limit || !(after === null || isText(after))) throw wrong('no rows')
  const rows = given.map((row: Json) => changeOf(row, [collection]))
  if (!rows.every(isRow)) throw wrong('a row of an unknown kind')
  return { rows, after }
}

/** The answer of the function `query` to a count. @throws WireError `SYNC_PROTOCOL` */
export function countOf(raw: unknown): number {
  const count = isObject(raw) ? raw['count'] : undefined
  if (typeof count === 'number' && Number.isSafeInteger(count) && count >= 0) return count
  throw wrong('no count')
}
