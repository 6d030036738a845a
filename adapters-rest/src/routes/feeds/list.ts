import type { Json } from '@rowkeep/kernel'
import { protocolError } from '../../errors.ts'
import type { Hide } from '../../failure.ts'
import { isObject } from '../../json.ts'
import { exchange, jsonOf, mustBeOfType, type Reply, refusalOf } from '../../requests.ts'
import type { Place } from '../route.ts'
import type { RawRow } from '../row-codec.ts'
import { mustHaveFields } from './fields.ts'

/** An answer to a request for a list. `other`: one of the statuses that were named, its body not read. */
export type ListAnswer =
  | { readonly kind: 'list'; readonly value: Json; readonly etag: string | null; readonly hide: Hide }
  | { readonly kind: 'other' }

/**
 * How servers refuse the token of a page that they have forgotten: tokens may be short-lived, and a device may come back to the
 * middle of a run after days. The run then begins anew.
 */
export const tokenRefusals: readonly number[] = [400, 404, 410, 422]

/** Asks for a list. @throws WireError for every answer but JSON of status 200 and the statuses named in `also` */
export async function askList(
  { server, addresses, headers, context }: Place,
  query: Readonly<Record<string, string>>,
  how: { readonly also?: readonly number[]; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<ListAnswer> {
  const accept = 'application/json'
  const call = { path: addresses.list(query), accept, headers: { ...headers, ...how.headers } } as const
  const reply: Reply = await exchange(server, call, context)
  const { response } = reply
  if (how.also?.includes(response.status)) {
    await response.body?.cancel()
    return { kind: 'other' }
  }
  if (response.status !== 200) throw await refusalOf(reply, false, context)
  mustBeOfType(accept, reply)
  // What jsonOf() gives is JSON by construction.
  return {
    kind: 'list',
    value: (await jsonOf(server, reply, context)) as Json,
    etag: response.headers.get('etag'),
    hide: reply.hide,
  }
}

/** The value at a dotted path of own fields; an empty path is the whole. `undefined`: not there. */
export function valueAt(value: Json, path: string): Json | undefined {
  if (path === '') return value
  let part: Json | undefined = value
  for (const field of path.split('.')) {
    if (part === undefined || !isObject(part) || !Object.hasOwn(part, field)) return undefined
    part = part[field]
  }
  return part
}

/**
 * The rows of an answer. `stamp`: the field that each is to say its time in; `undefined`: none is needed.
 * @throws WireError `SYNC_PROTOCOL` where there is no list, or something in it is no row
 * @throws SyncError `SYNC_CONFIG_INVALID` where no row has a field that the options name
 */
export function rowsAt(
  { value, hide }: ListAnswer & { kind: 'list' },
  path: string,
  place: Place,
  stamp?: string,
): readonly RawRow[] {
  const rows = valueAt(value, path)
  const where = path === '' ? 'the answer' : `${path} of the answer`
  if (!Array.isArray(rows)) throw protocolError(`${where} is no list`)
  mustHaveFields(rows, place, stamp, hide)
  return rows.map((row: Json, index) => place.codec.head(row, `${where}[${index}]`))
}

/** The token for the next page; `undefined`: this was the last. */
export function nextAt(value: Json, path: string): string | undefined {
  const next = valueAt(value, path)
  if (next === undefined || next === null || next === '' || next === false) return undefined
  if (typeof next === 'string' || typeof next === 'number') return String(next)
  throw protocolError(`${path} of the answer is no text`)
}
