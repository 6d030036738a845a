import type { JsonObject, PushOperation } from '@rowkeep/kernel'
import type { Row } from '../devices/app.ts'
import type { Profile } from './profile.ts'

/** What an id stands for, for ever. */
export function payloadOf(operation: PushOperation): readonly [opId: string, payload: string] {
  const { opId, kind, collection, id, expected, change, condition = null } = operation
  return [opId, JSON.stringify([kind, collection, id, expected, change, condition])]
}

/** A row as it lies at the server: nobody who is shown it can change it. */
export function frozen(row: Row): Row {
  if (row.tags) Object.freeze(row.tags)
  return Object.freeze(row)
}

/** The record after the operation; `null`: deleted. */
export function changed(before: Row | null, operation: PushOperation, { capabilities }: Profile): Row | null {
  const { kind, record, change } = operation
  if (kind === 'delete') return null
  // Where writes are not compared the whole record goes over the other.
  if (capabilities.conditional === 'none') return frozen({ ...record } as unknown as Row)
  const { set, unset = [], increment = {}, append = {} } = change
  const fields: Record<string, unknown> = { ...(kind === 'update' ? before : null), ...set }
  for (const field of unset) delete fields[field]
  for (const [field, by] of Object.entries(increment)) fields[field] = ((fields[field] as number | undefined) ?? 0) + by
  for (const [field, items] of Object.entries(append)) {
    fields[field] = [...((fields[field] as readonly unknown[] | undefined) ?? []), ...items]
  }
  return frozen(fields as JsonObject as unknown as Row)
}
