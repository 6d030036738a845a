import type { Server } from 'node:http'
import type { DoubleSocket } from '@rowkeep/kernel/testing'
import { type WebSocket, WebSocketServer } from 'ws'

function socketOf(socket: WebSocket, target: string, offered: string | undefined): DoubleSocket {
  return {
    url: new URL(target, 'ws://localhost'),
    protocols: offered === undefined ? [] : offered.split(',').map((name) => name.trim()),
    send: (data) => socket.send(data),
    onMessage: (listener) =>
      socket.on('message', (data, isBinary) => listener(isBinary ? new Uint8Array(data as Buffer) : String(data))),
    onClose: (listener) => socket.once('close', listener),
    close: (code, reason) => socket.close(code, reason),
  }
}

/** Hands every WebSocket that is opened to the server to `accept`. */
export function acceptSockets(http: Server, accept: (socket: DoubleSocket) => void): void {
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: (offered) => [...offered][0] ?? false })
  http.on('upgrade', (request, stream, head) =>
    sockets.handleUpgrade(request, stream, head, (socket) =>
      accept(socketOf(socket, request.url ?? '/', request.headers['sec-websocket-protocol'])),
    ),
  )
}
