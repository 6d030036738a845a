import { WebSocket } from 'ws'

/** Amplify dials `wss:` always, and loopback has no certificate. */
class LoopbackSocket extends WebSocket {
  constructor(url: string, protocols: readonly string[]) {
    super(url.replace(/^wss:/, 'ws:'), [...protocols])
  }
}

/** Makes this process's WebSocket one that reaches a server without TLS. */
export function dialLoopback(): void {
  Object.assign(globalThis, { WebSocket: LoopbackSocket })
}
