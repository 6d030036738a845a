import type { AppsyncDouble } from '../../src/testing/index.ts'

/** What happens to one request; the default is that the double answers it. */
type Way = (request: Request, serve: () => Promise<Response>) => Promise<Response>

/** One request as it was sent. */
interface Sent {
  readonly headers: Headers
  readonly query: string
  readonly variables: Readonly<Record<string, unknown>>
}

/** The network between Amplify's client and a double, in the place of the platform's. */
export interface Network {
  readonly sent: Sent[]
  /** How the next requests fare. */
  way: Way
  /** Ends of sockets on the double's side, newest last. */
  readonly sockets: { readonly url: string; readonly protocols: readonly string[]; drop(): void }[]
  /** What clients said on their sockets. */
  readonly frames: string[]
  restore(): void
}

type Listener = ((event: { readonly data?: string; readonly reason?: string }) => void) | null

/** A browser's WebSocket whose other end is the double. */
function socketTo(double: AppsyncDouble, network: Network): typeof WebSocket {
  class Socket {
    static readonly OPEN = 1
    onopen: Listener = null
    onmessage: Listener = null
    onclose: Listener = null
    onerror: Listener = null
    readyState = 0
    readonly bufferedAmount = 0
    readonly #closed: (() => void)[] = []
    #hear: (data: string) => void = () => undefined

    constructor(url: string, protocols: readonly string[]) {
      network.sockets.push({ url, protocols, drop: () => this.close() })
      queueMicrotask(() => {
        this.readyState = 1
        double.socket({
          url: new URL(url),
          protocols,
          send: (data) => queueMicrotask(() => this.readyState === 1 && this.onmessage?.({ data: String(data) })),
          onMessage: (listener) => {
            this.#hear = listener
          },
          onClose: (listener) => this.#closed.push(listener),
          close: () => queueMicrotask(() => this.close()),
        })
        if (this.readyState === 1) this.onopen?.({})
      })
    }

    send(data: string): void {
      network.frames.push(data)
      this.#hear(data)
    }

    close(): void {
      if (this.readyState === 3) return
      this.readyState = 3
      for (const listener of this.#closed) listener()
      this.onclose?.({ reason: '' })
    }
  }
  return Socket as unknown as typeof WebSocket
}

/** Puts a double on the network until `restore()`. */
export function networkTo(double: AppsyncDouble): Network {
  const { fetch, WebSocket } = globalThis
  const network: Network = {
    sent: [],
    way: (_, serve) => serve(),
    sockets: [],
    frames: [],
    restore() {
      Object.assign(globalThis, { fetch, WebSocket })
    },
  }
  const serve = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init)
    const body = (await request.clone().json()) as Pick<Sent, 'query' | 'variables'>
    network.sent.push({ headers: request.headers, ...body })
    return network.way(request, () => double.fetch(request.clone()))
  }
  Object.assign(globalThis, { fetch: serve, WebSocket: socketTo(double, network) })
  return network
}

/** Resolves when `holds` does. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5))
}
