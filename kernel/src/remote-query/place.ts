import { invalidInput, type SyncError } from '../errors/sync-error.ts'
import { valueAt } from '../model/compare.ts'
import { toJson } from '../model/value.ts'
import type { Entry, OrderField } from '../query/plan.ts'

/** Where an answer ended: after this row, in the order of its query. */
export interface Place {
  /** Where the remote goes on; `null`: the answer was one of this device alone. */
  readonly remote: string | null
  /** Id of the last row, and its values of the order's fields; `undefined`: no row could be read. */
  readonly last: Entry | undefined
}

/** The place as opaque text: it holds when the row is gone, and names its order, so that another order is refused. */
export const placeText = (order: readonly OrderField[], { remote, last }: Place): string =>
  JSON.stringify([order, remote, last && [last.id, ...order.map(({ field }) => valueAt(last.record, field))]])

const wrong = (): SyncError => invalidInput('after must be what the answer before gave, for the same orderBy')

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The place that {@link placeText} wrote. @throws SyncError `SYNC_INPUT_INVALID` for any other text, and one of another order */
export function placeOf(order: readonly OrderField[], text: unknown): Place {
  const given = typeof text === 'string' && parsed(text)
  const [ordered, remote, values] = Array.isArray(given) ? (given as unknown[]) : []
  const isPlace = remote === null || typeof remote === 'string'
  if (!isPlace || JSON.stringify(ordered) !== JSON.stringify(order)) throw wrong()
  if (values === null) return { remote, last: undefined }
  if (!Array.isArray(values) || values.length !== order.length + 1 || typeof values[0] !== 'string') throw wrong()
  const record = Object.fromEntries(order.map(({ field }, at) => [field, toJson(values[at + 1], 'after')]))
  return { remote, last: { id: values[0], record } }
}
