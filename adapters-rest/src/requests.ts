import type { CallContext } from '@rowkeep/kernel'
import { abortError, untilAborted } from './abort.ts'
import { discard, isJson, readErrorBody, readJson } from './bodies.ts'
import { type TokenSource, tokenOf, userOf } from './credentials.ts'
import { networkError, protocolError, retryAfterMs, statusError, unsentError, WireError } from './errors.ts'
import type { Hide } from './failure.ts'
import { userHeader } from './wire.ts'

/** The server a call goes to: what the options of the adapter say, checked. */
export interface Server {
  /** Origin and path, no slash at the end. */
  readonly url: string
  readonly token: TokenSource | undefined
  /** The longest answer read, bytes after decompression. */
  readonly responseBytes: number
}

/** One call: what is asked, and in which form the answer is wanted. */
export interface Call {
  /** A path with its query, appended to the server's URL. */
  readonly path: string
  /** The media type of the answer. */
  readonly accept: 'application/json' | 'text/event-stream'
  /** Sent as JSON; `undefined`: the request has no body. */
  readonly body?: object
  /** Default POST with a body, GET without. */
  readonly method?: 'PUT' | 'DELETE'
  /** Sent beside those of every call. */
  readonly headers?: Readonly<Record<string, string>>
  /** A push: where it fails, its outcome may be unknown. Default false. */
  readonly writes?: boolean
}

/** An answer, its body not yet read. */
export interface Reply {
  readonly response: Response
  readonly hide: Hide
  /** For messages: method and URL, without the query. */
  readonly what: string
}

function textOf(body: object): string {
  try {
    return JSON.stringify(body)
  } catch (thrown) {
    throw unsentError('SYNC_INPUT_INVALID', `the request cannot be written as JSON: ${String(thrown)}`)
  }
}

function requestOf(server: Server, call: Call, token: string | undefined, { signal }: CallContext): Request {
  const { body, method = body === undefined ? 'GET' : 'POST' } = call
  const headers = {
    accept: call.accept,
    ...call.headers,
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  }
  return new Request(server.url + call.path, {
    method,
    headers,
    signal,
    redirect: 'manual',
    credentials: 'omit',
    cache: 'no-store',
    ...(body === undefined ? {} : { body: textOf(body) }),
  })
}

/** Where a redirect points, or led: its origin only, because the rest may hold anything. */
function targetOf({ redirected, url, headers }: Response, from: string): string {
  const target = redirected ? url : headers.get('location')
  return target !== null && URL.canParse(target, from) ? new URL(target, from).origin : 'another address'
}

function mustNotRedirect(response: Response, what: string, url: string, hide: Hide): void {
  const { redirected, status, type } = response
  // 304 is the one of its class that points nowhere.
  if (!redirected && type !== 'opaqueredirect' && (status < 300 || status > 399 || status === 304)) return
  discard(response)
  const target = hide(targetOf(response, url))
  throw protocolError(`${what} was redirected to ${target}; redirects are never followed: configure the final URL`)
}

/** @throws WireError `SYNC_PROTOCOL` for an answer in another form than the wanted one */
export function mustBeOfType(accept: Call['accept'], { response, what, hide }: Reply): void {
  const type = response.headers.get('content-type') ?? 'no type'
  if (accept === 'application/json' ? isJson(response) : /^text\/event-stream\s*(;|$)/i.test(type)) return
  discard(response)
  const got = hide(type).slice(0, 100)
  throw protocolError(`${what} was answered with ${got} instead of ${accept}: is a proxy or a sign-in page in between?`)
}

async function fetched(request: Request, what: string, hide: Hide, { env, signal }: CallContext): Promise<Response> {
  if (signal.aborted) throw abortError(signal)
  try {
    // The signal once more: in Node a Request may lose its own to garbage collection while fetch goes on with it.
    const response = await untilAborted(env.fetch(request, { signal }), signal)
    if (response.type === 'error') throw new TypeError('network error')
    return response
  } catch (thrown) {
    throw thrown instanceof WireError ? thrown : networkError(thrown, what, hide)
  }
}

/**
 * Sends one request, to the configured origin only: no redirect is followed, no cookie sent, nothing cached. Resolves with an
 * answer of any status but a redirect.
 * @throws WireError whatever else happens, with `effect: 'none'` where the request surely changed nothing
 */
export async function exchange(server: Server, call: Call, context: CallContext): Promise<Reply> {
  const token = await tokenOf(server.token, context)
  const hide: Hide = (text) => (token === undefined ? text : text.replaceAll(token, '***'))
  const request = requestOf(server, call, token, context)
  const what = `${request.method} ${server.url}${call.path.replace(/\?.*/, '')}`
  const response = await fetched(request, what, hide, context)
  mustNotRedirect(response, what, request.url, hide)
  return { response, hide, what }
}

/** The error for an answer whose status is not the one that was wanted; its body is read for what the server says. */
export async function refusalOf(reply: Reply, writes: boolean, { env, signal }: CallContext): Promise<WireError> {
  const { response, hide, what } = reply
  const { status, headers } = response
  const body = await readErrorBody(response, signal)
  const wait = retryAfterMs(headers.get('retry-after'), env.now())
  return statusError({ status, what, writes, retryAfterMs: wait, body, hide })
}

/**
 * Sends one request of the sync wire; its user is named in every one. Resolves with an answer of status 200 in the wanted
 * media type.
 * @throws WireError as {@link exchange}, and for every other status
 */
export async function send(server: Server, call: Call, context: CallContext): Promise<Reply> {
  const reply = await exchange(server, { ...call, headers: { [userHeader]: userOf(context.user) } }, context)
  if (reply.response.status !== 200) throw await refusalOf(reply, call.writes === true, context)
  mustBeOfType(call.accept, reply)
  return reply
}

/**
 * The answer's body as JSON, at most `responseBytes` of it.
 * @throws WireError `SYNC_PROTOCOL` for an answer that is too long, cut off, or no JSON in UTF-8; `SYNC_NETWORK` where it broke off
 */
export async function jsonOf({ responseBytes }: Server, reply: Reply, { signal }: CallContext): Promise<unknown> {
  const { response, hide, what } = reply
  try {
    return await readJson(response, responseBytes, signal)
  } catch (thrown) {
    throw thrown instanceof WireError ? thrown : networkError(thrown, what, hide)
  }
}

/** Sends one request of the sync wire and reads its answer, JSON. @throws WireError as {@link send} and {@link jsonOf} */
export async function ask(
  server: Server,
  call: Omit<Call, 'accept'>,
  context: CallContext,
): Promise<{ readonly value: unknown; readonly hide: Hide }> {
  const reply = await send(server, { ...call, accept: 'application/json' }, context)
  return { value: await jsonOf(server, reply, context), hide: reply.hide }
}
