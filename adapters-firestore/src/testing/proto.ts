import type { Json, JsonObject } from '@rowkeep/kernel'
import { invalid } from './status.ts'

/** `google.firestore.v1.Value` as proto3 JSON: one key that names the type. */
export type Value = JsonObject
/** Fields of a document or of a map value. */
export type Fields = Readonly<Record<string, Value>>

/** A document without its name. */
export interface StoredDoc {
  readonly fields: Fields
  /** RFC 3339 with microseconds, UTC. */
  readonly createTime: string
  readonly updateTime: string
}

/** Whether it is a JSON object. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The list, or none where the key is absent: proto3 JSON leaves empty lists out. */
export function listOf(value: Json | undefined, what: string): readonly Json[] {
  if (value === undefined || value === null) return []
  if (Array.isArray(value)) return value
  throw invalid(`Invalid value at '${what}', expected a list`)
}

/** The object at a key. */
export function objectOf(value: Json | undefined, what: string): JsonObject {
  if (isObject(value)) return value
  throw invalid(`Invalid value at '${what}', expected an object`)
}

/** The text at a key. */
export function textOf(value: Json | undefined, what: string): string {
  if (typeof value === 'string') return value
  throw invalid(`Invalid value at '${what}', expected a string`)
}

/** Fields of a map value or document. */
export const fieldsOf = (value: Json | undefined): Fields => (isObject(value) ? (value as Fields) : {})

/** The elements of an array value. */
export const elementsOf = (value: Value): readonly Value[] =>
  listOf(isObject(value['arrayValue']) ? value['arrayValue']['values'] : undefined, 'array_value.values') as Value[]

/** Where a value is a number: the number. `undefined`: it is none. */
export function numberOf(value: Value | undefined): number | undefined {
  if (value === undefined) return undefined
  if ('integerValue' in value) return Number(value['integerValue'])
  return 'doubleValue' in value ? Number(value['doubleValue']) : undefined
}

/** Microseconds since the epoch of an RFC 3339 time with up to nine decimals; nanoseconds are cut off, as the service does. */
export function microsOf(time: string): number {
  const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(time)
  const seconds = parts ? Date.parse(`${parts[1]}${parts[3]}`) : Number.NaN
  if (Number.isNaN(seconds)) throw invalid(`Invalid value, ${JSON.stringify(time)} is no timestamp`)
  return seconds * 1000 + Number((parts?.[2] ?? '').slice(0, 6).padEnd(6, '0'))
}

/** The time as the service writes it. */
export function timeOf(micros: number): string {
  const seconds = Math.floor(micros / 1e6)
  const text = new Date(seconds * 1000).toISOString().slice(0, 19)
  return `${text}.${String(micros - seconds * 1e6).padStart(6, '0')}Z`
}

/** A time as the service keeps it, without a number in between: microseconds of far years are beyond 2^53. */
function storedTime(time: string): string {
  const seconds = timeOf(microsOf(time.replace(/\.\d{1,9}/, ''))).slice(0, 19)
  const fraction = /\.(\d{1,9})/.exec(time)?.[1] ?? ''
  return `${seconds}.${fraction.slice(0, 6).padEnd(6, '0')}Z`
}

/** Deeper than any document that can be held: what is below is left as it is, and refused later. */
const deepest = 100

/** A message with the times of its values as the service keeps them: in UTC, cut to microseconds. */
export function withStoredTimes(message: Json, level = 0): Json {
  if (typeof message !== 'object' || message === null || level > deepest) return message
  if (Array.isArray(message)) return message.map((part: Json) => withStoredTimes(part, level + 1))
  // Below the name of a field there is an object, so this is the type of a value, whatever names fields have.
  const stored = (name: string, part: Json): Json =>
    name === 'timestampValue' && typeof part === 'string' ? storedTime(part) : withStoredTimes(part, level + 1)
  return Object.fromEntries(Object.entries(message).map(([name, part]) => [name, stored(name, part)]))
}
