import type { Json, JsonObject } from '@rowkeep/kernel'
import { Channel } from './channel.ts'
import type {
  GrpcCall,
  GrpcError,
  GrpcHandler,
  GrpcPackages,
  Method,
  MethodDefinition,
  Serializer,
} from './packages.ts'

type Fetch = (request: Request) => Promise<Response>

const service = '/google.firestore.v1.Firestore'
// The double answers wherever it is asked.
const origin = 'http://firestore.test'

/** Messages are proto3 JSON on this side, by Google's own mapping: nothing here knows a field. */
function definitionOf({ name, requestStream, responseStream, ...method }: Method, json: Serializer): MethodDefinition {
  const { resolvedRequestType: request, resolvedResponseType: response } = method
  const coded = (type: typeof request): [(m: JsonObject) => Buffer, (bytes: Buffer) => JsonObject] => [
    (message) => Buffer.from(type.encode(json.fromProto3JSON(type, message)).finish()),
    (bytes) => json.toProto3JSON(type.decode(bytes)),
  ]
  const [requestSerialize, requestDeserialize] = coded(request)
  const [responseSerialize, responseDeserialize] = coded(response)
  return {
    path: `${service}/${name}`,
    requestStream: requestStream === true,
    responseStream: responseStream === true,
    requestSerialize,
    requestDeserialize,
    responseSerialize,
    responseDeserialize,
  }
}

/** JSON has no negative zero; proto3 JSON has it as text. */
const jsonOf = (message: JsonObject): string =>
  JSON.stringify(message, (_, value: Json) => (Object.is(value, -0) ? '-0' : value))

const escaped = (path: string): string => path.split('/').map(encodeURIComponent).join('/')

const authorizationOf = ({ metadata }: GrpcCall): string => String(metadata.get('authorization')[0] ?? '')

/** Turns calls into requests of the double: unary ones by the REST path that the protos annotate, streams by WebChannel. */
class Bridge {
  readonly #fetch: Fetch
  readonly #packages: GrpcPackages

  constructor(fetch: Fetch, packages: GrpcPackages) {
    this.#fetch = fetch
    this.#packages = packages
  }

  handlerOf(method: Method): GrpcHandler {
    if (method.requestStream === true) return (call) => this.#stream(method, call)
    return (call, done) => void this.#answer(method, call, done)
  }

  async #answer(method: Method, call: GrpcCall, done: Parameters<GrpcHandler>[1]): Promise<void> {
    try {
      const answer = await this.#ask(method, call)
      if (done) return done(null, answer as JsonObject)
      for (const message of answer as readonly JsonObject[]) call.write(message)
      call.end()
    } catch (thrown) {
      const error = thrown as GrpcError
      if (done) done(error)
      else call.emit('error', error)
    }
  }

  #errorOf({ status = 'UNKNOWN', message = '' }: { readonly status?: string; readonly message?: string }): GrpcError {
    return { code: this.#packages.grpc.status[status] ?? 2, details: message }
  }

  /** @throws GrpcError */
  async #ask({ name, options }: Method, call: GrpcCall): Promise<Json> {
    const template = options['(google.api.http).post']
    if (template === undefined) throw this.#errorOf({ status: 'UNIMPLEMENTED', message: `${name} is not bridged` })
    const path = template.replace(/\{(\w+)=[^}]*\}/, (_, field: string) => escaped(String(call.request[field])))
    const headers = { authorization: authorizationOf(call) }
    const body = jsonOf(call.request)
    const response = await this.#fetch(new Request(origin + path, { method: 'POST', headers, body }))
    const answer = (await response.json()) as Json
    if (response.ok) return answer
    throw this.#errorOf((answer as { readonly error: { readonly status: string; readonly message: string } }).error)
  }

  #stream({ name }: Method, call: GrpcCall): void {
    const url = `${origin}${service}/${name}/channel`
    const channel = new Channel(this.#fetch, url, authorizationOf(call), {
      message: (message) => {
        const { error } = message
        if (error === undefined) return call.write(message)
        channel.close()
        call.emit('error', this.#errorOf(error as { readonly status: string; readonly message: string }))
      },
      ended: () => call.emit('error', this.#errorOf({ status: 'UNAVAILABLE', message: 'the stream broke' })),
    })
    call.on('data', (message) => channel.send(message))
    call.on('cancelled', () => channel.close())
    call.on('end', () => {
      channel.close()
      call.end()
    })
  }
}

/** A double that speaks gRPC, too. */
export interface GrpcServed {
  readonly port: number
  stop(): void
}

/** Serves a double by gRPC at a free port of 127.0.0.1. */
export async function serveGrpc(fetch: Fetch, packages: GrpcPackages): Promise<GrpcServed> {
  const { grpc, serializer, methods } = packages
  const bridge = new Bridge(fetch, packages)
  const server = new grpc.Server()
  server.addService(
    Object.fromEntries(methods.map((method) => [method.name, definitionOf(method, serializer)])),
    Object.fromEntries(methods.map((method) => [method.name, bridge.handlerOf(method)])),
  )
  const port = await new Promise<number>((resolve, reject) => {
    const bound = (error: Error | null, at: number): void => (error ? reject(error) : resolve(at))
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), bound)
  })
  return { port, stop: () => server.forceShutdown() }
}
