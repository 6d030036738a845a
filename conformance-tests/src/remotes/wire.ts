import type { DoubleSocket } from '@rowkeep/kernel/testing'
import { HttpResponse, http, type WebSocketHandler, ws } from 'msw'
import { intercept } from '#network'
import type { Backend } from '../harness.ts'
import { behind, type Fault } from './faults.ts'

/** One request as it was on the wire. */
interface Sent {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

/** The network between adapter and backend. Whatever is not for the backend's origin fails, and is recorded all the same. */
export interface Wire {
  readonly sent: readonly Sent[]
  /** Resolves when the first request is on its way. */
  readonly first: Promise<void>
  /** Runs `call` with the fault on every request that begins while it runs. */
  under<T>(fault: Fault, call: () => Promise<T>): Promise<T>
  close(): Promise<void>
}

// Sockets are not held to the backend's origin: some vendors keep them at a host of their own.
const socketsTo = (accept: (socket: DoubleSocket) => void): WebSocketHandler =>
  ws.link(/.*/).addEventListener('connection', ({ client, info }) => {
    accept({
      url: client.url,
      protocols: info.protocols === undefined ? [] : [info.protocols].flat(),
      send: (data) => client.send(typeof data === 'string' ? data : data.slice().buffer),
      onMessage: (listener) =>
        client.addEventListener('message', ({ data }) => {
          if (typeof data === 'string') listener(data)
          else if (data instanceof ArrayBuffer) listener(new Uint8Array(data))
          else if (ArrayBuffer.isView(data)) listener(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
        }),
      onClose: (listener) => client.addEventListener('close', () => listener(), { once: true }),
      close: (code, reason) => client.close(code, reason),
    })
  })

/** A plain status in the backend's own words. */
function worded(fault: Fault, backend: Backend): Fault {
  const body = fault.kind === 'status' ? backend.wording?.(fault.status) : undefined
  return fault.kind === 'status' && body ? { ...fault, body } : fault
}

/** Mounts the backend under MSW, in the place of the platform's network. */
export async function mount(backend: Backend): Promise<Wire> {
  const sent: Sent[] = []
  let begun: () => void = () => {}
  const first = new Promise<void>((resolve) => {
    begun = resolve
  })
  let fault: Fault | undefined
  const here = new URL(backend.origin).origin
  const answer = async (request: Request): Promise<Response> => {
    sent.push({ url: request.url, headers: Object.fromEntries(request.headers) })
    begun()
    if (new URL(request.url).origin !== here) return HttpResponse.error()
    const response = await behind(fault, (arrived) => backend.fetch(arrived))(request)
    return response ?? HttpResponse.error()
  }
  const sockets = backend.socket ? [socketsTo(backend.socket)] : []
  const close = await intercept([http.all(/.*/, ({ request }) => answer(request)), ...sockets])
  return {
    sent,
    first,
    async under(next, call) {
      fault = worded(next, backend)
      try {
        return await call()
      } finally {
        fault = undefined
      }
    },
    close,
  }
}
