import type { JsonObject } from '../env/json.ts'
import { differingFields, sameRecord, takeFields } from '../model/change.ts'
import { sameValue } from '../model/compare.ts'

type Side = JsonObject | null

/** How a local and a remote version that grew out of one ancestor stand to each other. */
export type Comparison =
  | { readonly kind: 'clean' }
  /** Both changed these fields, to different values. */
  | { readonly kind: 'fields'; readonly fields: readonly string[] }
  /** One side deleted what the other changed. */
  | { readonly kind: 'deletion' }

// Of a record that grew out of nothing, the local side changed just the fields it has; what a server adds is no conflict.
const changedFields = (ancestor: Side, version: JsonObject): readonly string[] =>
  ancestor === null ? Object.keys(version) : differingFields(ancestor, version)

/** Compares both sides against the ancestor, field by field. */
export function compareSides(ancestor: Side, local: Side, remote: Side): Comparison {
  if (sameRecord(ancestor, remote) || sameRecord(local, remote)) return { kind: 'clean' }
  if (local === null || remote === null) return { kind: 'deletion' }
  const theirs = new Set(changedFields(ancestor, remote))
  const fields = changedFields(ancestor, local).filter(
    (field) => (theirs.has(field) || ancestor === null) && !sameValue(local[field], remote[field]),
  )
  return fields.length > 0 ? { kind: 'fields', fields } : { kind: 'clean' }
}

/** The remote version with the local side's changes on it: the local value wins where both changed. */
export const mergeSides = (ancestor: Side, local: JsonObject, remote: JsonObject): JsonObject =>
  takeFields(remote, local, changedFields(ancestor, local))
