/** The server's end of one WebSocket, whoever carries it: a mock of the network, or a real server. */
export interface DoubleSocket {
  readonly url: URL
  /** What the client offered, in its order. */
  readonly protocols: readonly string[]
  send(data: string | Uint8Array): void
  /** Text frames as text, binary frames as bytes. */
  onMessage(listener: (data: string | Uint8Array) => void): void
  /** Told once, whichever side closed. */
  onClose(listener: () => void): void
  close(code?: number, reason?: string): void
}

/** A stand-in for a backend: one web-standard function, and sockets where the backend has them. */
export interface Double {
  /** Where it pretends to be. Requests name this origin, or whatever origin it is served at. */
  readonly origin: string
  fetch(request: Request): Promise<Response>
  /** Takes a socket that was opened to it. Absent: it has none. */
  readonly socket?: (socket: DoubleSocket) => void
}
