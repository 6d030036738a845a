import type { JsonObject } from '@rowkeep/kernel'
import type { World } from '../world.ts'
import type { Garbled, Wire } from './network.ts'

/** An answer with its body, as it can be given to anybody any number of times. */
interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: ArrayBuffer
}

/** A server: one web-standard function, and how it words an error of a status. */
export interface HttpServer {
  readonly origin: string
  fetch(request: Request): Promise<Response>
  wording?(status: number): JsonObject
}

const bodiless: readonly number[] = [101, 204, 205, 304]

const whole = async (answer: Response): Promise<Answer> => ({
  status: answer.status,
  headers: answer.headers,
  body: await answer.arrayBuffer(),
})

const responseOf = ({ status, headers, body }: Answer): Response =>
  new Response(bodiless.includes(status) ? null : body, { status, headers })

/** How `fetch` fails where there is no answer. */
const unreachable = (): TypeError => new TypeError('fetch failed')

/** What a captive portal shows, wherever it sends the traveller. */
const portal = (): Response =>
  new Response('<!doctype html><p>Accept the terms.</p>', { headers: { 'content-type': 'text/html' } })

/** The first half, and then the end: without a length nobody can tell. */
function cutOff({ status, headers, body }: Answer): Response {
  const rest = new Headers(headers)
  rest.delete('content-length')
  return responseOf({ status, headers: rest, body: body.slice(0, body.byteLength >> 1) })
}

/** The first half, and then the connection is gone. */
function brokenOff({ status, headers, body }: Answer): Response {
  const start = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
    controller.enqueue(new Uint8Array(body.slice(0, body.byteLength >> 1)))
  }
  const pull = (controller: ReadableStreamDefaultController<Uint8Array>): void =>
    controller.error(new TypeError('terminated'))
  return new Response(new ReadableStream({ start, pull }, { highWaterMark: 0 }), { status, headers })
}

const elsewhere = 'https://portal.test/'

/** Word that the answer is at another place, as `fetch` deals with it. */
function redirected({ redirect }: Request): Response {
  if (redirect === 'error') throw unreachable()
  if (redirect === 'manual') return new Response(null, { status: 302, headers: { location: elsewhere } })
  return Object.defineProperties(portal(), { redirected: { value: true }, url: { value: elsewhere } })
}

function garbled(how: Garbled, request: Request, answer: Answer | undefined): Response {
  if (how === 'redirected') return redirected(request)
  if (how === 'html' || !answer || answer.body.byteLength < 2) return portal()
  return how === 'truncated' ? cutOff(answer) : brokenOff(answer)
}

/**
 * A request of the web on its way to a server: it can arrive any number of times, and its answer is read whole while virtual time
 * stands still.
 */
export async function httpWire({ loop }: World, server: HttpServer, request: Request): Promise<Wire<Response>> {
  const { url, method, headers } = request
  const body = request.body === null ? null : await loop.foreign(request.arrayBuffer())
  const { pathname, origin } = new URL(url)
  const copy = (): Request => new Request(url, { method, headers, body })
  let first: Answer | undefined
  return {
    what: `${method} ${pathname}`,
    async arrive() {
      if (origin !== new URL(server.origin).origin) return portal()
      const answer = await loop.foreign(server.fetch(copy()).then(whole))
      first ??= answer
      return responseOf(answer)
    },
    status(status, seconds) {
      const body = server.wording?.(status) ?? { message: 'on purpose' }
      return Response.json(body, { status, headers: seconds === undefined ? {} : { 'retry-after': String(seconds) } })
    },
    garbled: (how) => garbled(how, request, first),
    unreachable,
  }
}
