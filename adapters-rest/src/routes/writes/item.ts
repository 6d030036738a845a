import type { JsonObject, PushOperation, RemoteRow } from '@rowkeep/kernel'
import { discard, isJson } from '../../bodies.ts'
import { protocolError } from '../../errors.ts'
import { type Call, exchange, jsonOf, type Reply } from '../../requests.ts'
import type { Place } from '../route.ts'
import { writeError } from './errors.ts'

/**
 * What became of a request for one item. `done`: it took effect; `row`: as the server has it now, if it says. `refused`: a
 * precondition did not hold, or another state stands against it (409, 412). `gone`: there is no such item (404, 410); `row`
 * is its tombstone where the server has one, `remembered` that it says so.
 */
export type ItemAnswer =
  | { readonly kind: 'done'; readonly row?: RemoteRow }
  | { readonly kind: 'refused' }
  | { readonly kind: 'gone'; readonly row?: RemoteRow; readonly remembered: boolean }

type Precondition = Readonly<Record<string, string>>

/** One item of a collection at the server. All throw a WireError for every other answer. */
export interface Item {
  put(record: JsonObject, precondition?: Precondition): Promise<ItemAnswer>
  delete(precondition?: Precondition): Promise<ItemAnswer>
  get(): Promise<ItemAnswer>
}

const etagOf = ({ response }: Reply): string | null => response.headers.get('etag')

/** The row of an answer's body; `undefined` where it is none. */
async function bodyRow(place: Place, id: string, reply: Reply): Promise<RemoteRow | undefined> {
  const { codec, server, context } = place
  const value = await jsonOf(server, reply, context)
  let head: ReturnType<typeof codec.head>
  try {
    head = codec.head(value, 'the answer')
  } catch {
    // An answer about the write, such as { "ok": true }, that shows no row.
    return undefined
  }
  if (head.id !== id) throw protocolError(`${reply.what} was answered with another item`)
  const row = codec.row(head, codec.tagged(etagOf(reply)))
  return typeof row === 'string' ? undefined : row
}

/** What a success says without a body: under a strong ETag the record was kept as it was sent (RFC 9110, 9.3.4). */
function sentRow(place: Place, operation: PushOperation, reply: Reply): RemoteRow | undefined {
  const { collection, id, record } = operation
  const revision = place.codec.tagged(etagOf(reply))
  if (record === null || revision === undefined) return undefined
  return { kind: 'record', collection, id, revision, record }
}

const withRow = (row: RemoteRow | undefined): { readonly row?: RemoteRow } => (row === undefined ? {} : { row })

async function done(place: Place, operation: PushOperation, reply: Reply): Promise<ItemAnswer> {
  const { response, what } = reply
  if (response.status !== 204 && isJson(response)) {
    return { kind: 'done', ...withRow(await bodyRow(place, operation.id, reply)) }
  }
  const type = response.headers.get('content-type')
  discard(response)
  // A sign-in page in between says 200 as well.
  if (response.status === 200 && type !== null) {
    throw protocolError(`${what} was answered with ${reply.hide(type).slice(0, 100)} instead of JSON`)
  }
  return { kind: 'done', ...withRow(sentRow(place, operation, reply)) }
}

async function gone(place: Place, operation: PushOperation, reply: Reply): Promise<ItemAnswer> {
  const { response } = reply
  const remembered = response.status === 410
  if (!remembered || !isJson(response)) {
    discard(response)
    return { kind: 'gone', remembered }
  }
  const row = await bodyRow(place, operation.id, reply).catch(() => undefined)
  return { kind: 'gone', remembered, ...withRow(row?.kind === 'tombstone' ? row : undefined) }
}

async function answerOf(place: Place, operation: PushOperation, reply: Reply): Promise<ItemAnswer> {
  const { status } = reply.response
  if (status === 200 || status === 201 || status === 204) return done(place, operation, reply)
  throw await writeError(reply, place.context)
}

/** The item that an operation is about. */
export function itemOf(place: Place, operation: PushOperation): Item {
  const { server, addresses, codec, context } = place
  const ask = (call: Pick<Call, 'method' | 'body'>, precondition: Precondition): Promise<Reply> => {
    const headers = { ...place.headers, ...precondition }
    const fixed = { path: addresses.item(operation.id), accept: 'application/json' } as const
    return exchange(server, { ...call, ...fixed, headers }, context)
  }
  const write = async (call: Pick<Call, 'method' | 'body'>, precondition: Precondition = {}): Promise<ItemAnswer> => {
    const reply = await ask(call, precondition)
    const { status } = reply.response
    const isConditional = Object.keys(precondition).length > 0
    if (status === 404 || status === 410) return gone(place, operation, reply)
    if (!isConditional || (status !== 409 && status !== 412)) return answerOf(place, operation, reply)
    discard(reply.response)
    return { kind: 'refused' }
  }
  return {
    put: (record, precondition) => write({ method: 'PUT', body: codec.body(record) }, precondition),
    delete: (precondition) => write({ method: 'DELETE' }, precondition),
    async get() {
      const reply = await ask({}, {})
      const { status } = reply.response
      // Nothing was sent that an answer without a body could stand for.
      const asked = { ...operation, record: null }
      return status === 404 || status === 410 ? gone(place, asked, reply) : answerOf(place, asked, reply)
    },
  }
}
