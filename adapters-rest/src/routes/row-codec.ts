import type { JsonObject, RemoteChange, RemoteRow } from '@rowkeep/kernel'
import { protocolError } from '../errors.ts'
import { flawOf, isObject } from '../json.ts'

/** Where a row says what belongs beside its record: names of its fields; `undefined`: it does not say. */
export interface RowMarks {
  readonly key: string
  readonly revision: string | undefined
  /** Versions are whole numbers that grow with each write, deletions included. */
  readonly ordered: boolean
  readonly stamp: string | undefined
  readonly deleted: string | undefined
  /** The longest id taken, bytes of UTF-8. */
  readonly idBytes: number
}

/** What the app may put in the place of field-for-field. */
export interface RecordForms {
  readonly decode: ((row: JsonObject) => JsonObject) | undefined
  readonly encode: ((record: JsonObject) => JsonObject) | undefined
}

/** A row as it came, with its id. */
export interface RawRow {
  readonly id: string
  readonly raw: JsonObject
}

/** Rows of one collection, to and from the wire. */
export interface RowCodec {
  readonly marks: RowMarks
  /** @throws WireError `SYNC_PROTOCOL` for what is no row, or has no usable key */
  head(raw: unknown, at: string): RawRow
  /** The row, or why it cannot be read. `revision` is what a header said; `undefined`: none did. */
  row(head: RawRow, revision?: string): RemoteRow | string
  /**
   * The version that an `ETag` names; `undefined` where versions are not known, and for a weak tag, which `If-Match` cannot use
   * (RFC 9110, 13.1.1).
   */
  tagged(etag: string | null): string | undefined
  /** The same as a change of a page: what cannot be read is set aside, and the page goes on. */
  change(head: RawRow): RemoteChange
  body(record: JsonObject): JsonObject
}

/** The value of a field of the row itself; `undefined`: it has none, or there is no such field. */
export const own = (row: JsonObject, field: string | undefined): JsonObject[string] | undefined =>
  field !== undefined && Object.hasOwn(row, field) ? row[field] : undefined

/** The inner text of an entity tag (RFC 9110, 8.8.3), or the text itself. */
const tagText = (text: string): string => /^(?:W\/)?"(.*)"$/.exec(text)?.[1] ?? text

// What an entity tag may hold, so that it can be sent back in If-Match.
const fitsTag = (text: string): boolean => /^[!#-~]+$/.test(text)

function revisionOf(value: JsonObject[string] | undefined, ordered: boolean): string | undefined {
  const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? tagText(value) : ''
  return (ordered ? /^(0|[1-9]\d*)$/.test(text) : fitsTag(text)) ? text : undefined
}

/** Whether a row is marked by this value of the field for that, as deleted. */
export const isMarked = (value: JsonObject[string] | undefined): boolean =>
  value !== undefined && value !== null && value !== false && value !== 0 && value !== ''

function withoutMarks(raw: JsonObject, { key, revision, stamp, deleted }: RowMarks, id: string): JsonObject {
  const marks = [revision, stamp, deleted]
  // fromEntries makes own fields whatever their names are; __proto__ stays a field like any other.
  return Object.fromEntries(
    Object.entries(raw)
      .filter(([field]) => !marks.includes(field))
      .map(([field, value]) => [field, field === key ? id : value]),
  ) as JsonObject
}

function recordOf(raw: JsonObject, id: string, marks: RowMarks, forms: RecordForms): JsonObject | string {
  let record: unknown
  try {
    record = forms.decode === undefined ? withoutMarks(raw, marks, id) : forms.decode(raw)
  } catch (thrown) {
    return `decode() threw ${thrown instanceof Error ? thrown.name : typeof thrown}`
  }
  if (!isObject(record)) return 'decode() gave no object'
  const flaw = flawOf(record)
  return flaw === undefined ? record : `record cannot be kept: ${flaw}`
}

function keyOf(raw: JsonObject, { key, idBytes }: RowMarks, at: string): string {
  const value = own(raw, key)
  // Other systems number their rows; an id is text here.
  const id = typeof value === 'number' ? String(value) : value
  if (typeof id !== 'string' || id === '') throw protocolError(`${at} has no ${key}, which is to be its key`)
  if (new TextEncoder().encode(id).length <= idBytes) return id
  throw protocolError(`the ${key} of ${at} is longer than ${idBytes} bytes`)
}

/** The codec of one collection. */
export function rowCodec(collection: string, marks: RowMarks, forms: RecordForms): RowCodec {
  const row = ({ id, raw }: RawRow, fromHeader?: string): RemoteRow | string => {
    const inRow = revisionOf(own(raw, marks.revision), marks.ordered)
    const revision = marks.revision === undefined ? null : (inRow ?? fromHeader)
    if (revision === undefined) return `${marks.revision} holds no version that If-Match can carry`
    const head = { collection, id, revision }
    if (isMarked(own(raw, marks.deleted))) return { kind: 'tombstone', ...head }
    const record = recordOf(raw, id, marks, forms)
    return typeof record === 'string' ? record : { kind: 'record', ...head, record }
  }
  return {
    marks,
    head(raw, at) {
      if (!isObject(raw)) throw protocolError(`${at} is no object`)
      return { id: keyOf(raw, marks, at), raw }
    },
    row,
    tagged(etag) {
      if (marks.revision === undefined || etag === null || etag.startsWith('W/')) return undefined
      return revisionOf(etag, marks.ordered)
    },
    change(head) {
      const read = row(head)
      if (typeof read !== 'string') return read
      return { kind: 'unreadable', collection, id: head.id, error: { code: 'SYNC_PROTOCOL', message: read } }
    },
    body: forms.encode ?? ((record) => record),
  }
}
