import type { Json, JsonObject } from '@rowkeep/kernel'
import { StatusError } from './status.ts'

/** The server's end of a stream of messages. */
interface Stream {
  receive(message: JsonObject): void
  close(): void
}

/** Makes the stream of a channel. `headers`: those of the client, which it sends in the first body. */
export type OpenStream = (headers: Headers, send: (message: Json) => void) => Stream

const encoder = new TextEncoder()

/** Length and text, as the chunks of a WebChannel are framed. */
const framed = (value: Json): string => {
  const text = JSON.stringify(value)
  return `${text.length}\n${text}`
}

const chunk = (value: Json, headers: Readonly<Record<string, string>> = {}): Response =>
  new Response(framed(value), { headers: { 'content-type': 'text/plain; charset=utf-8', ...headers } })

function headersOf(form: URLSearchParams): Headers {
  const headers = new Headers()
  for (const line of (form.get('headers') ?? '').split('\r\n')) {
    const at = line.indexOf(':')
    if (at > 0) headers.set(line.slice(0, at), line.slice(at + 1).trim())
  }
  return headers
}

/** One WebChannel session: messages up by POST, messages down by one hanging GET after another. */
class Session {
  readonly id: string
  readonly #stream: Stream
  /** Messages that the client has not said it has; it may ask for them on another GET. */
  #kept: { readonly number: number; readonly message: Json }[] = []
  #made = 0
  /** The newest message that went down on the GET that hangs. */
  #sent = 0
  #back: ReadableStreamDefaultController<Uint8Array> | undefined
  /** The client wants each chunk as an answer of its own, because something on the way holds streams back. */
  #oneByOne = false
  #isOver = false

  constructor(id: string, form: URLSearchParams, open: OpenStream) {
    this.id = id
    this.#stream = open(headersOf(form), (message) => this.#send(message))
  }

  /** Messages of the client, as a form: `count`, and `req<n>___data__` for each. */
  receive(form: URLSearchParams): void {
    for (let at = 0; at < Number(form.get('count') ?? 0); at += 1) {
      const text = form.get(`req${at}___data__`)
      if (text !== null) this.#take(text)
    }
  }

  /** The client has all messages up to this one. */
  acknowledge(number: number): void {
    this.#kept = this.#kept.filter((one) => one.number > number)
  }

  /** Whether a GET hangs, and how many messages there were. */
  state(): Json {
    return [this.#back ? 1 : 0, this.#made, 0]
  }

  /** The answer to a GET: all messages that the client does not have, and those to come. */
  backChannel(oneByOne: boolean): Response {
    this.#release()
    this.#oneByOne = oneByOne
    this.#sent = 0
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#back = controller
        this.#flush()
      },
      cancel: () => {
        this.#back = undefined
      },
    })
    return new Response(body, { headers: { 'content-type': 'text/plain; charset=utf-8' } })
  }

  close(): void {
    this.#isOver = true
    this.#stream.close()
    this.#release()
  }

  #take(text: string): void {
    try {
      this.#stream.receive(JSON.parse(text) as JsonObject)
    } catch (thrown) {
      if (!(thrown instanceof StatusError)) throw thrown
      // An error ends the stream behind the channel, and the client closes the channel.
      this.#send({ error: { ...thrown.body.error } })
    }
  }

  #send(message: Json): void {
    if (this.#isOver) return
    this.#made += 1
    this.#kept.push({ number: this.#made, message })
    this.#flush()
  }

  #flush(): void {
    const due = this.#kept.filter(({ number }) => number > this.#sent)
    if (!this.#back || due.length === 0) return
    this.#back.enqueue(encoder.encode(framed(due.map(({ number, message }) => [number, [message]]))))
    this.#sent = this.#made
    if (this.#oneByOne) this.#release()
  }

  #release(): void {
    const back = this.#back
    this.#back = undefined
    back?.close()
  }
}

/** WebChannel, as far as the web SDK speaks it (goog.labs.net.webChannel, version 8). */
export class Channels {
  readonly #sessions = new Map<string, Session>()
  readonly #open: (rpc: string) => OpenStream
  #count = 0

  constructor(open: (rpc: string) => OpenStream) {
    this.#open = open
  }

  async answer(request: Request, url: URL, rpc: string): Promise<Response> {
    const form = new URLSearchParams(request.method === 'POST' ? await request.text() : '')
    const sid = url.searchParams.get('SID')
    if (sid === null) return this.#begin(form, rpc)
    const session = this.#sessions.get(sid)
    if (!session) return new Response('Unknown SID', { status: 400 })
    if (url.searchParams.get('TYPE') === 'terminate') {
      this.#end(session)
      return new Response('')
    }
    session.acknowledge(Number(url.searchParams.get('AID') ?? 0))
    if (request.method !== 'POST') return session.backChannel(url.searchParams.get('CI') === '1')
    session.receive(form)
    return chunk(session.state())
  }

  /** Drops every session, as a server that goes away does. */
  close(): void {
    for (const session of this.#sessions.values()) this.#end(session)
  }

  #begin(form: URLSearchParams, rpc: string): Response {
    this.#count += 1
    const session = new Session(`session-${this.#count}`, form, this.#open(rpc))
    this.#sessions.set(session.id, session)
    // The client has to know the session before it hears of anything in it.
    queueMicrotask(() => session.receive(form))
    return chunk([[0, ['c', session.id, '', 8, 14, 30000]]], { 'x-http-session-id': session.id })
  }

  #end(session: Session): void {
    this.#sessions.delete(session.id)
    session.close()
  }
}
