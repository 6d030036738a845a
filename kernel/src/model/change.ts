import { defined, type JsonObject } from '../env/json.ts'
import { sameValue } from './compare.ts'
import type { Change, Operation } from './stored.ts'

/** `from`, but at the given fields as in `to`: fields that `to` lacks are removed. */
export const takeFields = (from: JsonObject, to: JsonObject, fields: readonly string[]): JsonObject =>
  Object.freeze(
    Object.fromEntries([
      ...Object.entries(from).filter(([field]) => !fields.includes(field)),
      ...fields.flatMap((field) => (Object.hasOwn(to, field) ? [[field, to[field]] as const] : [])),
    ]),
  ) as JsonObject

/** By change: the record it was last made on, and what came of it. */
const made = new WeakMap<object, readonly [before: JsonObject, after: JsonObject]>()

/** The record after an operation; `null`: there is none. An update of nothing stays nothing. */
export function applyOperation(record: JsonObject | null, { kind, change }: Step): JsonObject | null {
  const { set = {}, unset = [] } = change
  if (kind === 'delete') return null
  if (kind === 'create') return set
  if (!record) return record
  // A view replays many, mostly on what they were made on the last time.
  const [before, known] = made.get(change) ?? []
  if (before === record && known) return known
  // Spread is several times as fast as entries, and defines own fields whatever their names.
  const kept = { ...record }
  for (const field of unset) delete kept[field]
  const after = Object.freeze({ ...kept, ...set })
  made.set(change, [record, after])
  return after
}

/** The fields of either record whose values differ. */
export const differingFields = (a: JsonObject, b: JsonObject): readonly string[] =>
  Object.keys({ ...a, ...b }).filter(
    (field) => !(Object.hasOwn(a, field) && Object.hasOwn(b, field) && sameValue(a[field], b[field])),
  )

/** What an operation does. */
export type Step = Pick<Operation, 'kind' | 'change'>

/** The step that makes `to` out of `from`; for an update the smallest change. */
export function stepBetween(from: JsonObject | null, to: JsonObject | null): Step {
  if (!to) return { kind: 'delete', change: {} }
  if (!from) return { kind: 'create', change: { set: to } }
  const fields = differingFields(from, to)
  const unset = fields.filter((field) => !Object.hasOwn(to, field))
  return { kind: 'update', change: changeOf(takeFields({}, to, fields), unset) }
}

const changeOf = (set: JsonObject, unset: readonly string[]): Change =>
  defined<Change>({
    set: Object.keys(set).length > 0 ? set : undefined,
    unset: unset.length > 0 ? unset : undefined,
  })

/**
 * What two steps of a record, one after the other, come to as one: just what both do, whatever is on the server. `null`: they
 * come to nothing; `undefined`: they stay two.
 */
export function mergeSteps({ kind, change }: Step, next: Step): Step | null | undefined {
  if (kind === 'delete') return undefined
  if (next.kind === 'delete') return kind === 'create' ? null : next
  const set = applyOperation(change.set ?? {}, next) as JsonObject
  const gone = [...(change.unset ?? []), ...(next.change.unset ?? [])]
  return { kind, change: changeOf(set, kind === 'create' ? [] : gone.filter((field) => !Object.hasOwn(set, field))) }
}
