import type { Json, JsonObject } from '../env/json.ts'
import { invalidInput } from '../errors/sync-error.ts'
import { differingFields, takeFields } from '../model/change.ts'
import { compareValues } from '../model/compare.ts'
import { isObject } from '../model/value.ts'
import { canonical } from './canonical.ts'

/** A value that may be missing: absent and `null` are one here, as for conflicts in general. */
type Maybe<V> = V | null | undefined

function listOf<E extends Json>(value: Maybe<readonly E[]>): readonly E[] {
  if (value === null || value === undefined) return []
  if (Array.isArray(value)) return value
  throw invalidInput('asSet() merges lists only')
}

/**
 * A list as a set: what the server has, without what this device removed, and then what it added. Elements are compared by value;
 * none is there twice.
 * @throws SyncError `SYNC_INPUT_INVALID` for what is no list; the conflict goes to the inbox
 */
export function asSet<E extends Json>(
  base: Maybe<readonly E[]>,
  local: Maybe<readonly E[]>,
  remote: Maybe<readonly E[]>,
): E[] {
  const [before, mine, theirs] = [base, local, remote].map(
    (list) => new Map(listOf(list).map((one) => [canonical(one), one])),
  )
  const kept = [...(theirs ?? [])].filter(([text]) => mine?.has(text) || !before?.has(text))
  const added = [...(mine ?? [])].filter(([text]) => !theirs?.has(text) && !before?.has(text))
  return [...kept, ...added].map(([, one]) => one)
}

function numberOf(value: Maybe<number>): number {
  if (value === null || value === undefined) return 0
  if (typeof value === 'number') return value
  throw invalidInput('asCounter() merges numbers only')
}

/**
 * A number that is counted up and down: what both sides added to the base. Absent counts as 0. Sides that arrive at the same
 * number are no conflict, so no rule is asked and their step counts once; where each must count, keep an object with one number
 * for each device, and merge it with {@link asFields}.
 * @throws SyncError `SYNC_INPUT_INVALID` for what is no number, or a sum that is none; the conflict goes to the inbox
 */
export function asCounter(base: Maybe<number>, local: Maybe<number>, remote: Maybe<number>): number {
  const sum = numberOf(remote) + (numberOf(local) - numberOf(base))
  if (Number.isFinite(sum)) return sum
  throw invalidInput('the sum of both counters is too large')
}

function fieldsOf(value: Maybe<JsonObject>): JsonObject {
  if (value === null || value === undefined) return {}
  if (isObject(value)) return value
  throw invalidInput('asFields() merges objects only')
}

/**
 * An object field by field: each of its fields from the side that changed it, the local value where both did. With one number for
 * each device, which only that device changes, its sum is a counter that loses no step.
 * @throws SyncError `SYNC_INPUT_INVALID` for what is no object; the conflict goes to the inbox
 */
export function asFields<V extends object>(base: Maybe<V>, local: Maybe<V>, remote: Maybe<V>): V {
  const [before, mine, theirs] = [base, local, remote].map((side) => fieldsOf(side as Maybe<JsonObject>)) as [
    JsonObject,
    JsonObject,
    JsonObject,
  ]
  return takeFields(theirs, mine, differingFields(before, mine)) as V
}

/** Present before absent; else the one that `better` prefers. */
function choose<V extends Json | undefined>(local: V, remote: V, better: (local: Json, remote: Json) => boolean): V {
  if (local === null || local === undefined) return remote
  if (remote === null || remote === undefined) return local
  return better(local, remote) ? local : remote
}

/** The greater value, by the order of queries: numbers, then text by UTF-16 code unit. One that is absent or null loses. */
export const largest = <V extends Json | undefined>(_base: V, local: V, remote: V): V =>
  choose(local, remote, (a, b) => compareValues(a, b) > 0)

/** The smaller value, by the order of queries: numbers, then text by UTF-16 code unit. One that is absent or null loses. */
export const smallest = <V extends Json | undefined>(_base: V, local: V, remote: V): V =>
  choose(local, remote, (a, b) => compareValues(a, b) < 0)

/** The longer text, in UTF-16 units; of two as long the greater one. What is absent or null loses. */
export const longest = <V extends string | null | undefined>(_base: V, local: V, remote: V): V =>
  choose(
    local,
    remote,
    (a, b) =>
      String(a).length - String(b).length > 0 ||
      (String(a).length === String(b).length && a !== b && String(a) > String(b)),
  )
