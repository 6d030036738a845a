import { type Json, type JsonObject, SyncError } from '@rowkeep/kernel'
import { isObject } from '../json.ts'

/** A check of one value of a request: gives it back with its type, or fails naming where it stood. */
export type Shape<T> = (value: Json | undefined, at: string) => T

/** The error for a request that is none: `SYNC_PROTOCOL`, 400. It names places, never values. */
export const unfit = (at: string, must: string): SyncError =>
  new SyncError('SYNC_PROTOCOL', { message: `${at} must be ${must}` })

/** The own field of an object, as JSON gave it; nothing is inherited. */
export const field = (object: JsonObject, name: string): Json | undefined =>
  Object.hasOwn(object, name) ? object[name] : undefined

/** A JSON object. */
export const anObject: Shape<JsonObject> = (value, at) => {
  if (isObject(value)) return value
  throw unfit(at, 'an object')
}

/** A list. */
export const aList: Shape<readonly Json[]> = (value, at) => {
  if (Array.isArray(value)) return value
  throw unfit(at, 'a list')
}

/** True or false. */
export const aFlag: Shape<boolean> = (value, at) => {
  if (typeof value === 'boolean') return value
  throw unfit(at, 'true or false')
}

/** A number. */
export const aNumber: Shape<number> = (value, at) => {
  if (typeof value === 'number') return value
  throw unfit(at, 'a number')
}

/** Any text. */
export const aText: Shape<string> = (value, at) => {
  if (typeof value === 'string') return value
  throw unfit(at, 'text')
}

/** Text of at least one and at most so many bytes of UTF-8. */
export const aName =
  (bytes: number): Shape<string> =>
  (value, at) => {
    const text = aText(value, at)
    if (text !== '' && new TextEncoder().encode(text).length <= bytes) return text
    throw unfit(at, `text of 1 to ${bytes} bytes`)
  }

/** One of the words given. */
export const oneOf =
  <T extends string>(...words: readonly T[]): Shape<T> =>
  (value, at) => {
    const word = words.find((one) => one === value)
    if (word !== undefined) return word
    throw unfit(at, `one of ${words.join(' ')}`)
  }

/** The value, or null. */
export const orNull =
  <T>(shape: Shape<T>): Shape<T | null> =>
  (value, at) =>
    value === null ? null : shape(value, at)

/** A list of such values. */
export const listOf =
  <T>(shape: Shape<T>): Shape<readonly T[]> =>
  (value, at) =>
    aList(value, at).map((one, index) => shape(one, `${at}[${index}]`))

/** An object with such values; its field names are data, `__proto__` as any other. */
export const mapOf =
  <T>(shape: Shape<T>): Shape<Readonly<Record<string, T>>> =>
  (value, at) =>
    Object.fromEntries(Object.entries(anObject(value, at)).map(([name, one]) => [name, shape(one, `a field of ${at}`)]))
