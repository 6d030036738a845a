import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { AppsyncDouble } from '@rowkeep/adapters-appsync/testing'
import { nodeListener } from '@rowkeep/adapters-rest/server'
import type { JsonObject } from '@rowkeep/kernel'
import type { DoubleSocket } from '@rowkeep/kernel/testing'
import { acceptSockets } from '../../../demo/sockets.ts'
import { type Operation, operationIn } from './operations.ts'

/** One client's door to a double: everything it says is written down, and its network can misbehave. */
export class Served {
  readonly #double: AppsyncDouble
  readonly #http: Server
  #operations: Operation[] = []
  #told: string[] = []
  readonly #sockets = new Set<DoubleSocket>()
  #interruption: { readonly field: string; readonly meanwhile: () => Promise<void> } | undefined
  #losing: string | undefined

  constructor(double: AppsyncDouble) {
    this.#double = double
    this.#http = createServer(this.#listener)
    acceptSockets(this.#http, (socket) => this.#accept(socket))
  }

  /** The address of the GraphQL endpoint, once `listen` has resolved. */
  get endpoint(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}/graphql`
  }

  async listen(): Promise<void> {
    this.#http.listen(0, '127.0.0.1')
    await once(this.#http, 'listening')
  }

  /** Takes the operations that came since the last time, subscriptions too, oldest first. */
  take(): readonly Operation[] {
    const operations = this.#operations
    this.#operations = []
    return operations
  }

  /** Takes the fields of `Subscription` that the client was told of since the last time, oldest first. */
  takeTold(): readonly string[] {
    const told = this.#told
    this.#told = []
    return told
  }

  /** The operations that came since they were last taken. */
  get seen(): readonly Operation[] {
    return this.#operations
  }

  /** Lets something happen between the next request for that field and its handling. */
  interrupt(field: string, meanwhile: () => Promise<void>): void {
    this.#interruption = { field, meanwhile }
  }

  /** From now on requests for that field have their effect, and the connection breaks before the answer; `undefined`: none. */
  loseAnswers(field: string | undefined): void {
    this.#losing = field
  }

  /** No more interruptions and losses. */
  calm(): void {
    this.#interruption = undefined
    this.#losing = undefined
  }

  /** Breaks the sockets that are open. */
  dropSockets(): void {
    for (const socket of this.#sockets) socket.close(1011)
  }

  async close(): Promise<void> {
    this.#http.close()
    this.#http.closeAllConnections()
    for (const socket of this.#sockets) socket.close(1001)
  }

  readonly #listener: RequestListener = (incoming, outgoing) =>
    nodeListener((request) => this.#serve(request, () => incoming.socket.destroy()))(incoming, outgoing)

  async #serve(request: Request, breakConnection: () => void): Promise<Response> {
    const operation = operationIn(await request.clone().text())
    this.#operations.push(operation)
    await this.#interrupted(operation)
    const answer = await this.#double.fetch(request)
    operation.data = ((await answer.clone().json()) as { readonly data: JsonObject }).data
    if (operation.field === this.#losing) breakConnection()
    return answer
  }

  async #interrupted({ field }: Operation): Promise<void> {
    const interruption = this.#interruption
    if (interruption?.field !== field) return
    this.#interruption = undefined
    await interruption.meanwhile()
  }

  #accept(socket: DoubleSocket): void {
    this.#sockets.add(socket)
    socket.onClose(() => this.#sockets.delete(socket))
    socket.onMessage((text) => this.#note(JSON.parse(String(text)) as Frame))
    const send = (text: string | Uint8Array): void => {
      const { type, payload } = JSON.parse(String(text)) as Told
      if (type === 'data') this.#told.push(...Object.keys(payload?.data ?? {}))
      socket.send(text)
    }
    this.#double.socket({ ...socket, send })
  }

  #note({ type, payload }: Frame): void {
    if (type === 'start' && payload) this.#operations.push(operationIn(payload.data))
  }
}

/** What a client says on a socket. */
interface Frame {
  readonly type: string
  readonly payload?: { readonly data: string }
}

/** What it is told there. */
interface Told {
  readonly type: string
  readonly payload?: { readonly data?: JsonObject }
}

/** Opens a door to the double on a free port of loopback. */
export async function serve(double: AppsyncDouble): Promise<Served> {
  const served = new Served(double)
  await served.listen()
  return served
}
