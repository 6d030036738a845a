import type { JsonObject } from '../env/json.ts'
import { applyOperation } from '../model/change.ts'
import { keyOfRecord, type RecordKey } from '../model/identity.ts'
import type { Operation, Sent, Version } from '../model/stored.ts'
import { comparePlaces, type Queued, type Reader } from './ledger.ts'

const nothing: Version = { revision: null, record: null }

/** The record on the server, as far as it is known here. */
export const baseOf = (reader: Reader, key: RecordKey): Version => reader.base.get(key) ?? nothing

/** What the record's operations were made on: the ancestor where there is one, else the base. */
export const groundOf = (reader: Reader, key: RecordKey): Version =>
  reader.base.get(key)?.ancestor ?? baseOf(reader, key)

/** What a write made for this version expects there; `undefined`: it has to wait until that is known. */
export const expectedOf = ({ revision, record }: Version): string | null | undefined =>
  record && (revision === '' ? undefined : revision)

const isLive = ({ op }: Queued): boolean => op.state !== 'quarantined'

/** Operations the view shows: on their way or parked, but not those the server refused. */
export const liveOps = (reader: Reader, key: RecordKey): readonly Queued[] =>
  (reader.queues.get(key) ?? []).filter(isLive)

/** A record's first live operation. */
export const headOf = (reader: Reader, key: RecordKey): Queued | undefined => reader.queues.get(key)?.find(isLive)

/** {@link liveOps} of all records. */
export const allLive = (reader: Reader): readonly Queued[] =>
  [...reader.records()].flatMap((key) => liveOps(reader, key))

/** {@link headOf} of every record. */
export const headsOf = (reader: Reader): readonly Queued[] =>
  [...reader.records()].flatMap((key) => headOf(reader, key) ?? [])

/** The live operations of each transaction; they, and the transactions, in the order in which they were accepted. */
export function groupsOf(reader: Reader): ReadonlyMap<string | undefined, readonly Queued[]> {
  const groups = new Map<string | undefined, readonly Queued[]>()
  const all = allLive(reader).filter(({ op }) => op.group)
  for (const queued of all.sort(comparePlaces)) {
    const { group } = queued.op
    groups.set(group, [...(groups.get(group) ?? []), queued])
  }
  return groups
}

/** An operation with all that shares its fate: the rest of its transaction, and what follows on the record of creates, or of all (`whole`). */
export function bound(reader: Reader, first: Queued, whole?: true): Iterable<Queued> {
  // Only where it is asked for: thousands that are refused one by one must not go through all that waits each time.
  let groups: ReturnType<typeof groupsOf> | undefined
  const all = new Set([first])
  // What is added on the way is visited too.
  for (const queued of all) {
    const { op } = queued
    const queue = liveOps(reader, keyOfRecord(op))
    const behind = whole || op.kind === 'create' ? queue.slice(queue.indexOf(queued)) : []
    if (op.group) groups ??= groupsOf(reader)
    for (const one of [...behind, ...(groups?.get(op.group) ?? [])]) all.add(one)
  }
  return all
}

/** What an operation does as the server has to be told it: under an id that may have been sent, just that. */
export const sentOf = (op: Operation): Sent => (op.wire?.opId === op.opId ? op.wire : op)

/** What the app sees of a record: the ground with its operations replayed; derived each time, never stored. */
export const viewOf = (reader: Reader, key: RecordKey): JsonObject | null =>
  liveOps(reader, key).reduce<JsonObject | null>(
    (record, { op }) => applyOperation(record, op),
    groundOf(reader, key).record,
  )
