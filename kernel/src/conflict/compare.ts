import type { JsonObject } from '../env/json.ts'
import { differingFields, sameRecord, takeFields } from '../model/change.ts'
import { sameValue } from '../model/compare.ts'
import type { Sides } from './context.ts'

// Of a record that grew out of nothing, the local side changed just the fields it has; what a server adds is no conflict.
const changedFields = (ancestor: JsonObject | null, version: JsonObject): readonly string[] =>
  ancestor ? differingFields(ancestor, version) : Object.keys(version)

/**
 * Top-level fields that both sides changed, to different values; empty for a delete against an edit. `undefined`: no
 * conflict.
 */
export function conflictingFields({ ancestor, local, remote }: Sides): readonly string[] | undefined {
  if (sameRecord(ancestor, remote) || sameRecord(local, remote)) return undefined
  if (!local || !remote) return []
  const theirs = ancestor && differingFields(ancestor, remote)
  const fields = changedFields(ancestor, local).filter(
    (field) => (!theirs || theirs.includes(field)) && !sameValue(local[field], remote[field]),
  )
  return fields.length > 0 ? fields : undefined
}

/** The remote version with the local side's changes on it: the local value wins where both changed. */
export const mergeSides = (ancestor: JsonObject | null, local: JsonObject, remote: JsonObject): JsonObject =>
  takeFields(remote, local, changedFields(ancestor, local))
