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
  /** A path of the wire with its query, appended to the server's URL. */
  readonly path: string
  /** The media type of the answer. */
  readonly accept: 'application/json' | 'text/event-stream'
  /** Sent as JSON with POST; `undefined`: a GET. */
  readonly body?: object
  /** A push: where it fails, its outcome may be unknown. Default false. */
  readonly writes?: boolean
}

/** An answer of status 200 and the wanted media type, its body not yet read. */
export interface Reply {
  readonly response: Response
  readonly hide: Hide
}

function textOf(body: object): string {
  try {
    return JSON.stringify(body)
  } catch (thrown) {
    throw unsentError('SYNC_INPUT_INVALID', `the request cannot be written as JSON: ${String(thrown)}`)
  }
}

function requestOf(server: Server, call: Call, token: string | undefined, { user, signal }: CallContext): Request {
  const headers = {
    accept: call.accept,
    [userHeader]: userOf(user),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
  }
  return new Request(server.url + call.path, {
    method: call.body === undefined ? 'GET' : 'POST',
    headers,
    signal,
    redirect: 'manual',
    credentials: 'omit',
    cache: 'no-store',
    ...(call.body === undefined ? {} : { body: textOf(call.body) }),
  })
}

/** Where a redirect points, or led: its origin only, because the rest may hold anything. */
function targetOf({ redirected, url, headers }: Response, from: string): string {
  const target = redirected ? url : headers.get('location')
  return target !== null && URL.canParse(target, from) ? new URL(target, from).origin : 'another address'
}

function mustNotRedirect(response: Response, what: string, url: string, hide: Hide): void {
  const { redirected, status, type } = response
  if (!redirected && type !== 'opaqueredirect' && (status < 300 || status > 399)) return
  discard(response)
  const target = hide(targetOf(response, url))
  throw protocolError(`${what} was redirected to ${target}; redirects are never followed: configure the final URL`)
}

function mustBeOfType(accept: Call['accept'], response: Response, what: string, hide: Hide): void {
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
 * Sends one request, to the configured origin only: no redirect is followed, no cookie sent, nothing cached; the user is
 * named in every one. Resolves with an answer of status 200 in the wanted media type.
 * @throws WireError whatever else happens, with `effect: 'none'` where the request surely changed nothing
 */
export async function send(server: Server, call: Call, context: CallContext): Promise<Reply> {
  const token = await tokenOf(server.token, context)
  const hide: Hide = (text) => (token === undefined ? text : text.replaceAll(token, '***'))
  const request = requestOf(server, call, token, context)
  const what = `${request.method} ${server.url}${call.path.replace(/\?.*/, '')}`
  const response = await fetched(request, what, hide, context)
  mustNotRedirect(response, what, request.url, hide)
  const { status, headers } = response
  if (status !== 200) {
    const body = await readErrorBody(response, context.signal)
    const wait = retryAfterMs(headers.get('retry-after'), context.env.now())
    throw statusError({ status, what, writes: call.writes === true, retryAfterMs: wait, body, hide })
  }
  mustBeOfType(call.accept, response, what, hide)
  return { response, hide }
}

/**
 * Sends one request and reads its answer as JSON, at most `responseBytes` of it.
 * @throws WireError as {@link send}; `SYNC_PROTOCOL` for an answer that is too long, cut off, or no JSON in UTF-8
 */
export async function ask(
  server: Server,
  call: Call,
  context: CallContext,
): Promise<{ readonly value: unknown; readonly hide: Hide }> {
  const { response, hide } = await send(server, call, context)
  try {
    return { value: await readJson(response, server.responseBytes, context.signal), hide }
  } catch (thrown) {
    throw thrown instanceof WireError ? thrown : networkError(thrown, `${server.url}${call.path}`, hide)
  }
}
