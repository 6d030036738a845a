import type { Json, JsonObject } from '@rowkeep/kernel'

type Fetch = (request: Request) => Promise<Response>

/** A stream as the double has it: what comes down, and how it ends. */
export interface ChannelListener {
  message(message: JsonObject): void
  /** Told once, unless the channel was closed from this side. */
  ended(): void
}

/** Takes whole frames, each behind its length, off the front of a text. */
function framesOf(text: string): { readonly frames: readonly Json[]; readonly rest: string } {
  const frames: Json[] = []
  let rest = text
  for (;;) {
    const head = /^(\d+)\n/.exec(rest)
    const start = head?.[0].length ?? 0
    const end = start + Number(head?.[1])
    if (!head || rest.length < end) return { frames, rest }
    frames.push(JSON.parse(rest.slice(start, end)) as Json)
    rest = rest.slice(end)
  }
}

/** A client's end of one WebChannel: the only way to the streams of a double. */
export class Channel {
  readonly #fetch: Fetch
  readonly #url: string
  readonly #authorization: string
  readonly #listener: ChannelListener
  readonly #over = new AbortController()
  #sid: string | undefined
  #received = 0
  #sent = 0
  #sending: Promise<void> = Promise.resolve()

  /** `rpc`: `Listen` or `Write`. */
  constructor(fetch: Fetch, url: string, authorization: string, listener: ChannelListener) {
    this.#fetch = fetch
    this.#url = url
    this.#authorization = authorization
    this.#listener = listener
  }

  /** Sends a message, behind those sent before. */
  send(message: JsonObject): void {
    this.#sending = this.#sending.then(() => this.#post(message)).catch(() => this.#end())
  }

  close(): void {
    if (this.#over.signal.aborted) return
    this.#over.abort()
    if (this.#sid !== undefined) void this.#ask({ SID: this.#sid, TYPE: 'terminate' }, '').catch(() => undefined)
  }

  #end(): void {
    if (this.#over.signal.aborted) return
    this.#over.abort()
    this.#listener.ended()
  }

  async #ask(query: Readonly<Record<string, string>>, body?: string): Promise<Response> {
    const url = `${this.#url}?${new URLSearchParams({ VER: '8', ...query })}`
    const response = await this.#fetch(new Request(url, body === undefined ? {} : { method: 'POST', body }))
    if (!response.ok) throw new Error(`the channel answered ${response.status}`)
    return response
  }

  async #post(message: JsonObject): Promise<void> {
    const form = new URLSearchParams({ count: '1', ofs: String(this.#sent), req0___data__: JSON.stringify(message) })
    this.#sent += 1
    if (this.#sid !== undefined) {
      await this.#ask({ SID: this.#sid, AID: String(this.#received) }, form.toString())
      return
    }
    form.set('headers', `Authorization:${this.#authorization}\r\n`)
    const opened = framesOf(await (await this.#ask({ RID: '1' }, form.toString())).text())
    const [[, [, sid]]] = opened.frames[0] as [[number, [string, string]]]
    this.#sid = sid
    void this.#hang(sid).catch(() => this.#end())
  }

  /** One GET after the other, each for as long as the server lets it hang. */
  async #hang(sid: string): Promise<void> {
    const decoder = new TextDecoder()
    while (!this.#over.signal.aborted) {
      const { body } = await this.#ask({ SID: sid, RID: 'rpc', AID: String(this.#received), CI: '0', TYPE: 'xmlhttp' })
      const stop = (): void => void reader?.cancel().catch(() => undefined)
      const reader = body?.getReader()
      this.#over.signal.addEventListener('abort', stop)
      let text = ''
      for (let part = await reader?.read(); part && !part.done; part = await reader?.read())
        text = this.#take(text + decoder.decode(part.value, { stream: true }))
      this.#over.signal.removeEventListener('abort', stop)
    }
  }

  /** Passes on what is whole; the result is what is not. */
  #take(text: string): string {
    const { frames, rest } = framesOf(text)
    for (const [number, messages] of frames.flat() as [number, JsonObject[]][]) {
      this.#received = number
      for (const message of messages) if (!this.#over.signal.aborted) this.#listener.message(message)
    }
    return rest
  }
}
