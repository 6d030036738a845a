import type { Json, JsonObject } from '../env/json.ts'
import { invalidConfig } from '../errors/sync-error.ts'
import type { Filter } from '../model/filter.ts'

/**
 * Makes a record of one version into that of the next: pure, and right for every record there may be, also one that lacks fields.
 * It must keep the key. What it is given is frozen.
 */
export type RecordChange = (record: JsonObject) => JsonObject

/** What a condition of a write becomes; `undefined`: that cannot be said. Only of changes that this package makes. */
type Testing = (filter: Filter) => Filter | undefined

const testings = new WeakMap<RecordChange, Testing>()

function known(change: RecordChange, testing: Testing): RecordChange {
  testings.set(change, testing)
  return change
}

/** Fields that a condition tests. */
function fieldsOf(filter: Filter): readonly string[] {
  if ('field' in filter) return [filter.field]
  if ('not' in filter) return fieldsOf(filter.not)
  return ('all' in filter ? filter.all : filter.any).flatMap(fieldsOf)
}

function renamed(filter: Filter, from: string, to: string): Filter {
  if ('field' in filter) return filter.field === from ? { ...filter, field: to } : filter
  if ('not' in filter) return { not: renamed(filter.not, from, to) }
  if ('all' in filter) return { all: filter.all.map((one) => renamed(one, from, to)) }
  return { any: filter.any.map((one) => renamed(one, from, to)) }
}

const unlessTested =
  (field: string): Testing =>
  (filter) =>
    fieldsOf(filter).some((one) => one === field || one.startsWith(`${field}.`)) ? undefined : filter

function without(record: JsonObject, field: string): JsonObject {
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== field)) as JsonObject
}

function mustBeField(field: unknown): void {
  if (typeof field !== 'string' || field === '' || field === '__proto__') {
    throw invalidConfig('a migration changes fields by their names')
  }
}

/** The field `from` is called `to` now; a record that has no `from` stays as it is. @throws SyncError `SYNC_CONFIG_INVALID` */
export function rename(from: string, to: string): RecordChange {
  for (const field of [from, to]) mustBeField(field)
  return known(
    (record) => (Object.hasOwn(record, from) ? { ...without(record, from), [to]: record[from] as Json } : record),
    (filter) =>
      fieldsOf(filter).some((field) => field.startsWith(`${from}.`)) ? undefined : renamed(filter, from, to),
  )
}

/** The field is gone. @throws SyncError `SYNC_CONFIG_INVALID` */
export function remove(field: string): RecordChange {
  mustBeField(field)
  return known((record) => without(record, field), unlessTested(field))
}

/** The field is there, with this value where a record lacks it. @throws SyncError `SYNC_CONFIG_INVALID` */
export function add(field: string, value: Json): RecordChange {
  mustBeField(field)
  return known((record) => (Object.hasOwn(record, field) ? record : { ...record, [field]: value }), unlessTested(field))
}

/** The field has another value, made of its old one, where a record has it. @throws SyncError `SYNC_CONFIG_INVALID` */
export function convert(field: string, change: (value: Json) => Json): RecordChange {
  mustBeField(field)
  if (typeof change !== 'function') throw invalidConfig(`convert("${field}") needs a function`)
  return known(
    (record) => (Object.hasOwn(record, field) ? { ...record, [field]: change(record[field] as Json) } : record),
    unlessTested(field),
  )
}

/** A condition after some changes; `undefined`: it cannot be said what it would be. */
export const conditionAfter = (filter: Filter, changes: readonly RecordChange[]): Filter | undefined =>
  changes.reduce<Filter | undefined>((now, change) => now && testings.get(change)?.(now), filter)
