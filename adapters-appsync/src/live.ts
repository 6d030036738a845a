import { type CallContext, type Env, type Failure, type Feed, isSyncError, type LiveEvent } from '@rowkeep/kernel'
import { failureFrom } from '@rowkeep/kernel/adapters'
import type { Mutation } from './documents.ts'
import { unsentError, WireError } from './failure.ts'
import { isObject } from './json.ts'
import type { Remote } from './remote.ts'
import { credentialsOf } from './requests.ts'

/** What is used of Amplify's `Hub`: the one place where its client tells that a subscription was acknowledged. */
export interface AppsyncHub {
  listen(
    channel: 'api',
    listener: (capsule: { readonly payload: { readonly event: string; readonly data?: unknown } }) => void,
  ): () => void
}

interface Observable {
  subscribe(observer: {
    readonly next: (value: unknown) => void
    readonly error: (reason: unknown) => void
    readonly complete: () => void
  }): { unsubscribe(): void }
}

const kinds: readonly Mutation[] = ['create', 'update', 'delete']

/** Reasons as Amplify words them: `Connection failed: ` and the server's own text. */
const reasons: readonly (readonly [RegExp, Failure['code']])[] = [
  [/UnauthorizedException|Token has expired|No current user|No auth token/i, 'SYNC_AUTH_REQUIRED'],
  [/Unauthorized|Not Authorized|Permission denied/i, 'SYNC_FORBIDDEN'],
  [/LimitExceeded|MaxSubscriptions|Throttl/i, 'SYNC_RATE_LIMITED'],
]

function failureOf(reason: unknown, hide: (text: string) => string): Failure {
  const { errors } = (isObject(reason) ? reason : {}) as { readonly errors?: unknown }
  const first: unknown = Array.isArray(errors) ? errors[0] : reason
  const { message } = (typeof first === 'object' && first !== null ? first : {}) as { readonly message?: unknown }
  const text = typeof message === 'string' ? message : 'the subscription failed'
  const code = reasons.find(([pattern]) => pattern.test(text))?.[1] ?? 'SYNC_NETWORK'
  return { code, message: hide(text).slice(0, 500) }
}

/** The subscriptions of one feed, from the first request to their one `down`, or until they are no longer wanted. */
class Subscription {
  readonly #listener: (event: LiveEvent) => void
  readonly #ends: (() => void)[] = []
  readonly #waiting = new Set<string>()
  #over = false
  #listenerError: string | undefined

  constructor(listener: (event: LiveEvent) => void) {
    this.#listener = listener
  }

  async run(remote: Remote, hub: AppsyncHub, feed: Feed, context: CallContext): Promise<void> {
    try {
      const [collection = ''] = feed.collections
      const model = remote.models.get(collection)
      if (!model || feed.collections.length > 1)
        throw unsentError('SYNC_UNSUPPORTED', `models names no collection ${JSON.stringify(feed.collections)}`)
      const { auth, hide } = await credentialsOf(remote.api, context)
      if (this.#over) return
      this.#hear(hub, context.env)
      const documents = remote.documentsOf(model)
      for (const kind of kinds) {
        // The acknowledgement names the query and not the caller; so the query gets a name that nobody else has.
        const name = `Rowkeep_${kind}${model.name}_${context.env.uuid().replaceAll('-', '')}`
        this.#waiting.add(name)
        const query = documents.subscription(kind, name)
        this.#open(remote.api.client.graphql({ query, ...auth }) as Observable, hide)
      }
    } catch (thrown) {
      const error = isSyncError(thrown) ? thrown : undefined
      const known = error instanceof WireError ? error.failure : error && failureFrom(error)
      this.#down(known ?? failureOf(thrown, (text) => text))
    }
  }

  end(): void {
    this.#over = true
    for (const end of this.#ends.splice(0)) end()
  }

  #open(subscription: Observable, hide: (text: string) => string): void {
    const running = subscription.subscribe({
      next: () => this.#tell({ kind: 'poke' }),
      error: (reason) => this.#down(failureOf(reason, hide)),
      complete: () => this.#down({ code: 'SYNC_NETWORK', message: 'the subscription was completed' }),
    })
    this.#ends.push(() => running.unsubscribe())
    // It may have failed, and all have been ended, while it was being opened.
    if (this.#over) running.unsubscribe()
  }

  #hear(hub: AppsyncHub, env: Env): void {
    const stop = hub.listen('api', ({ payload: { event, data } }) => {
      if (!isObject(data)) return
      if (event === 'Subscription ack') this.#acknowledged(String(data['query']))
      if (event === 'ConnectionStateChange' && String(data['connectionState']).startsWith('ConnectionDisrupted'))
        this.#broken(env)
    })
    this.#ends.push(stop)
  }

  #acknowledged(query: string): void {
    for (const name of this.#waiting) {
      if (!query.includes(name)) continue
      this.#waiting.delete(name)
      if (this.#waiting.size === 0) this.#tell({ kind: 'up' })
    }
  }

  /** The client would connect again by itself, but would never tell that changes were missed. */
  #broken(env: Env): void {
    // Where the server refused the connection, the error with its reason is already on its way.
    const lost = (): void => this.#down({ code: 'SYNC_NETWORK', message: 'the live connection was lost' })
    this.#ends.push(env.setTimer(0, lost))
  }

  #down(failure: Failure): void {
    const details =
      this.#listenerError === undefined ? {} : { details: { ...failure.details, listenerError: this.#listenerError } }
    this.#tell({ kind: 'down', error: { ...failure, ...details } })
    this.end()
  }

  #tell(event: LiveEvent): void {
    if (this.#over) return
    try {
      this.#listener(event)
    } catch (thrown) {
      // Nobody above could catch it, and the channel must go on: it is told with `down`.
      this.#listenerError = String(thrown)
    }
  }
}

/**
 * Listens to `onCreateX`, `onUpdateX` and `onDeleteX` of a feed: `up` once AppSync has acknowledged all three, `poke` for
 * each change, and one `down` with its reason when one of them fails or the connection is lost. It never subscribes again
 * by itself. After the result was called nothing is told any more.
 */
export function subscribe(
  remote: Remote,
  hub: AppsyncHub,
  feed: Feed,
  listener: (event: LiveEvent) => void,
  context: CallContext,
): () => void {
  const subscription = new Subscription(listener)
  const end = (): void => subscription.end()
  context.signal.addEventListener('abort', end, { once: true })
  void subscription.run(remote, hub, feed, context)
  return () => {
    context.signal.removeEventListener('abort', end)
    end()
  }
}
