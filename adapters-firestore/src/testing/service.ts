import type { JsonObject } from '@rowkeep/kernel'
import type { ModelServer } from '@rowkeep/kernel/testing'
import { Channels, type OpenStream } from './channel.ts'
import { Commits } from './commit.ts'
import { Documents } from './documents.ts'
import { ListenStream } from './listen.ts'
import { Reads } from './reads.ts'
import { bodyOf, RestApi } from './rest.ts'
import { type Caller, Rules } from './rules.ts'
import { invalid, StatusError } from './status.ts'
import { Transactions } from './transactions.ts'
import { WriteStream } from './write-stream.ts'

const corsHeaders = (origin: string | null): Readonly<Record<string, string>> => ({
  'access-control-allow-origin': origin ?? '*',
  'access-control-allow-credentials': 'true',
  'access-control-allow-methods': 'GET, POST, OPTIONS',
  'access-control-allow-headers':
    'authorization, content-type, google-cloud-resource-prefix, x-firebase-appcheck, x-firebase-gmpid, x-goog-api-client, x-goog-api-key, x-goog-request-params',
  'access-control-expose-headers': 'x-http-session-id',
})

const refusal = (error: StatusError): Response => Response.json(error.body, { status: error.http })

/** The service behind its transports: REST for the lite SDK, WebChannel for the full one. */
export class Service {
  readonly documents: Documents
  readonly commits: Commits
  readonly bill: { reads: number } = { reads: 0 }
  readonly #server: ModelServer
  readonly #reads: Reads
  readonly #rest: RestApi
  readonly #channels: Channels

  constructor(server: ModelServer, collections: readonly string[]) {
    const rules = new Rules(server, collections)
    this.#server = server
    this.documents = new Documents(server)
    this.commits = new Commits(this.documents, rules)
    this.#reads = new Reads(this.documents, rules, this.bill)
    this.#rest = new RestApi(this.#reads, this.commits, new Transactions(this.documents))
    this.#channels = new Channels((rpc) => this.#streamOf(rpc))
  }

  async fetch(request: Request): Promise<Response> {
    const response = await this.#answer(request).catch((thrown: unknown) => {
      if (thrown instanceof StatusError) return refusal(thrown)
      throw thrown
    })
    for (const [name, value] of Object.entries(corsHeaders(request.headers.get('origin'))))
      response.headers.set(name, value)
    return response
  }

  /** Ends all streams. */
  close(): void {
    this.#channels.close()
  }

  async #answer(request: Request): Promise<Response> {
    if (request.method === 'OPTIONS') return new Response(null, { status: 204 })
    const url = new URL(request.url)
    const rpc = /\/google\.firestore\.v1\.Firestore\/(Listen|Write)\/channel$/.exec(url.pathname)?.[1]
    if (rpc !== undefined) return this.#channels.answer(request, url, rpc)
    const parts = /^\/v1\/(projects\/.*\/documents(?:\/.*)?):(\w+)$/.exec(url.pathname)
    if (!parts?.[1] || !parts[2] || request.method !== 'POST')
      return refusal(new StatusError('NOT_FOUND', `There is nothing at ${request.method} ${url.pathname}.`))
    const caller = this.#callerOf(request.headers)
    const body = bodyOf(await request.text())
    return Response.json(this.#rest.answer({ resource: decoded(parts[1]), verb: parts[2], body, caller }))
  }

  /** Nobody without a token, which the rules then refuse; `owner` is the admin of an emulator. */
  #callerOf(headers: Headers): Caller {
    const token = /^Bearer (.+)$/i.exec(headers.get('authorization') ?? '')?.[1]
    if (token === undefined) return { uid: undefined }
    if (token === 'owner') return 'admin'
    const uid = this.#server.userOf(token)
    if (uid !== undefined) return { uid }
    throw new StatusError('UNAUTHENTICATED', 'Request had invalid authentication credentials.')
  }

  #streamOf(rpc: string): OpenStream {
    return (headers, send) => {
      let caller: Caller
      try {
        caller = this.#callerOf(headers)
      } catch (thrown) {
        // The channel itself opens whoever calls; the first message finds out.
        const refuse = (_message: JsonObject): void => {
          throw thrown
        }
        return { receive: refuse, close: () => undefined }
      }
      return rpc === 'Write' ? new WriteStream(this.commits, caller, send) : new ListenStream(this.#reads, caller, send)
    }
  }
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch (cause) {
    throw Object.assign(invalid('The URL is not valid UTF-8.'), { cause })
  }
}
