import type { IncomingMessage, ServerResponse } from 'node:http'
import { refuse } from './answers.ts'

/** The handler, as much of it as a listener needs. */
type Handle = (request: Request) => Promise<Response>

function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers()
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) headers.append(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '')
  return headers
}

/** Express cuts the mount path off `url` and keeps the whole in `originalUrl`. */
const urlOf = (incoming: IncomingMessage & { readonly originalUrl?: string }): string => {
  const path = incoming.originalUrl ?? incoming.url ?? '/'
  // The host is the client's word, and nothing here depends on it.
  return path.startsWith('/') ? `http://localhost${path}` : path
}

function requestOf(incoming: IncomingMessage, signal: AbortSignal): Request {
  const method = incoming.method ?? 'GET'
  const bare = method === 'GET' || method === 'HEAD'
  // A body that is not read to its end must not take the socket with it: the answer still has to go out.
  const body = bare ? {} : { body: incoming.iterator({ destroyOnReturn: false }), duplex: 'half' }
  const init = { method, headers: headersOf(incoming), signal, ...body }
  // Node's own Request takes any async iterable as a body; the type of the web standard does not say so.
  return new Request(urlOf(incoming), init as RequestInit)
}

const roomIn = (outgoing: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      outgoing.off('drain', done)
      outgoing.off('close', done)
      resolve()
    }
    outgoing.once('drain', done)
    outgoing.once('close', done)
  })

async function send(response: Response, outgoing: ServerResponse): Promise<void> {
  outgoing.writeHead(response.status, Object.fromEntries(response.headers))
  outgoing.flushHeaders()
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    if (outgoing.destroyed) return
    if (!outgoing.write(chunk)) await roomIn(outgoing)
  }
  outgoing.end()
}

async function serve(handle: Handle, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const gone = new AbortController()
  outgoing.once('close', () => gone.abort())
  let request: Request
  try {
    request = requestOf(incoming, gone.signal)
  } catch {
    // A method, header or target that Node lets through and the web standard does not.
    await send(refuse(400, { code: 'SYNC_PROTOCOL', message: 'this is no request' }), outgoing)
    return
  }
  const response = await handle(request)
  // What is left of a refused upload is thrown away: a client that is still sending would lose the answer with the socket.
  incoming.resume()
  await send(response, outgoing)
}

/**
 * The handler as a listener: `createServer(nodeListener(handler))`, or `app.use(nodeListener(handler))` in Express, there
 * before any body parser. Bodies and live streams pass through in pieces, never as a whole; a client that goes away
 * aborts the request's signal.
 */
export function nodeListener(handle: Handle): (incoming: IncomingMessage, outgoing: ServerResponse) => void {
  return (incoming, outgoing) => {
    // Nothing can be told to this client any more; the handler itself never fails.
    serve(handle, incoming, outgoing).catch((error: Error) => outgoing.destroy(error))
  }
}
