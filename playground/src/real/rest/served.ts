import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo, Server } from 'node:net'
import { nodeListener } from '@rowkeep/adapters-rest/server'
import type { Double } from '@rowkeep/kernel/testing'

/** How long anything here may take, ms. */
export const timeoutMs = 10_000

/** The port a server listens at. */
export const portOf = (server: Server): number => (server.address() as AddressInfo).port

/** Runs `use` while the double is served on loopback: over a real connection, as the server it is compared with. */
export async function served(double: Double, use: (url: string) => Promise<void>): Promise<void> {
  const server = createServer(nodeListener((request) => double.fetch(request))).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    await use(`http://127.0.0.1:${portOf(server)}`)
  } finally {
    server.close()
    server.closeAllConnections()
  }
}
