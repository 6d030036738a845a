import type { Json } from '@rowkeep/kernel'
import { fieldNameOf, recordFieldOf, wrappers } from './names.ts'

/** What the SDK takes and gives for a value: JSON, and on the way back its own classes. */
export type StoredValue = unknown
/** Fields of a document, or of a map in it. */
export type StoredMap = Readonly<Record<string, StoredValue>>

/** Levels of maps and lists that one field may have in Firestore. */
const mostLevels = 20

const asText = (value: Json): StoredMap => ({ [wrappers.json]: JSON.stringify(value) })

function storedIn(value: Json, levels: number, inList: boolean): StoredValue {
  if (value === null || typeof value !== 'object') return value
  // A list in a list takes two levels, its wrapper and itself; what would leave no room for its parts goes as text.
  if (levels < 3) return asText(value)
  if (!Array.isArray(value)) {
    const fields = Object.entries(value).map(([name, part]) => [fieldNameOf(name), storedIn(part, levels - 1, false)])
    return Object.fromEntries(fields)
  }
  const room = inList ? levels - 2 : levels - 1
  const list = value.map((part: Json) => storedIn(part, room, true))
  return inList ? { [wrappers.list]: list } : list
}

/** A field's value as Firestore can hold it: no list directly in a list, no more than 20 levels, no reserved names. */
export const storedValueOf = (value: Json): StoredValue => storedIn(value, mostLevels, false)

type Parts = Readonly<Record<string, unknown>>

const hasMethod = (value: object, name: string): boolean => typeof (value as Parts)[name] === 'function'

/** ISO 8601 with the nanoseconds that are not zero. */
function isoOf({ seconds, nanoseconds }: { readonly seconds: number; readonly nanoseconds: number }): string {
  const digits = String(nanoseconds).padStart(9, '0')
  const fraction = digits.replace(/^(\d{3}(?:\d*[1-9])?)0*$/, '$1')
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${fraction}Z`
}

/**
 * Values that only other writers store, as JSON; `undefined`: a plain map. Known by their shape, not their class, because the
 * lite and the full SDK bring one each.
 */
function foreignOf(value: object): Json | undefined {
  const parts = value as Parts
  if (hasMethod(value, 'toMillis') && typeof parts['seconds'] === 'number') return isoOf(value as never)
  if (hasMethod(value, 'toBase64')) return (value as { toBase64(): string }).toBase64()
  if (typeof parts['latitude'] === 'number' && hasMethod(value, 'isEqual'))
    return { latitude: parts['latitude'], longitude: Number(parts['longitude']) }
  if (typeof parts['path'] === 'string' && hasMethod(value, 'withConverter')) return parts['path']
  if (hasMethod(value, 'toArray')) return (value as { toArray(): number[] }).toArray()
  return undefined
}

function mapOf(value: object): Json {
  const entries = Object.entries(value)
  const [first] = entries
  if (entries.length === 1 && first) {
    const [name, inner] = first
    if (name === wrappers.list && Array.isArray(inner)) return inner.map((part: unknown) => jsonValueOf(part))
    if (name === wrappers.json && typeof inner === 'string') return JSON.parse(inner) as Json
  }
  return Object.fromEntries(entries.map(([field, part]) => [recordFieldOf(field), jsonValueOf(part)]))
}

/**
 * A field's value as JSON. Values of other writers become text where JSON has no type for them: timestamps ISO 8601, bytes
 * base64, references their path; a GeoPoint becomes `{ latitude, longitude }`.
 * @throws Error for a number that is not finite, and for JSON text that is none
 */
export function jsonValueOf(value: StoredValue): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return value
    throw new TypeError(`${value} is not a number that JSON has`)
  }
  if (typeof value !== 'object') throw new TypeError(`a ${typeof value} is not JSON`)
  if (Array.isArray(value)) return value.map((part: unknown) => jsonValueOf(part))
  return foreignOf(value) ?? mapOf(value)
}
