import { platformEnv } from '../env/env.ts'
import type { Json, JsonObject } from '../env/json.ts'
import { invalidConfig } from '../errors/sync-error.ts'
import { checkNames, checkOptions } from '../middleware/options.ts'
import { fieldOf } from '../model/compare.ts'
import type { Conflict } from '../model/conflict.ts'
import { canonical } from './canonical.ts'
import { type AnyConflict, type Choice, checkDeleteRule, type DeleteRule, ruleOnDelete } from './sides.ts'
import { compareStamps, readStamp, type Stamp } from './stamp.ts'

/** Which write counts as the last for {@link lastWriteWins}. */
export interface LastWriteWinsOptions {
  /**
   * Field that holds the time of the newest change: a hybrid clock's stamp, ISO 8601 text with its zone, or milliseconds. Absent:
   * the order in which writes reach the server, which no clock can upset.
   */
  readonly by?: string
  /** A stamp further ahead of this device's clock is not believed, ms. Default 300 000 (5 min). */
  readonly maxDriftMs?: number
  /** A delete against an edit: a deleted record has no stamp. Default `ask`. */
  readonly deletes?: DeleteRule
  /** Clock of this device, ms since the epoch. Default the platform's. */
  readonly now?: () => number
}

function check(options: LastWriteWinsOptions): void {
  checkOptions('lastWriteWins', options, ['by', 'maxDriftMs', 'deletes', 'now'])
  const { by, maxDriftMs = 0, deletes = 'ask', now = platformEnv.now } = options
  checkNames('lastWriteWins', 'by', by === undefined ? [] : [by])
  if (!(maxDriftMs >= 0)) throw invalidConfig('lastWriteWins(): maxDriftMs must be 0 or more')
  if (typeof now !== 'function') throw invalidConfig('lastWriteWins(): now must be a function')
  checkDeleteRule('lastWriteWins', deletes)
}

const textAt = (record: JsonObject, fields: readonly string[]): string =>
  canonical(fields.map((field) => fieldOf(record, field)))

/** Which side is later, equal on every device that compares the same two; positive: the local one. */
function compareSides(
  { local, remote, fields }: Conflict<JsonObject>,
  stampOf: (record: JsonObject | null) => Stamp | undefined,
): number {
  const [mine, theirs] = [stampOf(local), stampOf(remote)]
  // Neither side is believed, so there is no order but that of arrival.
  if (!mine && !theirs) return 1
  const byTime = compareStamps(mine, theirs)
  if (byTime !== 0) return byTime
  const names = [...fields].sort()
  const [ours, others] = [textAt(local as JsonObject, names), textAt(remote as JsonObject, names)]
  return ours > others ? 1 : -1
}

/**
 * A resolver: the last write wins, field by field where both sides changed one. Without `by` that is the later to arrive at the
 * server, as without a resolver. With `by` it is the one with the later stamp; a tie is decided by the values, so that all devices
 * decide alike. A side whose stamp is missing, unreadable or too far ahead loses to one that is believed; where neither is, the
 * order of arrival decides.
 *
 * @example conflict: { tasks: lastWriteWins({ by: 'updatedAt' }) }
 * @throws SyncError `SYNC_CONFIG_INVALID` naming the option
 */
export function lastWriteWins(options: LastWriteWinsOptions = {}): (conflict: AnyConflict) => Choice {
  check(options)
  const { by, maxDriftMs = 300_000, deletes = 'ask', now = platformEnv.now } = options
  return (conflict) => {
    const latest = now() + maxDriftMs
    const stampOf = (record: JsonObject | null): Stamp | undefined => {
      const stamp = record && readStamp(fieldOf(record, by as string) as Json)
      return stamp && stamp.ms <= latest ? stamp : undefined
    }
    const onDelete = ruleOnDelete(deletes, conflict)
    if (onDelete || by === undefined) return onDelete ?? 'local'
    return compareSides(conflict as Conflict<JsonObject>, stampOf) > 0 ? 'local' : 'remote'
  }
}
