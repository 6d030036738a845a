import type { Env } from '@rowkeep/kernel'

/** How often a silent stream says that it is alive, ms; proxies and the adapter allow at least 25 s. */
const heartbeatMs = 20_000
/** Messages kept for a slow reader before pokes are merged. */
const roomFor = 16

const headers = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store, no-transform',
  // Otherwise nginx would collect messages before it passes them on.
  'x-accel-buffering': 'no',
}

/** What one stream needs. */
export interface LiveSource {
  readonly env: Env
  /** Ends the stream when the client goes. */
  readonly signal: AbortSignal
  /** When the stream ends by itself, ms. */
  readonly lastsMs: number
  /** Starts telling of changes; the result stops it. */
  listen(poke: () => void): () => void
  /** Told once, whatever ends the stream. */
  ended(): void
}

/** One stream: its answer, and a way to end it from the server's side. */
export interface LiveStream {
  readonly response: Response
  end(): void
}

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)
// Without a data line a browser's EventSource would drop the event (HTML, 9.2.6).
const event = (name: string): Uint8Array<ArrayBuffer> => bytes(`event: ${name}\ndata: {}\n\n`)
const heartbeat = bytes(': \n\n')

/**
 * Server-sent events (HTML, 9.2): `up` at once, `poke` for changes, a comment every 20 s. A reader that does not keep up
 * gets fewer pokes, never a longer queue: one poke says as much as ten.
 */
export function liveStream(source: LiveSource): LiveStream {
  const { env, signal, lastsMs } = source
  let controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined
  let owed = false
  const undo: (() => void)[] = []

  const send = (message: Uint8Array<ArrayBuffer>): boolean => {
    const room = (controller?.desiredSize ?? 0) > 0
    if (room) controller?.enqueue(message)
    return room
  }
  const poke = (): void => {
    owed = !send(event('poke'))
  }
  const beat = (): void => {
    send(heartbeat)
    undo[0] = env.setTimer(heartbeatMs, beat)
  }
  const stop = (): boolean => {
    if (controller === undefined) return false
    controller = undefined
    for (const one of undo.splice(0)) one()
    source.ended()
    return true
  }
  const end = (): void => {
    const open = controller
    if (stop()) open?.close()
  }
  const start = (opened: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>): void => {
    controller = opened
    undo.push(env.setTimer(heartbeatMs, beat), env.setTimer(lastsMs, end), source.listen(poke))
    signal.addEventListener('abort', end, { once: true })
    undo.push(() => signal.removeEventListener('abort', end))
    send(event('up'))
  }
  const pull = (): void => {
    if (owed) poke()
  }
  const body = new ReadableStream({ start, pull, cancel: () => void stop() }, { highWaterMark: roomFor })
  return { response: new Response(body, { headers }), end }
}
