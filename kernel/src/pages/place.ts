import type { JsonObject } from '../env/json.ts'
import { invalidInput } from '../errors/sync-error.ts'
import { valueAt } from '../model/compare.ts'
import type { FieldTest } from '../model/filter.ts'
import { toRecord } from '../model/value.ts'
import { own, type Test } from '../query/match.ts'
import { comparator, type Entry, type QueryPlan } from '../query/plan.ts'

type Order = QueryPlan['order']

/** The text that names a place in an order. It holds the values that were ordered by, so it holds when the record is gone. */
export function textOfPlace(order: Order, { id, record }: Entry): string {
  const values = order.map(({ field }) => [field, valueAt(record, field)])
  return JSON.stringify({ order, id: `${id}`, record: Object.fromEntries(values) })
}

function parsed(after: string): Entry {
  try {
    // Its fields are the order's paths: a field whose whole name is the path goes before what it would lead to.
    return toRecord(JSON.parse(after), 'after') as object as Entry
  } catch {
    return { id: '', record: {} }
  }
}

/** The place that a text names; `undefined`: the beginning. @throws SyncError `SYNC_INPUT_INVALID` for one in another order */
export function placeOf(order: Order, after: unknown): Entry | undefined {
  if (after === undefined || after === null) return undefined
  const { id, record } = typeof after === 'string' ? parsed(after) : { id: '', record: {} }
  // Only a text of this very order is written again as it was read.
  if (textOfPlace(order, { id, record }) === after) return { id, record }
  throw invalidInput('after must be what a page in this order gave as its `after`; without it a page is the first one')
}

/** The plan of what stands behind a place. */
export function behindPlace(
  plan: QueryPlan,
  place: Entry | undefined,
  idOf: (record: JsonObject) => string,
): QueryPlan {
  if (!place) return plan
  const compare = comparator(plan.order)
  const isBehind: Test = (_value, _wanted, record) => compare({ id: idOf(record), record }, place) > 0
  // A test that no index serves; its operand tells the plans of two places apart.
  const test: FieldTest = { field: '', is: 'ne', value: textOfPlace(plan.order, place) }
  return { ...plan, filter: { all: [{ ...test, [own]: isBehind } as FieldTest, plan.filter] } }
}
