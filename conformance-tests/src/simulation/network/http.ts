import type { JsonObject } from '@rowkeep/kernel'
import type { World } from '../world.ts'
import type { Wire } from './network.ts'

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
    garbled: (how) => (how === 'truncated' && first && first.body.byteLength > 1 ? cutOff(first) : portal()),
    unreachable,
  }
}
