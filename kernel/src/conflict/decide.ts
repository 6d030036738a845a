import type { JsonObject } from '../env/json.ts'
import { invalidInput } from '../errors/sync-error.ts'
import { takeFields } from '../model/change.ts'
import type { Conflict } from '../model/conflict.ts'
import { type RecordKey, splitKey } from '../model/identity.ts'
import { toRecord } from '../model/value.ts'
import { conflictingFields, mergeSides } from './compare.ts'
import type { Sides, Taking } from './context.ts'
import { park, settleOn, sidesOf } from './reconcile.ts'

/** What a resolver is asked, frozen; `undefined`: there is nothing to decide. */
export function conflictOf(sides: Sides): Conflict<JsonObject> | undefined {
  const fields = conflictingFields(sides)
  return fields && Object.freeze({ ...sides, fields: Object.freeze(fields) })
}

function wantedRecord(sides: Sides, how: unknown): JsonObject | null {
  if (how === 'delete') return null
  const { base, local, remote } = sides
  const asIs = how === 'local' || how === 'remote'
  const side = asIs ? sides[how] : toRecord(how, 'a resolution that is not "local", "remote", "delete" or "ask"')
  if (!local || !remote || !side) return side
  return takeFields(mergeSides(base, local, remote), side, conflictingFields(sides) ?? [])
}

/**
 * Carries out how a conflict was decided.
 * @throws SyncError `SYNC_INPUT_INVALID` for an answer that is none, or that has the key of another record
 */
export function decide(taking: Taking, key: RecordKey, how: unknown): void {
  if (how === 'ask') return park(taking, key)
  const wanted = wantedRecord(sidesOf(taking.draft, key), how)
  const [collection, id] = splitKey(key)
  if (wanted && !taking.hasId(collection, wanted, id))
    throw invalidInput('the resolution has the key of another record')
  settleOn(taking, key, wanted)
}
