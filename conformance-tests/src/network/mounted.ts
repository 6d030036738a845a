import type { DoubleSocket } from '@rowkeep/kernel/testing'
import { HttpResponse, http, type WebSocketHandler, ws } from 'msw'
import { intercept } from '#network'

/** Answers a request; `undefined`: the connection fails. */
export type Answer = (request: Request) => Promise<Response | undefined>

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

/**
 * Puts these in the place of the platform's network, by MSW, until the result is called: `answer` gets every request, `accept`
 * the server's end of every WebSocket; without it sockets are let out. One at a time in a process.
 */
export function mounted(answer: Answer, accept?: (socket: DoubleSocket) => void): Promise<() => Promise<void>> {
  const all = http.all(/.*/, async ({ request }) => (await answer(request)) ?? HttpResponse.error())
  return intercept([all, ...(accept ? [socketsTo(accept)] : [])])
}
