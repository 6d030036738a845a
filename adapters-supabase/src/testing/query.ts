import type { Json, JsonObject } from '@rowkeep/kernel'
import { isObject } from '../json.ts'
import { parsedBody } from './body.ts'
import { check, truthOf, typeOf } from './conditions.ts'
import { type Condition, parseFilter, parseLogic } from './grammar.ts'
import { outOfRange, Refusal, unparsed } from './refusal.ts'
import { type Shown, shownIn } from './select.ts'
import type { Shape } from './shapes.ts'
import { compare } from './values.ts'

/** One column of an order. */
interface Order {
  readonly column: string
  readonly descending: boolean
  readonly nullsFirst: boolean
}

/** What the URL of a request to a table asks for. */
export interface TableQuery {
  readonly columns: readonly Shown[]
  readonly conditions: readonly Condition[]
  readonly order: readonly Order[]
  readonly limit: number | undefined
  readonly offset: number
  /** The column named by `on_conflict`. */
  readonly onConflict: string | undefined
  /** The columns of a body that count, by `columns`. */
  readonly only: readonly string[] | undefined
}

/** Names between commas, quoted or plain. */
function namesIn(text: string, what: string): readonly string[] {
  const form = /^(?:"((?:[^"\\]|\\.)*)"|([A-Za-z_][A-Za-z0-9_$ ]*|\*))(,|$)/
  const names: string[] = []
  let rest = text
  while (rest !== '') {
    const found = form.exec(rest)
    if (!found) throw unparsed(what, text)
    names.push(found[1]?.replace(/\\(.)/g, '$1') ?? (found[2] as string))
    rest = rest.slice(found[0].length)
    if (rest === '' && found[3] === ',') throw unparsed(what, text)
  }
  return names
}

function orderOf(text: string, shape: Shape): Order {
  const found = /^(?:"([^"]*)"|([^.]+))(?:\.(asc|desc))?(?:\.(nullsfirst|nullslast))?$/.exec(text)
  if (!found) throw unparsed('order', text)
  const column = found[1] ?? (found[2] as string)
  typeOf(shape, column)
  const descending = found[3] === 'desc'
  return { column, descending, nullsFirst: found[4] === undefined ? descending : found[4] === 'nullsfirst' }
}

/** What is no number is as good as nothing. */
const wholeNumber = (text: string | null): number | undefined =>
  text !== null && /^-?\d+$/.test(text) ? Number(text) : undefined

function limitOf(params: URLSearchParams): number | undefined {
  const limit = wholeNumber(params.get('limit'))
  if (limit !== undefined && limit < 0) throw outOfRange('Limit should be greater than or equal to zero.')
  return limit
}

const reserved = ['select', 'order', 'limit', 'offset', 'columns', 'on_conflict']

function conditionsOf(params: URLSearchParams, shape: Shape): readonly Condition[] {
  const conditions: Condition[] = []
  for (const [key, value] of params) {
    if (reserved.includes(key)) continue
    const name = /^"(.*)"$/.exec(key)?.[1] ?? key
    conditions.push(/^(not\.)?(and|or)$/.test(key) ? parseLogic(key, value) : parseFilter(name, value))
  }
  for (const condition of conditions) check(condition, shape)
  return conditions
}

/** @throws Refusal `PGRST100` for what is no query, `42703` for a column that is not there */
export function parseQuery(params: URLSearchParams, shape: Shape): TableQuery {
  const select = params.get('select')
  const only = params.get('columns')
  return {
    columns: shownIn(select ?? '', shape),
    conditions: conditionsOf(params, shape),
    order: (params.get('order') ?? '')
      .split(',')
      .filter((text) => text !== '')
      .map((text) => orderOf(text, shape)),
    limit: limitOf(params),
    offset: Math.max(wholeNumber(params.get('offset')) ?? 0, 0),
    onConflict: params.get('on_conflict') ?? undefined,
    only: only === null ? undefined : namesIn(only, 'columns parameter'),
  }
}

/** The rows that fit every condition. */
export const filtered = (
  rows: readonly JsonObject[],
  { conditions }: TableQuery,
  shape: Shape,
): readonly JsonObject[] =>
  rows.filter((row) => conditions.every((condition) => truthOf(condition, row, shape) === true))

function compareBy({ column, descending, nullsFirst }: Order, a: JsonObject, b: JsonObject, shape: Shape): number {
  const [x, y] = [a[column] ?? null, b[column] ?? null]
  if (x === null || y === null) {
    if (x === y) return 0
    return (x === null) === nullsFirst ? -1 : 1
  }
  const by = compare(typeOf(shape, column), x, y)
  return descending ? -by : by
}

/** The rows in the order asked for; without one the newest come first, because SQL promises none. */
export function ordered(rows: readonly JsonObject[], { order }: TableQuery, shape: Shape): readonly JsonObject[] {
  if (order.length === 0) return [...rows].reverse()
  const compareAll = (a: JsonObject, b: JsonObject): number => {
    for (const one of order) {
      const by = compareBy(one, a, b, shape)
      if (by !== 0) return by
    }
    return 0
  }
  return [...rows].sort(compareAll)
}

const unequal = (): Refusal => new Refusal(400, 'PGRST102', 'All object keys must match')

/** What is neither an object nor a list of them stands for no rows. */
function rowsOf(body: Json): readonly JsonObject[] {
  if (isObject(body)) return [body]
  if (!Array.isArray(body)) return []
  if (!body.every(isObject)) throw unequal()
  return body
}

/** The rows of a request body, one or several. @throws Refusal `PGRST102` `PGRST204` */
export function parseBody(text: string, { only }: TableQuery, shape: Shape): readonly JsonObject[] {
  const rows = rowsOf(parsedBody(text))
  const keys = only ?? Object.keys(rows[0] ?? {})
  const stranger = keys.find((key) => !shape.columns.has(key))
  if (stranger !== undefined) {
    const words = `Could not find the '${stranger}' column of '${shape.name}' in the schema cache`
    throw new Refusal(400, 'PGRST204', words)
  }
  if (only === undefined && rows.some((row) => Object.keys(row).sort().join() !== [...keys].sort().join())) {
    throw unequal()
  }
  return rows.map((row) => Object.fromEntries(keys.map((key) => [key, row[key] ?? null])))
}
