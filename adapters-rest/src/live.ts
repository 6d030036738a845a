import { type CallContext, type Failure, type Feed, isSyncError, type LiveEvent } from '@rowkeep/kernel'
import { failureFrom } from '@rowkeep/kernel/adapters'
import { chunksOf } from './bodies.ts'
import { networkError, WireError } from './errors.ts'
import { EventStreamReader } from './event-stream.ts'
import { type Server, send } from './requests.ts'
import { paths } from './wire.ts'

/** Longest silence of a stream that is believed to be alive, ms. The server sends a comment at least every 25 s. */
const silenceMs = 60_000

/** One stream of one feed, from its request to its one `down`, or to the moment it is no longer wanted. */
class Subscription {
  readonly #listener: (event: LiveEvent) => void
  readonly #context: CallContext
  readonly #stop = new AbortController()
  #over = false
  #isUp = false
  #listenerError: string | undefined
  #disarm: () => void = () => undefined

  constructor(listener: (event: LiveEvent) => void, context: CallContext) {
    this.#listener = listener
    this.#context = { ...context, signal: AbortSignal.any([context.signal, this.#stop.signal]) }
  }

  async run(server: Server, feed: Feed): Promise<void> {
    this.#watch()
    try {
      await this.#read(server, feed)
      this.#down({ code: 'SYNC_NETWORK', message: 'the server ended the live stream' })
    } catch (thrown) {
      const error = isSyncError(thrown) ? thrown : networkError(thrown, 'the live stream', (text) => text)
      this.#down(error instanceof WireError ? error.failure : failureFrom(error))
    }
  }

  end(): void {
    this.#over = true
    this.#disarm()
    this.#stop.abort()
  }

  async #read(server: Server, { collections }: Feed): Promise<void> {
    const { signal } = this.#context
    const path = `${paths.live}?${new URLSearchParams({ collections: collections.join(',') })}`
    const { response } = await send(server, { path, accept: 'text/event-stream' }, this.#context)
    const reader = new EventStreamReader()
    for await (const bytes of chunksOf(response, signal)) {
      this.#watch()
      for (const { type } of reader.read(bytes)) this.#hear(type)
    }
  }

  /** Gives the stream another {@link silenceMs}. */
  #watch(): void {
    this.#disarm()
    const silent = (): void =>
      this.#down({ code: 'SYNC_TIMEOUT', message: `the live stream was silent for ${silenceMs} ms` })
    this.#disarm = this.#context.env.setTimer(silenceMs, silent)
  }

  #hear(type: string): void {
    if (type === 'poke') this.#tell({ kind: 'poke' })
    if (type !== 'up' || this.#isUp) return
    this.#isUp = true
    this.#tell({ kind: 'up' })
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
      // Nobody above could catch it, and the stream must go on: it is told with `down`.
      this.#listenerError = String(thrown)
    }
  }
}

/**
 * Listens to the changes of a feed: `up` once the server tells them from here on, `poke` for each, and one `down` with its
 * reason when the stream ends, fails, or gives no byte for {@link silenceMs}. It never connects again by itself. After the
 * result was called nothing is told any more, and the connection is given up.
 */
export function subscribe(
  server: Server,
  feed: Feed,
  listener: (event: LiveEvent) => void,
  context: CallContext,
): () => void {
  const subscription = new Subscription(listener, context)
  void subscription.run(server, feed)
  return () => subscription.end()
}
