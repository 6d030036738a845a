import type { Filter, JsonObject } from '@rowkeep/kernel'
import type { Query, TableQueries } from '../client.ts'
import { protocolError } from '../errors.ts'
import type { Caller } from '../requests.ts'
import { rowsIn } from './codec.ts'
import type { Place } from './cursor.ts'
import { filterFrom, rowFrom, selectOf } from './fields.ts'
import { atLeast } from './filters.ts'
import { columnName, quoted } from './quoting.ts'
import { type Stamp, stampOf } from './stamps.ts'
import { setupOf, type Table } from './table.ts'

/** The requests of one table, in its schema. */
export function queriesOf({ client }: Caller, { name, schema }: Table): TableQueries {
  if (schema === undefined) return client.from(name)
  const inSchema = client as unknown as { schema(schema: string): { from(table: string): TableQueries } }
  return inSchema.schema(schema).from(name)
}

/** A part of a table, in its order. */
export interface Part {
  readonly rows: readonly JsonObject[]
  /** Whether there is more behind it. The server caps pages in silence, so only its count can say. */
  readonly more: boolean
}

/** Reads from one table, for one call. */
export interface Reader {
  readonly table: Table
  readonly caller: Caller
  /** Rows of one answer, at most. */
  readonly limit: number
}

async function partOf({ table, caller }: Reader, query: Query): Promise<Part> {
  const what = `GET ${table.name}`
  const { data, count } = await caller.send({ what, writes: false, setup: setupOf(table), query })
  const rows = rowsIn(data, what).map((raw) => rowFrom(raw, table))
  if (count === null || Number.isNaN(count)) {
    throw protocolError(`${what} was answered without a count: a proxy must let the header Content-Range through`)
  }
  if (rows.length === 0 && count > 0)
    throw protocolError(`${what} was answered without rows although there are ${count}`)
  return { rows, more: count > rows.length }
}

function living(query: Query, table: Table, filter: Filter | undefined): Query {
  const { deleted } = table
  const words = filter && atLeast(filterFrom(filter, table))
  // Not `is false`: an empty mark is none.
  const alive = deleted === undefined ? query : query.not(deleted, 'is', 'true')
  return words === undefined ? alive : alive.or(words)
}

const start = ({ caller, table }: Reader, columns?: readonly string[]): Query =>
  queriesOf(caller, table).select(selectOf(table, columns), { count: 'exact' })

const byPlace = ({ table, limit }: Reader, query: Query): Query =>
  query
    .order(table.updatedAt, { ascending: true, nullsFirst: true })
    .order(table.id, { ascending: true, nullsFirst: false })
    .limit(limit)

/** `after` without its first half would be read as a plain comparison, which an index serves. */
const behind = (query: Query, { updatedAt, id }: Table, after: Place): Query =>
  query
    .gte(updatedAt, after.stamp)
    .or(`${columnName(updatedAt)}.gt.${quoted(after.stamp)},${columnName(id)}.gt.${quoted(after.id)}`)

/** The living rows behind a place; `null`: from the beginning. At least those of the filter. */
export function listRows(reader: Reader, after: Place | null, filter: Filter | undefined): Promise<Part> {
  const query = living(start(reader), reader.table, filter)
  return partOf(reader, byPlace(reader, after ? behind(query, reader.table, after) : query))
}

/** The rows behind a place, or from a stamp on, deleted ones too. */
export function changedRows(
  reader: Reader,
  from: Place | { readonly stamp: Stamp; readonly inclusive: boolean },
): Promise<Part> {
  const { table } = reader
  const query = start(reader)
  if ('id' in from) return partOf(reader, byPlace(reader, behind(query, table, from)))
  const since = from.inclusive ? query.gte(table.updatedAt, from.stamp) : query.gt(table.updatedAt, from.stamp)
  return partOf(reader, byPlace(reader, since))
}

/** The living rows by id, from an id on (`null`: all), in the columns given. */
export function rowsById(
  reader: Reader,
  afterId: string | null,
  columns: readonly string[],
  filter: Filter | undefined,
): Promise<Part> {
  const { table, limit } = reader
  const query = living(start(reader, columns), table, filter)
  const rest = afterId === null ? query : query.gt(table.id, afterId)
  return partOf(reader, rest.order(table.id, { ascending: true, nullsFirst: false }).limit(limit))
}

/** The newest stamp of the table; `null`: it is empty, for this user. */
export async function newestStamp({ table, caller }: Reader): Promise<Stamp | null> {
  const query = queriesOf(caller, table)
    .select(table.updatedAt)
    .order(table.updatedAt, { ascending: false, nullsFirst: false })
    .limit(1)
  const what = `GET ${table.name}`
  const { data } = await caller.send({ what, writes: false, setup: setupOf(table), query })
  const [row] = rowsIn(data, what)
  return stampOf(row?.[table.updatedAt]) ?? null
}

/** The row of an id, deleted or not; `undefined`: there is none that this user may see. */
export async function readRow(caller: Caller, table: Table, id: string): Promise<JsonObject | undefined> {
  const what = `GET ${table.name}`
  const query = queriesOf(caller, table).select(selectOf(table)).eq(table.id, id)
  const { data } = await caller.send({ what, writes: false, setup: setupOf(table), query })
  const [raw] = rowsIn(data, what)
  return raw && rowFrom(raw, table)
}
