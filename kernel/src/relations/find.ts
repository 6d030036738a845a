import type { Entry, QueryPlan } from '../query/plan.ts'
import type { Table } from '../tables/table.ts'
import { type Edge, refOf } from './edges.ts'

const everything: QueryPlan = { filter: { all: [] }, order: [], offset: 0, limit: Number.POSITIVE_INFINITY }

/** Those that refer to one record, whose key has these values. */
function referringTo(table: Table, fields: readonly string[], id: string, values: readonly unknown[]): Entry[] {
  const all = fields.map((field, at) => ({ field, is: 'eq', value: values[at] }) as QueryPlan['filter'])
  return table.select({ ...everything, filter: { all } }).filter(({ record }) => refOf(record, fields) === id)
}

/**
 * By id of each record of `targets`: the entries of `table` that refer to it in `fields`, ordered by id. One look into an index
 * for each where there is one on the fields, else one pass over the table for all.
 */
export function referrersOf(
  table: Table,
  { fields }: Pick<Edge, 'fields'>,
  targets: readonly Entry[],
  key: readonly string[],
): ReadonlyMap<string, readonly Entry[]> {
  const isIndexed = table.indexes.some((index) => fields.every((field, at) => index.fields[at] === field))
  if (isIndexed || targets.length === 1) {
    const valuesOf = ({ id, record }: Entry): readonly unknown[] =>
      fields.length === 1 ? [id] : key.map((field) => record[field])
    return new Map(targets.map((one) => [one.id, referringTo(table, fields, one.id, valuesOf(one))]))
  }
  const found = new Map<string, Entry[]>(targets.map(({ id }) => [id, []]))
  for (const entry of table.select(everything)) found.get(refOf(entry.record, fields) ?? '')?.push(entry)
  return found
}
