import { Draft } from '../journal/draft.ts'
import type { Reader } from '../journal/ledger.ts'
import { viewOf } from '../journal/view.ts'
import { sameValue } from '../model/compare.ts'
import { type RecordKey, splitKey } from '../model/identity.ts'
import { matches } from '../query/match.ts'
import type { Entry, QueryPlan } from '../query/plan.ts'
import type { Table } from '../tables/table.ts'
import type { Attempt } from './attempt.ts'

/** A query that a transaction made, and all rows that met its filter. */
export interface Found {
  /** The collection. */
  readonly name: string
  readonly table: Table
  readonly plan: QueryPlan
  readonly rows: readonly Entry[]
}

/** Records that decisions of the same commit, made before this one, have changed: tables do not show them yet. */
function* changedBelow(reader: Reader): Iterable<RecordKey> {
  for (let below = reader instanceof Draft && reader.under; below instanceof Draft; below = below.under) {
    yield* below.queues.keys()
    yield* below.base.keys()
  }
}

function isOther(reader: Reader, { name, table, plan, rows }: Found): boolean {
  const now = table.select(plan)
  if (now.length !== rows.length || now.some(({ record }, at) => record !== rows[at]?.record)) return true
  for (const key of changedBelow(reader)) {
    const [collection, id] = splitKey(key)
    const sides = [viewOf(reader, key), table.get(id) ?? null] as const
    if (collection === name && !sameValue(...sides) && sides.some((side) => side && matches(plan.filter, side)))
      return true
  }
  return false
}

/** Whether anything that the transaction saw is another now. */
export function hasMoved(reader: Reader, { seen, found }: Attempt): boolean {
  for (const [key, record] of seen) if (!sameValue(viewOf(reader, key), record)) return true
  return found.some((one) => isOther(reader, one))
}
