import type { JsonObject } from '@rowkeep/kernel'
import { filtered, ordered, parseBody, parseQuery, type TableQuery } from './query.ts'
import { forbidden, outOfRange, Refusal, unknownHere } from './refusal.ts'
import { shownText } from './select.ts'
import type { Table, Write } from './table.ts'

/** A request to a table, read. */
interface Call {
  readonly method: string
  readonly table: Table
  readonly user: string | undefined
  readonly query: TableQuery
  readonly prefer: ReadonlySet<string>
  /** `Accept: application/vnd.pgrst.object+json`. */
  readonly single: boolean
  readonly body: string
}

const idOf = (row: JsonObject): string => String(row['id'])

function mustBeOne(rows: number): void {
  if (rows === 1) return
  const details = `The result contains ${rows} rows`
  throw new Refusal(406, 'PGRST116', 'Cannot coerce the result to a single JSON object', details)
}

function listed(
  rows: readonly JsonObject[],
  { query, single, table }: Call,
  status: number,
  headers: Readonly<Record<string, string>>,
): Response {
  const list = rows.map((row) => shownText(row, query.columns, table.shape))
  if (single) mustBeOne(list.length)
  const body = single ? String(list[0]) : `[${list.join(',')}]`
  return new Response(body, { status, headers: { ...headers, 'content-type': 'application/json' } })
}

/** `Content-Range` (RFC 9110, 14.4, with rows for a unit), as PostgREST writes it. */
function rangeOf(from: number, length: number, total: number | '*'): string {
  return `${length === 0 ? '*' : `${from}-${from + length - 1}`}/${total}`
}

/** Reads rows; `maxRows` caps a page in silence. */
function read(call: Call, maxRows: number): Response {
  const { table, user, query, prefer } = call
  const { offset, limit = maxRows } = query
  const all = filtered(table.visible(user), query, table.shape)
  const rows = ordered(all, query, table.shape).slice(offset, offset + Math.min(limit, maxRows))
  const counted = prefer.has('count=exact')
  const headers = { 'content-range': rangeOf(offset, rows.length, counted ? all.length : '*') }
  if (counted && offset > all.length) {
    throw outOfRange(`An offset of ${offset} was requested, but there are only ${all.length} rows.`, headers)
  }
  return listed(rows, call, counted && rows.length < all.length ? 206 : 200, headers)
}

/** Does the writes and answers the rows, where they were asked for. Only of an update it says which. */
function wrote(writes: readonly Write[], call: Call, status: number, range: number = 0): Response {
  const total = call.prefer.has('count=exact') ? writes.length : '*'
  const headers = { 'content-range': rangeOf(0, range, total) }
  if (call.single) mustBeOne(writes.length)
  const rows = writes.map((write) => write())
  if (call.prefer.has('return=representation')) return listed(rows, call, status, headers)
  return new Response(null, { status: status === 200 && call.method !== 'POST' ? 204 : status, headers })
}

/** An update in the place of an insert whose key is in use. */
function merge(row: JsonObject, { table, user }: Call): Write {
  if (table.visible(user).some((own) => own['id'] === row['id'])) return table.change(user, idOf(row), row)
  throw forbidden(`new row violates row-level security policy (USING expression) for table "${table.shape.name}"`)
}

/** Two rows of one statement with one key. */
const twice = (table: Table, merges: boolean): Refusal =>
  merges ? new Refusal(500, '21000', 'ON CONFLICT DO UPDATE command cannot affect row a second time') : table.keyTaken()

function insert(call: Call): Response {
  const { table, user, query, prefer, body } = call
  const rows = parseBody(body, query, table.shape)
  const merges = prefer.has('resolution=merge-duplicates')
  const leaves = prefer.has('resolution=ignore-duplicates')
  const writes: Write[] = []
  const ids = new Set<string>()
  let inserts = 0
  for (const row of rows) {
    const id = idOf(row)
    const isThere = table.has(id) || ids.has(id)
    if (isThere && leaves) continue
    if (ids.has(id)) throw twice(table, merges)
    writes.push(isThere && merges ? merge(row, call) : table.insertion(user, row))
    inserts += isThere ? 0 : 1
    ids.add(id)
  }
  return wrote(writes, call, merges && inserts === 0 ? 200 : 201)
}

function update(call: Call): Response {
  const { table, user, query, body } = call
  const [columns = {}] = parseBody(body, query, table.shape)
  // Nothing to set is no statement at all.
  const hit = Object.keys(columns).length > 0 ? filtered(table.visible(user), query, table.shape) : []
  const writes = hit.map((row) => table.change(user, idOf(row), columns))
  return wrote(writes, call, 200, writes.length)
}

function remove(call: Call): Response {
  const { table, user, query } = call
  const hit = filtered(table.visible(user), query, table.shape)
  const writes = hit.map((row) => table.removal(row))
  return wrote(writes, call, 200)
}

async function callOf(request: Request, table: Table, user: string | undefined): Promise<Call> {
  return {
    method: request.method,
    table,
    user,
    query: parseQuery(new URL(request.url).searchParams, table.shape),
    prefer: new Set((request.headers.get('prefer') ?? '').split(',').map((text) => text.trim())),
    single: (request.headers.get('accept') ?? '').includes('vnd.pgrst.object'),
    body: await request.text(),
  }
}

/**
 * The part of PostgREST that clients of single tables use: filters, order, pages, counts, inserts, upserts, updates and
 * deletes. @throws Refusal for what it refuses
 */
export async function restAnswer(
  request: Request,
  table: Table,
  user: string | undefined,
  maxRows: number,
): Promise<Response> {
  const call = await callOf(request, table, user)
  switch (request.method) {
    case 'GET':
      return read(call, maxRows)
    case 'HEAD': {
      const { status, headers } = read(call, maxRows)
      return new Response(null, { status, headers })
    }
    case 'POST':
      return insert(call)
    case 'PATCH':
      return update(call)
    case 'DELETE':
      return remove(call)
    case 'PUT':
      throw unknownHere('PUT')
    default:
      throw new Refusal(405, 'PGRST117', `Unsupported HTTP method: ${request.method}`)
  }
}
