import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type FirestoreDouble, firestoreDouble } from '@rowkeep/adapters-firestore/testing'
import { nodeListener } from '@rowkeep/adapters-rest/server'
import { type ModelServer, modelServer } from '@rowkeep/kernel/testing'
import type { Installed } from '../judge.ts'
import { adminClient } from './clients/admin.ts'
import type { AdminSdk } from './clients/admin-sdk.ts'
import type { Client } from './clients/client.ts'
import { browserBuild, type FullClient, fullClient } from './clients/full.ts'
import { liteClient } from './clients/lite.ts'
import { withXhr } from './clients/xhr.ts'
import { serveGrpc } from './grpc/bridge.ts'
import { grpcPackages } from './grpc/packages.ts'
import { within } from './within.ts'

/** One double, served in both ways, and who talks to it. */
export interface World {
  readonly double: FirestoreDouble
  /** The state behind it. */
  readonly model: ModelServer
  /** Where it speaks HTTP, on loopback. */
  readonly port: number
  /** All three past the rules: the web SDKs by an emulator's token of an admin. */
  readonly full: FullClient
  readonly lite: Client
  readonly admin: Client
  /** The web SDKs with another token, such as a user's. */
  readonly fullAs: (token: string) => FullClient
  readonly liteAs: (token: string) => Client
  /** Ends all of it. @throws AggregateError of what could not be ended */
  close(): Promise<void>
}

type End = () => void | Promise<void>

async function serveHttp({ fetch }: FirestoreDouble, ends: End[]): Promise<number> {
  const server = createServer(nodeListener(fetch)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  ends.push(async () => {
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  })
  return (server.address() as AddressInfo).port
}

/** The last that was opened goes first; what cannot be ended does not keep the others. */
async function endAll(ends: End[]): Promise<void> {
  const failures: unknown[] = []
  for (const end of ends.splice(0).reverse())
    await within('closing', Promise.resolve(end()), 10_000).catch((error: unknown) => failures.push(error))
  if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('; '))
}

/** Opens everything; `close` ends it, and what failed half-way is ended before this rejects. */
export async function openWorld(installed: Installed): Promise<World> {
  const ends: End[] = []
  const kept = <T extends Client>(client: T): T => {
    ends.push(() => client.close())
    return client
  }
  try {
    const model = modelServer()
    const double = firestoreDouble({ server: model })
    const port = await serveHttp(double, ends)
    const grpc = await serveGrpc(double.fetch, await grpcPackages(installed))
    ends.push(grpc.stop, () => double.close(), withXhr())
    const sdk = await browserBuild()
    const fullAs = (token: string): FullClient => kept(fullClient(sdk, port, token))
    const liteAs = (token: string): Client => kept(liteClient(port, token))
    const admin = kept(adminClient(installed.require('@google-cloud/firestore') as AdminSdk, grpc.port))
    const [full, lite] = [fullAs('owner'), liteAs('owner')]
    return { double, model, port, full, lite, admin, fullAs, liteAs, close: () => endAll(ends) }
  } catch (error) {
    await endAll(ends).catch(() => undefined)
    throw error
  }
}
