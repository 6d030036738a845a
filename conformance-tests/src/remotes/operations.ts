import type { FieldChange, Filter, JsonObject, PushOperation, Revision } from '@rowkeep/kernel'
import type { Row } from './bench.ts'

const fresh = (): string => crypto.randomUUID()

/** The creation of a row of `notes`, under a new operation id. */
export function creation(row: Row, change: Partial<PushOperation> = {}): PushOperation {
  return {
    opId: fresh(),
    kind: 'create',
    collection: 'notes',
    id: row.id,
    expected: null,
    change: { set: row },
    record: row,
    resend: false,
    ...change,
  }
}

/** A change of some fields of a row that is known as `before`; `record` is worked out. */
export function update(
  before: JsonObject & { readonly id: string },
  expected: Revision | null,
  change: FieldChange,
  more: { readonly condition?: Filter } & Partial<PushOperation> = {},
): PushOperation {
  const { id } = before
  const record = applied(before, change)
  return { opId: fresh(), kind: 'update', collection: 'notes', id, expected, change, record, resend: false, ...more }
}

/** The deletion of a row of `notes`. */
export function deletion(id: string, expected: Revision | null, more: Partial<PushOperation> = {}): PushOperation {
  return {
    opId: fresh(),
    kind: 'delete',
    collection: 'notes',
    id,
    expected,
    change: {},
    record: null,
    resend: false,
    ...more,
  }
}

/** The same operation as it is sent again after an unknown outcome. */
export const again = (operation: PushOperation): PushOperation => ({ ...operation, resend: true })

function applied(before: JsonObject, change: FieldChange): JsonObject {
  const after = new Map(Object.entries({ ...before, ...change.set }))
  for (const field of change.unset ?? []) after.delete(field)
  for (const [field, by] of Object.entries(change.increment ?? {})) after.set(field, Number(after.get(field) ?? 0) + by)
  for (const [field, items] of Object.entries(change.append ?? {})) {
    const list = after.get(field)
    after.set(field, [...(Array.isArray(list) ? list : []), ...items])
  }
  return Object.fromEntries(after)
}
