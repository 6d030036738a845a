import type { JsonObject } from '../env/json.ts'
import { sameValue } from './compare.ts'
import type { Change, Operation } from './stored.ts'

const without = (record: JsonObject, fields: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(record).filter(([field]) => !fields.includes(field)))

/** The record after an operation; `null`: there is none. An update of nothing stays nothing. */
export function applyOperation(
  record: JsonObject | null,
  operation: Pick<Operation, 'kind' | 'change'>,
): JsonObject | null {
  const { kind, change } = operation
  if (kind === 'delete') return null
  if (kind === 'create') return change.set ?? {}
  if (record === null) return null
  return Object.freeze({ ...without(record, change.unset ?? []), ...change.set })
}

/** The fields of either record whose values differ. */
export function differingFields(a: JsonObject, b: JsonObject): readonly string[] {
  const fields = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...fields].filter(
    (field) => Object.hasOwn(a, field) !== Object.hasOwn(b, field) || !sameValue(a[field], b[field]),
  )
}

/** Both absent, or field by field equal. */
export const sameRecord = (a: JsonObject | null, b: JsonObject | null): boolean =>
  a === null || b === null ? a === b : differingFields(a, b).length === 0

const pick = (record: JsonObject, fields: readonly string[]): JsonObject =>
  Object.freeze(Object.fromEntries(fields.map((field) => [field, record[field] as JsonObject[string]])))

/** `to`, but at the given fields only, over `from`: fields that `to` lacks are removed. */
export function takeFields(from: JsonObject, to: JsonObject, fields: readonly string[]): JsonObject {
  const present = fields.filter((field) => Object.hasOwn(to, field))
  return Object.freeze({ ...without(from, fields), ...pick(to, present) })
}

/** The smallest change that makes `to` out of `from`. */
export function changeBetween(from: JsonObject, to: JsonObject): Change {
  const fields = differingFields(from, to)
  const set = fields.filter((field) => Object.hasOwn(to, field))
  const unset = fields.filter((field) => !Object.hasOwn(to, field))
  return { ...(set.length > 0 ? { set: pick(to, set) } : {}), ...(unset.length > 0 ? { unset } : {}) }
}

/** Whether a change changes nothing at all. */
export const isEmpty = (change: Change): boolean => !change.set && !change.unset
