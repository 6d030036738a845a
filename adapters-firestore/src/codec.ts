import type { Json, JsonObject, RemoteChange, RemoteRow } from '@rowkeep/kernel'
import { type Fields, mapFields } from '@rowkeep/kernel/adapters'
import type { Stamp } from './cursor.ts'
import { fieldTextOf, storedFieldOf } from './fields.ts'
import { bytesOf, fieldNameOf, isTorn, nameBytes, own, recordFieldOf, recordIdOf } from './names.ts'
import { jsonValueOf, type StoredMap, type StoredValue, storedValueOf } from './values.ts'

/** A document as the SDK gives it. */
export interface StoredDocument {
  readonly documentId: string
  readonly fields: StoredMap
}

/** The document's revision as a number; `undefined`: it is not one of ours, or not any more. */
export function revisionOf({ fields }: StoredDocument): number | undefined {
  const revision = fields[own.revision]
  return Number.isSafeInteger(revision) && (revision as number) > 0 ? (revision as number) : undefined
}

/** When the document was last written, as the server stamped it; `undefined`: it bears no stamp. */
export function stampOf({ fields }: StoredDocument): Stamp | undefined {
  const stamp = fields[own.changedAt] as Partial<Stamp> | null | undefined
  if (typeof stamp?.seconds !== 'number' || typeof stamp.nanoseconds !== 'number') return undefined
  return { seconds: stamp.seconds, nanoseconds: stamp.nanoseconds }
}

/** The stamp in whole milliseconds, rounded down. */
export const millisOf = ({ seconds, nanoseconds }: Stamp): number => seconds * 1000 + Math.floor(nanoseconds / 1e6)

/** Whether the document is what a deletion left. */
export const isTombstone = ({ fields }: StoredDocument): boolean => fields[own.deleted] === true

const ours: readonly string[] = Object.values(own)

/** A record's fields as a document has them, our own not among them. */
export function storedFieldsOf(record: JsonObject, fields: Fields = {}): StoredMap {
  const storedOf = (field: string, value: Json): StoredValue => {
    const codec = Object.hasOwn(fields, field) && fields[field]
    return codec ? storedFieldOf(codec, value) : storedValueOf(value)
  }
  return Object.fromEntries(
    Object.entries(record).map(([field, value]) => [fieldNameOf(field), storedOf(field, value)]),
  )
}

/** The record in a document. @throws Error for a value that JSON does not have */
export function recordOf({ fields }: StoredDocument): JsonObject {
  const entries = Object.entries(fields).filter(([name]) => !ours.includes(name))
  return Object.fromEntries(entries.map(([name, value]) => [recordFieldOf(name), jsonValueOf(value)]))
}

/** The row in a document. @throws Error for a document that no writer under the rules has left */
export function rowOf(document: StoredDocument, collection: string, id: string, fields: Fields): RemoteRow {
  const revision = revisionOf(document)
  if (revision === undefined) throw new TypeError(`${own.revision} must be a whole number from 1`)
  const head = { collection, id, revision: String(revision) }
  return isTombstone(document)
    ? { kind: 'tombstone', ...head }
    : { kind: 'record', ...head, record: mapFields(recordOf(document), fields, fieldTextOf) }
}

/** The change a document stands for; one that cannot be read is `unreadable` with the reason. */
export function changeOf(document: StoredDocument, collection: string, fields: Fields): RemoteChange {
  const id = recordIdOf(document.documentId)
  const unreadable = (message: string): RemoteChange => ({
    kind: 'unreadable',
    collection,
    id: id ?? document.documentId,
    error: { code: 'SYNC_PROTOCOL', message },
  })
  if (id === undefined) return unreadable('the document id is none that this adapter gives')
  try {
    return rowOf(document, collection, id, fields)
  } catch (thrown) {
    return unreadable(thrown instanceof Error ? thrown.message : String(thrown))
  }
}

/** Why a value cannot be held, or `undefined` if it can. */
export function flawOf(value: Json, name = ''): 'torn' | 'long' | undefined {
  if (bytesOf(fieldNameOf(name)) > nameBytes) return 'long'
  if (isTorn(name) || (typeof value === 'string' && isTorn(value))) return 'torn'
  if (typeof value !== 'object' || value === null) return undefined
  for (const [field, part] of Object.entries(value)) {
    const flaw = flawOf(part as Json, Array.isArray(value) ? '' : field)
    if (flaw !== undefined) return flaw
  }
  return undefined
}
