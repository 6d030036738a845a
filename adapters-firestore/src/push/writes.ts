import { type Json, type JsonObject, type PushOperation, type RemoteRow, SyncError } from '@rowkeep/kernel'
import type { Fields } from '@rowkeep/kernel/adapters'
import { flawOf, storedFieldsOf } from '../codec.ts'
import { digestOf } from '../digest.ts'
import { bytesOf, documentIdOf, fieldNameOf, own } from '../names.ts'
import { type DocumentWrite, requestTime } from '../requests.ts'
import { documentBytes, sizeOfDocument } from '../size.ts'
import type { StoredMap } from '../values.ts'

/** Where the documents of an operation are. */
export interface Target {
  readonly operation: PushOperation
  /** The collection of the record, and of the marks of operations. */
  readonly records: string
  readonly mutations: string
  readonly documentId: string
  /** What the record's fields hold that JSON has no type for. */
  readonly fields: Fields
}

/** An operation as the two documents it writes. */
export interface RecordWrite {
  readonly target: Target
  /** What the record's revision becomes. The rules refuse it unless that is the next one. */
  readonly revision: number
  /** The row as it then stands at the server. */
  readonly row: RemoteRow
  readonly document: DocumentWrite
}

const stamped = (revision: number, deleted: boolean): StoredMap => ({
  [own.revision]: revision,
  [own.changedAt]: requestTime(),
  [own.deleted]: deleted,
})

const encodedAs = (id: string): string => {
  if (flawOf(id) === undefined) return documentIdOf(id)
  throw new SyncError('SYNC_REJECTED', {
    message: 'the id holds half of a surrogate pair, which Firestore cannot hold',
  })
}

/** The documents of an operation. @throws SyncError `SYNC_REJECTED` `SYNC_CONFIG_INVALID` */
export function targetOf(operation: PushOperation, records: string, mutations: string, fields: Fields): Target {
  return { operation, records, mutations, documentId: encodedAs(operation.id), fields }
}

/** @throws SyncError `SYNC_TOO_LARGE` `SYNC_REJECTED` */
function mustFit(record: JsonObject, { records, documentId, fields: codecs }: Target, recordBytes: number): StoredMap {
  const flaw = flawOf(record)
  if (flaw === 'torn')
    throw new SyncError('SYNC_REJECTED', {
      message: 'a text holds half of a surrogate pair, which Firestore cannot hold',
    })
  if (flaw === 'long') throw new SyncError('SYNC_TOO_LARGE', { message: 'a field name is longer than 1500 bytes' })
  const fields = storedFieldsOf(record, codecs)
  const bytes = bytesOf(JSON.stringify(record))
  const stored = sizeOfDocument(`${records}/${documentId}`, fields)
  if (bytes <= recordBytes && stored <= documentBytes) return fields
  const message = `the record has ${bytes} bytes as JSON (at most ${recordBytes}) and ${stored} in Firestore (at most ${documentBytes})`
  throw new SyncError('SYNC_TOO_LARGE', { message, details: { bytes, stored } })
}

/**
 * The write of an operation that gives the record this revision. `record`: the whole record after it, `null` for a delete.
 * `whole`: the document is written anew rather than some of its fields.
 * @throws SyncError `SYNC_TOO_LARGE` `SYNC_REJECTED`: it can never be written
 */
export function writeOf(target: Target, revision: number, record: JsonObject | null, recordBytes: number): RecordWrite {
  const { operation, records: path, documentId } = target
  const { collection, id, kind, change } = operation
  const head = { collection, id, revision: String(revision) }
  if (record === null) {
    const document: DocumentWrite = { kind: 'whole', path, documentId, fields: stamped(revision, true) }
    return { target, revision, row: { kind: 'tombstone', ...head }, document }
  }
  const fields = mustFit(record, target, recordBytes)
  const row: RemoteRow = { kind: 'record', ...head, record }
  const marks = stamped(revision, false)
  if (kind === 'create')
    return { target, revision, row, document: { kind: 'whole', path, documentId, fields: { ...fields, ...marks } } }
  const { set = {}, unset = [], increment = {}, append = {} } = change
  const names = [...Object.keys(set), ...Object.keys(increment), ...Object.keys(append)].map(fieldNameOf)
  const changed = Object.fromEntries(names.map((name) => [name, fields[name]]))
  const gone = unset.map(fieldNameOf).filter((name) => !names.includes(name))
  return {
    target,
    revision,
    row,
    document: { kind: 'fields', path, documentId, set: { ...changed, ...marks }, unset: gone },
  }
}

/** The mark that the operation is done. It can be written only once, so nothing is done twice. */
export function markOf({ operation, mutations: path }: Target): DocumentWrite {
  const fields = { digest: digestOf(operation), at: requestTime() }
  return { kind: 'whole', path, documentId: documentIdOf(operation.opId), fields }
}

function numberOf(value: Json | undefined, field: string): number {
  if (value === undefined || value === null) return 0
  if (typeof value === 'number') return value
  throw new SyncError('SYNC_REJECTED', { message: `${JSON.stringify(field)} is no number, and cannot be incremented` })
}

function listOf(value: Json | undefined, field: string): readonly Json[] {
  if (value === undefined || value === null) return []
  if (Array.isArray(value)) return value
  throw new SyncError('SYNC_REJECTED', { message: `${JSON.stringify(field)} is no list, and nothing can be appended` })
}

/** The record with the operation's change on it. @throws SyncError `SYNC_REJECTED` where a field is of another type */
export function changed(record: JsonObject, { change }: PushOperation): JsonObject {
  const { set = {}, unset = [], increment = {}, append = {} } = change
  const fields = new Map<string, Json>(Object.entries(record))
  for (const field of unset) fields.delete(field)
  for (const [field, value] of Object.entries(set)) fields.set(field, value)
  for (const [field, by] of Object.entries(increment)) fields.set(field, numberOf(fields.get(field), field) + by)
  for (const [field, items] of Object.entries(append))
    fields.set(field, [...listOf(fields.get(field), field), ...items])
  return Object.fromEntries(fields)
}
