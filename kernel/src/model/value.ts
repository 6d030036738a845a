import type { Json, JsonObject } from '../env/json.ts'
import { SyncError } from '../errors/sync-error.ts'

const maxDepth = 100

const refuse = (path: string, why: string): never => {
  throw new SyncError('SYNC_INPUT_INVALID', { message: `${path} ${why}`, details: { path: path.slice(0, 200) } })
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function copyObject(value: object, path: string, depth: number): JsonObject {
  if (!isPlain(value)) {
    refuse(path, `is a ${value.constructor?.name ?? 'class instance'}: give JSON, for example an ISO text for a date`)
  }
  const fields = Object.entries(value).map(([field, inner]): [string, Json] => {
    if (field === '__proto__') refuse(path, 'has a field named __proto__')
    return [field, copy(inner, `${path}.${field}`, depth + 1)]
  })
  // fromEntries defines own fields whatever their names, so no name can reach a prototype.
  return Object.freeze(Object.fromEntries(fields))
}

function copy(value: unknown, path: string, depth: number): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number')
    return Number.isFinite(value) ? value + 0 : refuse(path, `is ${value}: not a JSON number`)
  if (typeof value !== 'object')
    return refuse(path, `is ${typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`}: not JSON`)
  if (depth >= maxDepth) return refuse(path.slice(0, 60), `… is nested deeper than ${maxDepth} levels, or cyclic`)
  if (Array.isArray(value)) {
    return Object.freeze(Array.from(value, (one, index) => copy(one, `${path}[${index}]`, depth + 1)))
  }
  return copyObject(value, path, depth)
}

/**
 * A deep frozen copy of a JSON value: finite numbers, plain objects, at most 100 levels.
 * @throws SyncError `SYNC_INPUT_INVALID` naming the path of the first value that is not JSON
 */
export const toJson = (value: unknown, path: string): Json => copy(value, path, 0)

/**
 * A record as frozen JSON. Top-level fields that are `undefined` count as absent.
 * @throws SyncError `SYNC_INPUT_INVALID`
 */
export function toRecord(value: unknown, path: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse(path, 'is not an object')
  if (!isPlain(value)) return copyObject(value, path, 0)
  return copyObject(Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)), path, 0)
}

const encoder = new TextEncoder()

/** Bytes of the value's JSON in UTF-8. */
export const byteLength = (value: Json): number => encoder.encode(JSON.stringify(value)).length
