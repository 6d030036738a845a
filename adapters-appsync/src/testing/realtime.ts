import { type Env, type Json, platformEnv } from '@rowkeep/kernel'
import type { DoubleSocket } from '@rowkeep/kernel/testing'
import { isObject } from '../json.ts'
import { type Operation, operationOf } from './answers.ts'
import { unpacked } from './bytes.ts'

/** How long the client may hear nothing before it gives the connection up, and how often it hears something, ms. */
const connectionTimeoutMs = 300_000
const keepAliveMs = 60_000

/** Headers of a socket: AppSync takes them from a subprotocol, or from the query. */
type Header = (name: string) => string | null

/** One subscription, open. */
export interface Listening {
  readonly caller: unknown
  readonly operation: Operation
  /** Sends an answer in the form of GraphQL. */
  send(answer: object): void
}

/** What the realtime endpoint asks of the API. */
export interface RealtimePorts {
  /** Throws where the credentials are nobody's. */
  authorize(header: Header): unknown
  /** Why the operation may not be subscribed to, as GraphQL errors; `undefined`: it may. */
  refusal(operation: Operation, caller: unknown): readonly object[] | undefined
  readonly env?: Pick<Env, 'setTimer'>
}

/** The realtime endpoint: sockets in, subscriptions to tell. */
export interface Realtime {
  accept(socket: DoubleSocket): void
  readonly listening: Iterable<Listening>
  /** Closes every socket. */
  close(): void
}

const headersOf = (raw: unknown): Header => {
  const entries = Object.entries(isObject(raw) ? raw : {}).map(([name, value]) => [name.toLowerCase(), value] as const)
  const headers = new Map<string, Json>(entries)
  return (name) => {
    const value = headers.get(name)
    return typeof value === 'string' ? value : null
  }
}

function connectionHeader({ url, protocols }: DoubleSocket): Header {
  const packed = protocols.find((protocol) => protocol.startsWith('header-'))?.slice('header-'.length)
  return headersOf(unpacked(packed ?? url.searchParams.get('header') ?? ''))
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** One connection: what has been said on it, and the subscriptions it carries. */
class Connection {
  readonly #socket: DoubleSocket
  readonly #ports: RealtimePorts
  readonly #open = new Map<string, Listening>()
  #ready = false
  #stopKeepAlive: () => void = () => undefined

  constructor(socket: DoubleSocket, ports: RealtimePorts) {
    this.#socket = socket
    this.#ports = ports
    socket.onMessage((data) => this.#hear(parsed(typeof data === 'string' ? data : new TextDecoder().decode(data))))
    socket.onClose(() => {
      this.#stopKeepAlive()
      this.#open.clear()
    })
  }

  get listening(): Iterable<Listening> {
    return this.#open.values()
  }

  close(): void {
    this.#socket.close(1000)
  }

  #send(message: object): void {
    this.#socket.send(JSON.stringify(message))
  }

  #hear(message: unknown): void {
    if (!isObject(message)) return this.#refuse('connection_error', 'BadRequestException', 'Invalid message')
    const { type, id } = message
    if (type === 'connection_init') return this.#init()
    if (typeof id !== 'string' || !this.#ready)
      return this.#refuse('error', 'UnsupportedOperation', 'unknown not supported through the realtime channel')
    if (type === 'start') return this.#start(id, message['payload'])
    if (type === 'stop' && this.#open.delete(id)) return this.#send({ type: 'complete', id })
    return this.#refuse('error', 'UnsupportedOperation', `${String(type)} not supported through the realtime channel`)
  }

  #init(): void {
    try {
      this.#ports.authorize(connectionHeader(this.#socket))
    } catch (thrown) {
      const errorType = 'com.amazonaws.deepdish.graphql.auth#UnauthorizedException'
      const errors = [{ errorType, message: (thrown as Error).message, errorCode: 400 }]
      this.#send({ type: 'connection_error', payload: { errors } })
      return this.#socket.close(1000)
    }
    this.#ready = true
    this.#send({ type: 'connection_ack', payload: { connectionTimeoutMs } })
    this.#keepAlive()
  }

  #keepAlive(): void {
    this.#send({ type: 'ka' })
    this.#stopKeepAlive = (this.#ports.env ?? platformEnv).setTimer(keepAliveMs, () => this.#keepAlive())
  }

  #start(id: string, payload: unknown): void {
    const { data, extensions } = (isObject(payload) ? payload : {}) as {
      readonly data?: unknown
      readonly extensions?: unknown
    }
    const refuse = (errors: readonly object[]): void => this.#send({ id, type: 'error', payload: { errors } })
    try {
      const caller = this.#ports.authorize(headersOf(isObject(extensions) ? extensions['authorization'] : undefined))
      const operation = operationOf(parsed(String(data)))
      const errors = this.#ports.refusal(operation, caller)
      if (errors) return refuse(errors)
      this.#open.set(id, { caller, operation, send: (answer) => this.#send({ id, type: 'data', payload: answer }) })
      this.#send({ id, type: 'start_ack' })
    } catch (thrown) {
      refuse([{ errorType: 'UnauthorizedException', message: (thrown as Error).message, errorCode: 401 }])
    }
  }

  #refuse(type: string, errorType: string, message: string): void {
    this.#send({ type, payload: { errors: [{ errorType, message }] } })
  }
}

/** A realtime endpoint that speaks the protocol `graphql-ws` of AppSync. */
export function realtime(ports: RealtimePorts): Realtime {
  const connections = new Set<Connection>()
  return {
    accept(socket) {
      if (!socket.protocols.includes('graphql-ws')) return socket.close(1002, 'unsupported subprotocol')
      const connection = new Connection(socket, ports)
      connections.add(connection)
      socket.onClose(() => connections.delete(connection))
    },
    get listening() {
      return [...connections].flatMap(({ listening }) => [...listening])
    },
    close() {
      for (const connection of connections) connection.close()
    },
  }
}
