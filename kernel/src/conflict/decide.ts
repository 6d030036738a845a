import type { JsonObject } from '../env/json.ts'
import { SyncError } from '../errors/sync-error.ts'
import { takeFields } from '../model/change.ts'
import type { Conflict } from '../model/conflict.ts'
import type { RecordKey } from '../model/identity.ts'
import { toRecord } from '../model/value.ts'
import { park } from '../outbox/end.ts'
import { compareSides, mergeSides } from './compare.ts'
import type { Sides, Taking } from './context.ts'
import { settleOn, sidesOf } from './reconcile.ts'

/** What a resolver is asked, frozen; `undefined`: there is nothing to decide. */
export function conflictOf({ ancestor, local, remote }: Sides): Conflict<JsonObject> | undefined {
  const comparison = compareSides(ancestor, local, remote)
  if (comparison.kind === 'clean') return undefined
  const fields = comparison.kind === 'fields' ? comparison.fields : []
  return Object.freeze({ base: ancestor, local, remote, fields: Object.freeze(fields) })
}

const sideOf = (resolution: unknown, { local, remote }: Sides): JsonObject | null => {
  if (resolution === 'local') return local
  if (resolution === 'remote') return remote
  if (typeof resolution === 'object') return toRecord(resolution, 'the resolution')
  throw new SyncError('SYNC_INPUT_INVALID', {
    message: 'a resolution is "local", "remote", "delete", "ask" or a record',
  })
}

function wantedRecord(sides: Sides, resolution: unknown): JsonObject | null {
  if (resolution === 'delete') return null
  const { ancestor, local, remote } = sides
  const side = sideOf(resolution, sides)
  const comparison = compareSides(ancestor, local, remote)
  if (comparison.kind === 'deletion') return side
  if (local === null || remote === null) return local
  const merged = mergeSides(ancestor, local, remote)
  return comparison.kind === 'fields' && side ? takeFields(merged, side, comparison.fields) : merged
}

/**
 * Carries out how a conflict was decided. `idOf` tells a record's id: a record that answers for another id is refused.
 * @throws SyncError `SYNC_INPUT_INVALID` for an answer that is none
 */
export function decide(
  taking: Taking,
  key: RecordKey,
  resolution: unknown,
  isSame: (record: JsonObject) => boolean,
): void {
  if (resolution === 'ask') return park(taking.draft, key)
  const wanted = wantedRecord(sidesOf(taking.draft, key), resolution)
  if (wanted && !isSame(wanted)) {
    throw new SyncError('SYNC_INPUT_INVALID', { message: 'the resolution has the key of another record' })
  }
  settleOn(taking, key, wanted)
}
