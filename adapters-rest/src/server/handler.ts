import { type Env, type Json, platformEnv, SyncError } from '@rowkeep/kernel'
import { answer, busy, failed } from './answers.ts'
import { bodyOf } from './body.ts'
import { type Authenticate, callerOf } from './caller.ts'
import { createGate, type Gate } from './gate.ts'
import { createHub, type Hub } from './hub.ts'
import { limitsWith, type ServerLimits } from './limits.ts'
import { checkOptions } from './options.ts'
import { pullRequestOf } from './pull-request.ts'
import { pushRequestOf } from './push-request.ts'
import { queryRequestOf } from './query-request.ts'
import { pushPermitted } from './refusals.ts'
import { mountPath, type Route, routeOf } from './route.ts'
import type { SyncStorage } from './storage.ts'
import { createStreams, type Streams } from './streams.ts'

/** Options of {@link syncHandler}. */
export interface SyncHandlerOptions {
  readonly storage: SyncStorage
  readonly authenticate: Authenticate
  /** The collections served, each name 1 to 64 bytes. Others are refused: a pull with 404, an operation by its verdict. */
  readonly collections: readonly string[]
  /** Where it is mounted, as the request's path has it; default `/sync`. The adapter's `url` ends with it. */
  readonly basePath?: string
  readonly limits?: Partial<ServerLimits>
  /** Clock and timers of live streams; default the platform's. */
  readonly env?: Env
  /** Is told what a caller may not be told: why a request ended with 500. Default `console.error`. */
  readonly report?: (error: unknown) => void
}

/**
 * The sync endpoints as one web-standard function. It never rejects. CORS is the framework's affair.
 */
export interface SyncHandler {
  (request: Request): Promise<Response>
  /**
   * Tells a user's live streams of a change that did not come through this handler: the app's own write, or another
   * server process's. Default: in any collection.
   */
  poke(user: string, collections?: Iterable<string>): void
  /** Ends live streams, refuses new requests with 503, and waits for those under way. */
  close(): Promise<void>
}

interface Server extends Pick<SyncHandlerOptions, 'storage' | 'authenticate'> {
  readonly collections: ReadonlySet<string>
  readonly limits: ServerLimits
  readonly hub: Hub
  readonly gate: Gate
  readonly streams: Streams
}

function served(names: readonly string[]): ReadonlySet<string> {
  const bad = names.find(
    (name) =>
      typeof name !== 'string' || !/^[^\0\p{Surrogate}]+$/u.test(name) || new TextEncoder().encode(name).length > 64,
  )
  if (bad === undefined && names.length > 0) return new Set(names)
  throw new SyncError('SYNC_CONFIG_INVALID', { message: 'syncHandler: collections must list names of 1 to 64 bytes' })
}

function mustServe(asked: readonly string[], { collections }: Server): void {
  const missing = asked.find((name) => !collections.has(name))
  if (missing === undefined) return
  throw new SyncError('SYNC_NOT_FOUND', { message: `this server has no collection ${JSON.stringify(missing)}` })
}

async function pull(user: string, body: Json, server: Server): Promise<Response> {
  const { digest, ...request } = pullRequestOf(body, server.limits.pageRows)
  mustServe(request.feed.collections, server)
  if (digest) return answer({ digest: (await server.storage.digest?.(user, request.feed)) ?? null })
  return answer(await server.storage.pull(user, request))
}

async function push(user: string, body: Json, server: Server): Promise<Response> {
  const request = pushRequestOf(body, server.limits.operations)
  const verdicts = await pushPermitted(server.storage, user, request, server)
  const applied = request.operations.filter((_, index) => verdicts[index]?.kind === 'applied')
  server.hub.poke(user, new Set(applied.map(({ collection }) => collection)))
  return answer(verdicts)
}

async function query(user: string, body: Json, { storage, ...server }: Server): Promise<Response> {
  const { rows, ...asked } = queryRequestOf(body, server.limits.pageRows)
  mustServe([asked.collection], { storage, ...server })
  if (!storage.query || !storage.count) {
    throw new SyncError('SYNC_UNSUPPORTED', { message: 'this server answers no queries' })
  }
  return answer(rows ? await storage.query(user, rows) : { count: await storage.count(user, asked) })
}

const bodied = { pull, push, query } as const

async function live(user: string, request: Request, server: Server): Promise<Response> {
  const names = (new URL(request.url).searchParams.get('collections') ?? '').split(',')
  mustServe(names, server)
  const listen = (poke: () => void): (() => void) => server.hub.listen(user, new Set(names), poke)
  return server.streams.open(request.signal, listen) ?? busy('too many live streams at once')
}

async function exchange(route: Route, request: Request, server: Server): Promise<Response> {
  const leave = server.gate.enter()
  if (leave === undefined) return busy(server.gate.isShut ? 'the server is closing' : 'too many requests at once')
  try {
    const user = await callerOf(request, server.authenticate)
    if (route === 'live') return await live(user, request, server)
    const body = await bodyOf(request, server.limits.requestBytes)
    return await bodied[route](user, body, server)
  } finally {
    leave()
  }
}

/**
 * The server's half of the REST wire: `POST {basePath}/pull`, `POST {basePath}/push`,
 * `POST {basePath}/query`, `GET {basePath}/live`, mounted in
 * anything that speaks `Request` and `Response`; for `node:http` and Express wrap it in `nodeListener`.
 * @throws SyncError `SYNC_CONFIG_INVALID` for an option that cannot be used
 */
export function syncHandler(options: SyncHandlerOptions): SyncHandler {
  checkOptions(options)
  const { storage, authenticate, env = platformEnv, report = (error) => console.error(error) } = options
  const limits = limitsWith(options.limits)
  const mount = mountPath(options.basePath ?? '/sync')
  const hub = createHub()
  const gate = createGate(limits.requests)
  const streams = createStreams(env, limits)
  const server: Server = { storage, authenticate, collections: served(options.collections), limits, hub, gate, streams }
  const handle = async (request: Request): Promise<Response> => {
    try {
      const route = routeOf(request, mount)
      return route instanceof Response ? route : await exchange(route, request, server)
    } catch (thrown) {
      return failed(thrown, report)
    }
  }
  const poke: SyncHandler['poke'] = (user, collections) => hub.poke(user, collections)
  const close = async (): Promise<void> => {
    streams.close()
    await gate.shut()
  }
  return Object.assign(handle, { poke, close })
}
