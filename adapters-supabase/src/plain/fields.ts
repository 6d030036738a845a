import type { Filter, Json, JsonObject } from '@rowkeep/kernel'
import {
  base64Of,
  canonicalOf,
  type Encode,
  encodedFilter,
  type FieldCodec,
  hexOf,
  mapFields,
} from '@rowkeep/kernel/adapters'
import { columnName } from './quoting.ts'
import type { Table } from './table.ts'

/** Columns that come as JSON numbers, which lose digits in the client: they are asked for a second time, as text. */
const numbersOf = ({ fields }: Table): readonly string[] =>
  Object.keys(fields).filter((field) => ['bigint', 'decimal'].includes(String(fields[field])))

const alias = (index: number): string => `_rowkeep${index}`

/** The columns to select, as PostgREST wants them. */
export const selectOf = (table: Table, columns?: readonly string[]): string =>
  [
    ...(columns?.map(columnName) ?? ['*']),
    ...numbersOf(table).map((field, index) => `${alias(index)}:${columnName(field)}::text`),
  ].join(',')

/** What PostgREST writes before the hex digits of bytes. */
const mark = '\\x'

function decode(codec: FieldCodec, value: Json): Json {
  const text = String(value)
  return canonicalOf(codec, codec === 'bytes' && text.startsWith(mark) ? base64Of(text.slice(2)) : value) ?? value
}

/** A row as the record has it: with the one text of each value that has a codec, where it is one. */
export function rowFrom(raw: JsonObject, table: Table): JsonObject {
  const row = new Map(Object.entries(raw))
  for (const [index, field] of numbersOf(table).entries()) {
    const text = row.get(alias(index))
    if (text !== undefined) row.set(field, text)
    row.delete(alias(index))
  }
  return mapFields(Object.fromEntries(row), table.fields, decode)
}

const encode: Encode = (codec, text) => (codec === 'bytes' ? mark + hexOf(text) : text)

/** Fields as the columns take them: PostgreSQL reads every text but that of bytes. */
export const columnsFrom = (fields: JsonObject, table: Table): JsonObject =>
  mapFields(fields, table.fields, (codec, value) => encode(codec, String(value)))

/** The filter in the values of the columns. */
export const filterFrom = (filter: Filter, { fields }: Table): Filter => encodedFilter(filter, fields, encode)
