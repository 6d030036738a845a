import type { Failure, JsonObject, RemoteChange, RemoteRow, Revision } from '@rowkeep/kernel'
import { protocolError } from '../errors.ts'
import { flawOf, isObject } from '../json.ts'
import { type Stamp, stampOf } from './stamps.ts'
import { revisionColumn, type Table } from './table.ts'

const unreadable = (message: string): Failure => ({ code: 'SYNC_PROTOCOL', message })

/** The id of a row as text; ids that are numbers in the database are text everywhere else. */
function idOf(raw: JsonObject, { name, id }: Table): string {
  const value = raw[id]
  if ((typeof value === 'string' && value !== '') || typeof value === 'number') return String(value)
  throw protocolError(`a row of ${name} has no "${id}"`)
}

/** The place of a row in its feed; `undefined` where its stamp is empty or no moment. */
export const placeOf = (raw: JsonObject, table: Table): { readonly stamp: Stamp | undefined; readonly id: string } => ({
  stamp: stampOf(raw[table.updatedAt]),
  id: idOf(raw, table),
})

/** The revision of a row, or why it has none. Versions are counted from 1, so text order with length first is their order. */
function revisionOf(raw: JsonObject, table: Table): Revision | Failure {
  const column = revisionColumn(table)
  const value = raw[column]
  if (table.version === undefined)
    return stampOf(value) ?? unreadable(`${column} is no moment: ${JSON.stringify(value)}`)
  const text = String(value)
  return /^\d{1,19}$/.test(text) ? text : unreadable(`${column} is no whole number: ${JSON.stringify(value)}`)
}

const isFailure = (value: Revision | Failure): value is Failure => typeof value !== 'string'

/** The record of a row: every column that is not hidden. */
const recordOf = (raw: JsonObject, table: Table, id: string): JsonObject => ({
  ...(Object.fromEntries(Object.entries(raw).filter(([column]) => !table.hidden.has(column))) as JsonObject),
  [table.id]: id,
})

/** A row as the kernel takes it; one that cannot be read comes as `unreadable` with the reason. */
export function changeOf(raw: JsonObject, collection: string, table: Table): RemoteRow | RemoteChange {
  const id = idOf(raw, table)
  const revision = revisionOf(raw, table)
  if (isFailure(revision)) return { kind: 'unreadable', collection, id, error: revision }
  if (table.deleted !== undefined && raw[table.deleted] === true) return { kind: 'tombstone', collection, id, revision }
  const record = recordOf(raw, table, id)
  const flaw = flawOf(record)
  if (flaw !== undefined) return { kind: 'unreadable', collection, id, error: unreadable(flaw) }
  return { kind: 'record', collection, id, revision, record }
}

/** The same, where only a row will do; `undefined`: it cannot be read. */
export function rowOf(raw: JsonObject, collection: string, table: Table): RemoteRow | undefined {
  const change = changeOf(raw, collection, table)
  return change.kind === 'record' || change.kind === 'tombstone' ? change : undefined
}

/** Word that a row stands, without the row. `undefined`: its revision cannot be read, so it cannot be said. */
export function listedOf(raw: JsonObject, collection: string, table: Table): RemoteChange {
  const id = idOf(raw, table)
  const revision = revisionOf(raw, table)
  if (isFailure(revision)) return { kind: 'unreadable', collection, id, error: revision }
  return { kind: 'listed', collection, id, revision }
}

/** The rows of an answer. @throws WireError `SYNC_PROTOCOL` where it is no list of rows */
export function rowsIn(data: unknown, what: string): readonly JsonObject[] {
  if (Array.isArray(data) && data.every(isObject)) return data
  throw protocolError(`${what} was answered with something that is no list of rows`)
}
