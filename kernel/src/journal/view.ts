import type { JsonObject } from '../env/json.ts'
import { applyOperation } from '../model/change.ts'
import type { RecordKey } from '../model/identity.ts'
import type { BaseEntry, Version } from '../model/stored.ts'
import type { Ledger, Queued, Reader } from './ledger.ts'

/** What the record's operations were made on: the ancestor where there is one, else the base. */
export const groundOf = (base: BaseEntry | undefined): Version =>
  base?.ancestor ?? base ?? { revision: null, record: null }

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
    groundOf(reader.base.get(key)).record,
  )
