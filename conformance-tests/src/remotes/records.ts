import type { JsonObject, PushVerdict, RemoteCapabilities, RemoteChange } from '@rowkeep/kernel'
import { sameValue } from '@rowkeep/kernel'
import { expectThat } from '../core/expect.ts'

function withoutNulls(record: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null))
}

/** Whether two records are the same to this remote: where `absent` is `null`, a missing field equals a null one. */
function sameRecord(can: RemoteCapabilities, a: JsonObject, b: JsonObject): boolean {
  return can.absent === 'kept' ? sameValue(a, b) : sameValue(withoutNulls(a), withoutNulls(b))
}

/** Fails unless the record is there and the same as `wanted`. */
export function expectRecord(
  can: RemoteCapabilities,
  actual: JsonObject | undefined,
  wanted: JsonObject,
  what: string,
): void {
  const holds = actual !== undefined && sameRecord(can, actual, wanted)
  expectThat(holds, `${what} to be ${JSON.stringify(wanted)}`, actual ?? 'nothing')
}

/** Fails unless the change is a record and the same as `wanted`. */
export function expectDelivered(
  can: RemoteCapabilities,
  change: RemoteChange | undefined,
  wanted: JsonObject & { readonly id: string },
): void {
  const what = `row ${JSON.stringify(wanted.id)}`
  expectThat(change?.kind === 'record', `${what} to be delivered as a record`, change ?? 'not delivered')
  expectRecord(can, change.record, wanted, `${what} as delivered`)
}

/** Fails unless the verdict is `applied`. */
export function expectApplied(verdict: PushVerdict | undefined, what: string): void {
  expectThat(verdict?.kind === 'applied', `the verdict on ${what} to be 'applied'`, verdict)
}
