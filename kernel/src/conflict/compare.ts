import type { JsonObject } from '../env/json.ts'
import { differingFields, takeFields } from '../model/change.ts'
import { fieldOf, sameValue } from '../model/compare.ts'
import type { Sides } from './context.ts'

// Of a record that grew out of nothing, the local side changed just the fields it has; what a server adds is no conflict.
const changedFields = (base: JsonObject | null, version: JsonObject): readonly string[] =>
  base ? differingFields(base, version) : Object.keys(version)

/**
 * Top-level fields that both sides changed, to different values; empty for a delete against an edit. `undefined`: no
 * conflict.
 */
export function conflictingFields({ base, local, remote }: Sides): readonly string[] | undefined {
  if (sameValue(base, remote) || sameValue(local, remote)) return undefined
  if (!local || !remote) return []
  // Many servers give a field that was never written back as null, so absent and null are one value here.
  const differ = (side: JsonObject, field: string): boolean => !sameValue(fieldOf(side, field), fieldOf(remote, field))
  const fields = changedFields(base, local).filter((field) => differ(local, field) && (!base || differ(base, field)))
  return fields.length > 0 ? fields : undefined
}

/** The remote version with the local side's changes on it: the local value wins where both changed. */
export const mergeSides = (base: JsonObject | null, local: JsonObject, remote: JsonObject): JsonObject =>
  takeFields(remote, local, changedFields(base, local))
