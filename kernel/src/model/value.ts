import type { Json, JsonObject } from '../env/json.ts'
import { invalidInput } from '../errors/sync-error.ts'

/** Levels of nesting a value may have. */
export const maxDepth = 100

/** Whether it is an object that is no list. */
export const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const refuse = (path: string, why: string): never => {
  throw invalidInput(`${path.slice(0, 200)} ${why}`)
}

/** A plain object of whatever realm: its prototype is nothing, or has none. */
const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return !prototype || !Object.getPrototypeOf(prototype)
}

function copyFields(value: object, path: string, depth: number, given = Object.entries(value)): JsonObject {
  if (!isPlain(value)) refuse(path, `is a ${value.constructor?.name}, not JSON: give text or a plain object`)
  if (Object.hasOwn(value, '__proto__')) refuse(path, 'has a field __proto__')
  const fields = given.map(([field, inner]) => [field, copy(inner, `${path}.${field}`, depth + 1)])
  // fromEntries defines own fields whatever their names, so no name can reach a prototype.
  return Object.freeze(Object.fromEntries(fields)) as JsonObject
}

function copy(value: unknown, path: string, depth: number): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  // Adding 0 makes -0 what JSON makes of it.
  if (Number.isFinite(value)) return (value as number) + 0
  if (typeof value !== 'object') return refuse(path, `is a ${typeof value}, not JSON: ${String(value).slice(0, 40)}`)
  if (depth >= maxDepth) return refuse(path.slice(0, 60), 'is nested too deep, or cyclic')
  if (!Array.isArray(value)) return copyFields(value, path, depth)
  return Object.freeze(Array.from(value, (one, index) => copy(one, `${path}[${index}]`, depth + 1)))
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
  if (!isObject(value)) return refuse(path, 'must be an object')
  const given = Object.entries(value).filter(([, inner]) => inner !== undefined)
  return copyFields(value, path, 0, given)
}

const encoder = new TextEncoder()

/** Bytes of the value's JSON in UTF-8. */
export const byteLength = (value: Json): number => encoder.encode(JSON.stringify(value)).length
