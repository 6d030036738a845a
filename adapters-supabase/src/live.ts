import { type CallContext, type Failure, isSyncError, type LiveEvent } from '@rowkeep/kernel'
import { failureFrom } from '@rowkeep/kernel/adapters'
import type { Client } from './client.ts'
import { WireError } from './errors.ts'
import { isObject } from './json.ts'
import type { Source } from './profile.ts'
import { type SessionSource, tokenFor } from './session.ts'
import { joinTopic } from './topics.ts'

/** Words of the Realtime server or client -> code; the first that fits. */
const reasons: readonly (readonly [RegExp, Failure['code']])[] = [
  [/jwt|token/i, 'SYNC_AUTH_REQUIRED'],
  [/unauthorized|permission/i, 'SYNC_FORBIDDEN'],
  [/unable to subscribe/i, 'SYNC_CONFIG_INVALID'],
]

function failureOf(status: string, words: string): Failure {
  const code = reasons.find(([pattern]) => pattern.test(words))?.[1]
  const otherwise = status === 'TIMED_OUT' ? 'SYNC_TIMEOUT' : 'SYNC_NETWORK'
  // A token never stands in these words; they are the server's, or the name of what the socket met.
  return { code: code ?? otherwise, message: `realtime: ${status} ${words}`.trim().slice(0, 300) }
}

/** One channel of one feed, from its joining to its one `down`, or to the moment it is no longer wanted. */
class Subscription {
  readonly #client: Client
  readonly #listener: (event: LiveEvent) => void
  #over = false
  #isUp = false
  #leave: () => void = () => undefined
  #listenerError: string | undefined

  constructor(client: Client, listener: (event: LiveEvent) => void) {
    this.#client = client
    this.#listener = listener
  }

  async run(source: Source, session: SessionSource, context: CallContext): Promise<void> {
    try {
      await tokenFor(context, session)
      if (this.#over) return
      if (source.kind === 'broadcast') this.#join(source.topic)
      else await this.#follow(source, context.env.uuid())
    } catch (thrown) {
      if (isSyncError(thrown)) this.#down(thrown instanceof WireError ? thrown.failure : failureFrom(thrown))
      else this.#down(failureOf('CHANNEL_ERROR', thrown instanceof Error ? thrown.message : typeof thrown))
    }
  }

  end(): void {
    this.#over = true
    const leave = this.#leave
    // To leave is told as a status of its own, at once.
    this.#leave = () => undefined
    leave()
  }

  #join(topic: string): void {
    this.#leave = joinTopic(this.#client, topic, {
      heard: () => this.#tell({ kind: 'poke' }),
      status: (status, words) => this.#hearStatus(status, words),
    })
  }

  /** A channel name of its own: the client gives everybody who asks for one name the same channel. */
  async #follow(
    { schema, table }: Extract<Source, { readonly kind: 'postgres_changes' }>,
    name: string,
  ): Promise<void> {
    const client = this.#client
    // Policies would hide every row from a join that went out before the client had put the token on its socket.
    await client.realtime.setAuth()
    if (this.#over) return
    const channel = client.channel(`rowkeep:${name}`)
    // Nobody is left to be told of a leave that fails; the server forgets the channel with its socket.
    this.#leave = () => void client.removeChannel(channel).then(undefined, () => undefined)
    channel
      .on('postgres_changes', { event: '*', schema, table }, () => this.#tell({ kind: 'poke' }))
      .on('system', {}, (payload) => this.#hearSystem(payload))
      .subscribe((status, error) => this.#hearStatus(status, error?.message ?? ''))
  }

  /** After the joining the server still may find that it cannot follow the table. */
  #hearSystem(payload: unknown): void {
    if (isObject(payload) && payload['status'] === 'error') {
      this.#down(failureOf('CHANNEL_ERROR', String(payload['message'])))
    }
  }

  #hearStatus(status: string, words: string): void {
    if (status !== 'SUBSCRIBED') this.#down(failureOf(status, words))
    else if (!this.#isUp) {
      this.#isUp = true
      this.#tell({ kind: 'up' })
    }
  }

  #down(failure: Failure): void {
    const details = this.#listenerError === undefined ? {} : { listenerError: this.#listenerError }
    this.#tell({ kind: 'down', error: { ...failure, details: { ...failure.details, ...details } } })
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

/** A live channel as it is asked for. */
export interface LiveAsk {
  readonly client: Client
  readonly session: SessionSource
  readonly source: Source
  readonly listener: (event: LiveEvent) => void
  readonly context: CallContext
}

/**
 * Listens by a Realtime channel: `up` when the server has taken it, `poke` for each change, and one `down` with its reason
 * when it is refused, closed, or gives no sign of life to the client's own heartbeat. It never joins again by itself. After
 * the result was called nothing is told any more, and the channel is removed.
 */
export function subscribe({ client, session, source, listener, context }: LiveAsk): () => void {
  const subscription = new Subscription(client, listener)
  const end = (): void => {
    context.signal.removeEventListener('abort', end)
    subscription.end()
  }
  context.signal.addEventListener('abort', end, { once: true })
  void subscription.run(source, session, context)
  return end
}
