import type { JsonObject } from '../env/json.ts'
import { applyOperation } from '../model/change.ts'
import type { RecordKey } from '../model/identity.ts'
import type { Version } from '../model/stored.ts'
import type { Ledger, Queued, Reader } from './ledger.ts'

const nothing: Version = { revision: null, record: null }

/** The record on the server, as far as it is known here. */
export const baseOf = (reader: Reader, key: RecordKey): Version => reader.base.get(key) ?? nothing

/** What the record's operations were made on: the ancestor where there is one, else the base. */
export const groundOf = (reader: Reader, key: RecordKey): Version =>
  reader.base.get(key)?.ancestor ?? baseOf(reader, key)

/** What a write made for this version expects there. */
export const expectedOf = ({ revision, record }: Version): string | null => record && revision

/** Operations the view shows: on their way or parked, but not those the server refused. */
export const liveOps = (reader: Reader, key: RecordKey): readonly Queued[] =>
  (reader.queues.get(key) ?? []).filter(({ op }) => op.state !== 'quarantined')

/** By record of the ledger: its first live operation as `now` has it. */
export function* headsOf(ledger: Ledger, now: Reader = ledger): Iterable<readonly [RecordKey, Queued]> {
  for (const key of ledger.queues.keys()) {
    const [head] = liveOps(now, key)
    if (head) yield [key, head]
  }
}

/** What the app sees of a record: the ground with its operations replayed; derived each time, never stored. */
export const viewOf = (reader: Reader, key: RecordKey): JsonObject | null =>
  liveOps(reader, key).reduce<JsonObject | null>(
    (record, { op }) => applyOperation(record, op),
    groundOf(reader, key).record,
  )
