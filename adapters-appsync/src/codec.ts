import type { Json, JsonObject, OpId, RemoteChange, RemoteRow } from '@rowkeep/kernel'
import { protocolError } from './failure.ts'
import { flawOf, isObject } from './json.ts'
import type { Model } from './model.ts'

/** A row as AppSync gives it, with what the next write of it has to know. */
export interface Row {
  readonly row: RemoteRow
  readonly version: number
  readonly deleted: boolean
  readonly marks: readonly OpId[]
}

const isText = (value: unknown): value is string => typeof value === 'string'

function fieldFrom(field: string, value: Json, { json }: Model): Json {
  if (!json.has(field) || value === null) return value
  if (!isText(value)) throw new TypeError(`${field} is no AWSJSON`)
  return JSON.parse(value) as Json
}

/** The record of a row. A field that the row does not have is `null`, as AppSync answers it. */
function recordOf(raw: JsonObject, id: string, model: Model): JsonObject {
  const fields = model.fields.map(
    (field) => [field, fieldFrom(field, Object.hasOwn(raw, field) ? (raw[field] as Json) : null, model)] as const,
  )
  return Object.fromEntries(model.hasId ? [['id', id] as const, ...fields] : fields)
}

/** The row, or why it cannot be read. Its id is known to be good. */
function read(raw: JsonObject, id: string, collection: string, model: Model): Row | string {
  const { _version: version, _deleted: deleted, _m: marks } = raw
  if (!Number.isSafeInteger(version)) return '_version must be a whole number'
  if (marks !== null && marks !== undefined && !(Array.isArray(marks) && marks.every(isText))) return '_m must list ids'
  const contains: readonly OpId[] = Array.isArray(marks) ? (marks as string[]) : []
  const head = { collection, id, revision: String(version), contains }
  const common = { version: version as number, marks: contains }
  if (deleted === true) return { ...common, deleted: true, row: { kind: 'tombstone', ...head } }
  try {
    const record = recordOf(raw, id, model)
    const flaw = flawOf(record)
    if (flaw !== undefined) return `the record cannot be kept: ${flaw}`
    return { ...common, deleted: false, row: { kind: 'record', ...head, record } }
  } catch (thrown) {
    // The parser's own message quotes the text, which may be anything.
    return thrown instanceof SyntaxError ? 'an AWSJSON field holds no JSON' : (thrown as Error).message
  }
}

/**
 * A row of an answer.
 * @throws WireError `SYNC_PROTOCOL` where it cannot be read, or is not the one that was asked for
 */
export function rowOf(raw: unknown, id: string, collection: string, model: Model): Row {
  if (!isObject(raw)) throw protocolError(`${model.name} ${JSON.stringify(id.slice(0, 100))}: the row is no object`)
  if (raw['id'] !== id) throw protocolError(`${model.name}: the answer is about another row than was asked for`)
  const row = read(raw, id, collection, model)
  if (typeof row === 'string') throw protocolError(`${model.name} ${JSON.stringify(id.slice(0, 100))}: ${row}`)
  return row
}

/** A row of a page; one that cannot be read becomes `unreadable` with the reason. @throws WireError `SYNC_PROTOCOL` if it has no id */
export function itemOf(raw: unknown, collection: string, model: Model): Row | RemoteChange {
  const id = isObject(raw) ? raw['id'] : undefined
  if (!isText(id) || id === '') throw protocolError(`sync${model.plural}: a row without an id`)
  const row = read(raw as JsonObject, id, collection, model)
  return typeof row === 'string' ? unreadable(collection, id, row) : row
}

/** A row that is set aside, and why. */
export const unreadable = (collection: string, id: string, message: string): RemoteChange => ({
  kind: 'unreadable',
  collection,
  id,
  error: { code: 'SYNC_PROTOCOL', message },
})

/** Fields as a mutation takes them. */
export const inputOf = (fields: JsonObject, { json }: Model): JsonObject =>
  Object.fromEntries(
    Object.entries(fields).map(([field, value]) => [
      field,
      json.has(field) && value !== null ? JSON.stringify(value) : value,
    ]),
  )
