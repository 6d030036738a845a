import type { JsonObject } from '@rowkeep/kernel'
import type { ModelRow, ModelServer } from '@rowkeep/kernel/testing'
import { isObject } from '../../json.ts'
import { bare, json, problem } from './answers.ts'
import { ifNoneMatchHolds, refusedBy } from './preconditions.ts'
import { ownFields, tagHeader, tagOf, wireRow } from './rows.ts'
import type { Settings } from './settings.ts'

const mostBytes = 1_000_000

/** One request for one item. */
export interface ItemRequest {
  readonly request: Request
  readonly server: ModelServer
  readonly settings: Settings
  readonly user: string
  readonly table: string
  readonly id: string
}

type Found = ModelRow | undefined

const standing = (row: Found): row is ModelRow & { readonly fields: JsonObject } => !!row && row.fields !== null

function absent(row: Found, settings: Settings): Response {
  if (row === undefined || settings.deletions === 'forgotten') return problem(404, 'no such item')
  return json(410, wireRow(row, settings))
}

function read({ request, settings }: ItemRequest, row: Found): Response {
  if (!standing(row)) return absent(row, settings)
  const headers = tagHeader(row, settings)
  const known = request.headers.get('if-none-match')
  if (known !== null && !ifNoneMatchHolds(known, tagOf(row, settings), true)) return bare(304, headers)
  return json(200, wireRow(row, settings), headers)
}

/** The record of a PUT, or the refusal of what is none. */
async function bodyOf({ request, id }: ItemRequest): Promise<JsonObject | Response> {
  if (!/^application\/json\s*(;|$)/i.test(request.headers.get('content-type') ?? '')) return problem(415, 'not JSON')
  const text = await request.text()
  if (new TextEncoder().encode(text).length > mostBytes) return problem(413, `more than ${mostBytes} bytes`)
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return problem(400, 'the body is no JSON')
  }
  if (!isObject(body)) return problem(422, 'the body is no object')
  if (!Object.hasOwn(body, 'id') || body['id'] !== id)
    return problem(422, 'the id of the body is not that of the address')
  const own = ownFields.find((field) => Object.hasOwn(body, field))
  return own === undefined ? body : problem(422, `${own} is written by the server`)
}

/** Why this user may not write here, whatever it is. */
function refusal({ request, server, settings, user, table, id }: ItemRequest, row: Found): Response | undefined {
  if (!settings.writable) return problem(405, 'read only', { allow: 'GET' })
  if (server.isForbidden(table, id)) return problem(403, 'this item may not be written')
  const isOthers = row !== undefined && row.owner !== user
  if (settings.versions === 'none') return isOthers ? problem(403, 'the id is taken') : undefined
  // What belongs to somebody else is there, though it is not shown.
  const status = refusedBy(request, isOthers ? undefined : row && tagOf(row, settings), standing(row))
  if (status !== undefined) return problem(status, status === 428 ? 'a precondition is required' : 'it did not hold')
  return isOthers ? problem(404, 'no such item') : undefined
}

async function put(asked: ItemRequest, row: Found): Promise<Response> {
  const { server, settings, user, table, id } = asked
  const body = await bodyOf(asked)
  if (body instanceof Response) return body
  const refused = refusal(asked, row)
  if (refused) return refused
  const written = server.put({ table, id, owner: user, fields: body })
  const isNew = !standing(row)
  const headers = tagHeader(written, settings)
  if (!settings.bodies) return bare(isNew ? 201 : 204, headers)
  return json(isNew ? 201 : 200, wireRow(written, settings), headers)
}

/** Deletes in the server's way. */
export function bury(server: ModelServer, settings: Settings, row: Pick<ModelRow, 'table' | 'id' | 'owner'>): void {
  if (settings.deletions === 'forgotten') server.drop(row.table, row.id)
  else server.put({ ...row, fields: null })
}

function remove(asked: ItemRequest, row: Found): Response {
  const { server, settings, user } = asked
  const refused = refusal(asked, row)
  if (refused) return refused
  if (!standing(row) || row.owner !== user) return absent(row?.owner === user ? row : undefined, settings)
  bury(server, settings, row)
  return bare(204)
}

/** Answers a request for an item. */
export async function itemAnswer(asked: ItemRequest): Promise<Response> {
  const { request, server, user, table, id } = asked
  const row = server.get(table, id)
  switch (request.method) {
    case 'GET':
      return read(asked, row?.owner === user ? row : undefined)
    case 'PUT':
      return put(asked, row)
    case 'DELETE':
      return remove(asked, row)
    default:
      return problem(405, 'not here', { allow: 'GET, PUT, DELETE' })
  }
}
