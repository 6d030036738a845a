import type { Json, JsonObject } from '@rowkeep/kernel'
import { recordOf, storedFieldsOf } from '../codec.ts'
import { documentIdOf } from '../names.ts'
import { elementsOf, type Fields, fieldsOf, isObject, type Value } from './proto.ts'

/** The document id of a record's id. */
export const idOf: (id: string) => string = documentIdOf

function wireValueOf(value: unknown): Value {
  if (value === null || value === undefined) return { nullValue: null }
  if (typeof value === 'boolean') return { booleanValue: value }
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'number')
    return Number.isSafeInteger(value) ? { integerValue: String(value) } : { doubleValue: value }
  if (Array.isArray(value)) return { arrayValue: { values: value.map((one: unknown) => wireValueOf(one)) } }
  return { mapValue: { fields: mapOf(value) } }
}

const mapOf = (map: object): Fields =>
  Object.fromEntries(Object.entries(map).map(([name, value]) => [name, wireValueOf(value)]))

/** A record as the adapter of another device would have stored it. */
export const protoOf = (record: JsonObject): Fields => mapOf(storedFieldsOf(record))

function plainOf(value: Value): Json {
  // Its value is null, or the word NULL_VALUE: proto3 JSON takes both.
  if ('nullValue' in value) return null
  if ('integerValue' in value) return Number(value['integerValue'])
  if ('doubleValue' in value) return Number(value['doubleValue'])
  if ('arrayValue' in value) return elementsOf(value).map(plainOf)
  const map = value['mapValue']
  if (isObject(map)) return plainMap(fieldsOf(map['fields']))
  return Object.values(value)[0] ?? null
}

const plainMap = (fields: Fields): JsonObject =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plainOf(value)]))

/** The record in a document. */
export const jsonOf = (fields: Fields): JsonObject => recordOf({ documentId: '', fields: plainMap(fields) })
