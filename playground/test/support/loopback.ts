import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { nodeListener } from '@rowkeep/adapters-rest/server'

/** A server on this machine. */
interface Served {
  readonly origin: string
  /** Ends it with all its connections. */
  close(): void
}

/** Serves what answers requests at a port of its own. */
export async function onLoopback(answer: (request: Request) => Promise<Response>): Promise<Served> {
  const http = createServer(nodeListener(answer))
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  return {
    origin: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    close() {
      http.closeAllConnections()
      http.close()
    },
  }
}
