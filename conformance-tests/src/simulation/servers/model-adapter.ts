import {
  type CallContext,
  type Feed,
  isSyncError,
  type LiveEvent,
  type LiveRemote,
  type PullPage,
  type PullRequest,
  type PushRequest,
  type PushVerdict,
  type RefreshableRemote,
  type RemoteAdapter,
  type RemoteCapabilities,
  SyncError,
} from '@rowkeep/kernel'
import type { Tab } from '../devices/tab.ts'
import type { Fact } from '../oracles/diary.ts'
import type { World } from '../world.ts'
import type { Caller, Credentials } from './credentials.ts'
import type { Live } from './live.ts'
import type { Profile } from './profile.ts'

/** What the server does with a request that has come in. */
export interface Served {
  pull(caller: Caller, request: PullRequest): PullPage
  push(caller: Caller, request: PushRequest, key: string): Promise<readonly PushVerdict[]>
  readonly credentials: Credentials
  readonly live: Live
}

/** What an adapter makes of a status. */
function errorOf(status: number, seconds: number | undefined, cause: Error): SyncError {
  const retryAfterMs = seconds === undefined ? undefined : seconds * 1_000
  if (status === 429 || status === 503) return new SyncError('SYNC_RATE_LIMITED', { retryAfterMs, cause })
  return new SyncError('SYNC_NETWORK', { cause })
}

const hadNoEffect = (verdict: PushVerdict | undefined): boolean =>
  verdict?.kind === 'retry' && verdict.outcome === 'unapplied'

/** The connection of one tab to the server, over the network of the world. */
class Connection {
  readonly #world: World
  readonly #tab: Tab
  readonly #served: Served
  readonly #limits: RemoteCapabilities['limits']
  /** Pushes that are under way. */
  #pushes = 0

  constructor(world: World, tab: Tab, served: Served, { limits }: RemoteCapabilities) {
    this.#world = world
    this.#tab = tab
    this.#served = served
    this.#limits = limits
  }

  pull(request: PullRequest, context: CallContext): Promise<PullPage> {
    const { loop, diary } = this.#world
    const told = { tab: this.#tab.name, user: context.user, collections: request.feed.collections, sentAt: loop.now }
    this.#bounded('rows in a page', request.limit, this.#limits.pageRows)
    const answer = this.#call('pull', context, (caller) => this.#served.pull(caller, request))
    return answer.then(
      (page) => {
        const { kind } = page
        const more = kind !== 'expired' && page.more
        diary.tell({ kind: 'pulled', ...told, begins: request.cursor === null, page: kind, more })
        return page
      },
      (error: unknown) => {
        const { tab, user, collections } = told
        if (isSyncError(error, 'SYNC_FORBIDDEN')) diary.tell({ kind: 'pullRefused', tab, user, collections })
        throw error
      },
    )
  }

  push(request: PushRequest, context: CallContext): Promise<readonly PushVerdict[]> {
    // As it was when it was sent: copies of it may still arrive when the client has long gone on.
    const text = JSON.stringify(request)
    const key = this.#tab.key('pushed')
    this.#pushes += 1
    const { diary } = this.#world
    const { name: tab } = this.#tab
    diary.tell({ kind: 'sent', tab, operations: request.operations })
    this.#bounded('operations in a request', request.operations.length, this.#limits.operations)
    this.#bounded('requests at a time', this.#pushes, this.#limits.parallel)
    const answer = this.#call('push', context, (caller) =>
      this.#served.push(caller, JSON.parse(text) as PushRequest, key),
    )
    return answer
      .then((verdicts) => {
        const opIds = request.operations.flatMap(({ opId }, at) => (hadNoEffect(verdicts[at]) ? opId : []))
        for (const [at, operation] of request.operations.entries())
          if (verdicts[at]?.kind === 'rejected') diary.tell({ kind: 'rejected', tab, operation })
        if (verdicts.some((verdict) => verdict.kind === 'retry' && verdict.error.code === 'SYNC_AUTH_REQUIRED'))
          diary.tell({ kind: 'unauthorized', tab })
        if (opIds.length > 0) diary.tell({ kind: 'unapplied', tab, opIds })
        return verdicts
      })
      .finally(() => {
        this.#pushes -= 1
      })
  }

  subscribe(feed: Feed, listener: (event: LiveEvent) => void, { user }: CallContext): () => void {
    const { live, credentials } = this.#served
    const token = credentials.of(this.#caller)
    return live.subscribe(this.#tab, feed, user, listener, () => token.isGood && token.user === user)
  }

  refresh({ signal }: CallContext): Promise<boolean> {
    const caller = this.#caller
    return this.#carry('refresh', signal, async () => this.#served.credentials.renew(caller))
  }

  #bounded(what: Extract<Fact, { readonly kind: 'overLimit' }>['what'], count: number, most: number): void {
    if (count > most) this.#world.diary.tell({ kind: 'overLimit', tab: this.#tab.name, what, count, most })
  }

  get #caller(): Caller {
    return { user: this.#tab.user, device: this.#tab.device.name }
  }

  #call<T>(what: string, context: CallContext, serve: (caller: Caller) => T | Promise<T>): Promise<T> {
    const { credentials } = this.#served
    const token = credentials.of(this.#caller)
    return this.#carry(what, context.signal, async () => {
      const told = { kind: 'served', tab: this.#tab.name, what, named: context.user, owner: token.user } as const
      try {
        const answer = await serve(credentials.check(token, context.user))
        this.#world.diary.tell({ ...told, refusal: undefined })
        return answer
      } catch (error) {
        this.#world.diary.tell({ ...told, refusal: (error as SyncError).code })
        throw error
      }
    })
  }

  #carry<T>(what: string, signal: AbortSignal, arrive: () => Promise<T>): Promise<T> {
    // As the errors of vendors' clients do, it has the whole request in it.
    const cause = new Error(`sent with "authorization: Bearer token-of-${this.#tab.user}"`)
    const status = (code: number, seconds?: number): Promise<T> => Promise.reject(errorOf(code, seconds, cause))
    const garbled = (): Promise<T> => Promise.reject(new SyncError('SYNC_PROTOCOL', { cause }))
    const unreachable = (): SyncError => new SyncError('SYNC_NETWORK', { cause })
    return this.#world.network.carry(this.#tab, { what, arrive, status, garbled, unreachable }, signal)
  }
}

/** The adapter of one tab, with the optional parts that its profile has. */
export function modelAdapter(
  world: World,
  tab: Tab,
  { refreshes }: Profile,
  capabilities: RemoteCapabilities,
  served: Served,
): RemoteAdapter & Partial<LiveRemote & RefreshableRemote> {
  const connection = new Connection(world, tab, served, capabilities)
  return {
    name: 'model',
    capabilities,
    pull: (request, context) => connection.pull(request, context),
    push: (request, context) => connection.push(request, context),
    ...(capabilities.live === 'none'
      ? {}
      : { subscribe: (feed, listener, context) => connection.subscribe(feed, listener, context) }),
    ...(refreshes ? { refresh: (context) => connection.refresh(context) } : {}),
  }
}
