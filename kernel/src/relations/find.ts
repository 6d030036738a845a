import type { Entry, QueryPlan } from '../query/plan.ts'
import type { Table } from '../tables/table.ts'
import { type Edge, refOf } from './edges.ts'

const everything: QueryPlan = { filter: { all: [] }, order: [], offset: 0, limit: Number.POSITIVE_INFINITY }
const nobody: readonly Entry[] = []

/** Those that refer to one record, whose key has these values. */
function referringTo(table: Table, fields: readonly string[], id: string, values: readonly unknown[]): Entry[] {
  const all = fields.map((field, at) => ({ field, is: 'eq', value: values[at] }) as QueryPlan['filter'])
  return table.select({ ...everything, filter: { all } }).filter(({ record }) => refOf(record, fields) === id)
}

/** Everything in a table by what it refers to, in the version it was made of. */
interface Grouped {
  readonly version: number
  readonly by: ReadonlyMap<string, readonly Entry[]>
}
const known = new WeakMap<Table, Map<string, Grouped>>()

/** The entries of a table by the id that they refer to in `fields`, each list ordered by id: one pass for every version of it. */
function groupsOf(table: Table, fields: readonly string[]): Grouped['by'] {
  const all = known.get(table) ?? new Map<string, Grouped>()
  known.set(table, all)
  const name = JSON.stringify(fields)
  const before = all.get(name)
  if (before?.version === table.version) return before.by
  const by = new Map<string, Entry[]>()
  // An index on the fields stands in their order, then in that of the ids.
  const index = table.indexes.find((one) => one.fields.length === 1 && one.fields[0] === fields[0])
  for (const entry of index?.list ?? table.select(everything)) {
    const id = refOf(entry.record, fields)
    if (id === undefined) continue
    const group = by.get(id)
    if (group) group.push(entry)
    else by.set(id, [entry])
  }
  all.set(name, { version: table.version, by })
  return by
}

/**
 * By id of each record of `targets`: the entries of `table` that refer to it in `fields`, ordered by id. For few of them where
 * there is an index one look each, else one pass over the table for all.
 */
export function referrersOf(
  table: Table,
  { fields }: Pick<Edge, 'fields'>,
  targets: readonly Entry[],
  key: readonly string[],
): ReadonlyMap<string, readonly Entry[]> {
  const isIndexed = table.indexes.some((index) => fields.every((field, at) => index.fields[at] === field))
  const valuesOf = ({ id, record }: Entry): readonly unknown[] =>
    fields.length === 1 ? [id] : key.map((field) => record[field])
  const look = (target: Entry): readonly Entry[] =>
    targets.length <= (isIndexed ? 32 : 1)
      ? referringTo(table, fields, target.id, valuesOf(target))
      : (groupsOf(table, fields).get(target.id) ?? nobody)
  return new Map(targets.map((target) => [target.id, look(target)]))
}
