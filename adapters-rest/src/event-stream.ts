import { protocolError } from './errors.ts'

/** An event of a stream: its type (`message` where the stream names none) and its data. */
export interface StreamEvent {
  readonly type: string
  readonly data: string
}

const longest = 65_536

/**
 * Reads `text/event-stream` as the bytes arrive, cut anywhere (WHATWG HTML, 9.2.6): lines end in CRLF, LF or CR; a line that
 * starts with a colon is a comment; several `data` lines are joined by LF; an event without data is dropped, and so is an
 * event the stream ends in. `id` and `retry` are ignored, since whoever subscribes again decides when.
 */
export class EventStreamReader {
  readonly #decoder: TextDecoder = new TextDecoder()
  #rest = ''
  #afterReturn = false
  #type = ''
  #data: string[] = []
  #size = 0

  /**
   * The events that these bytes complete.
   * @throws SyncError `SYNC_PROTOCOL` for a line, or the data of one event, longer than 65 536 characters
   */
  read(bytes: Uint8Array): readonly StreamEvent[] {
    const events: StreamEvent[] = []
    for (const line of this.#lines(this.#decoder.decode(bytes, { stream: true }))) {
      const event = line === '' ? this.#dispatch() : this.#field(line)
      if (event !== undefined) events.push(event)
    }
    return events
  }

  #lines(text: string): readonly string[] {
    if (text === '') return []
    // A LF after a CR that ended the last chunk belongs to that CR.
    const fresh = this.#afterReturn && text.startsWith('\n') ? text.slice(1) : text
    this.#afterReturn = text.endsWith('\r')
    const lines = fresh.split(/\r\n|\n|\r/)
    lines[0] = this.#rest + (lines[0] ?? '')
    this.#rest = lines.pop() ?? ''
    if ([this.#rest, ...lines].some(({ length }) => length > longest))
      throw protocolError('a line of the stream is too long')
    return lines
  }

  #field(line: string): undefined {
    const colon = line.indexOf(':')
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (name === 'event') this.#type = value
    if (name !== 'data') return
    this.#data.push(value)
    this.#size += value.length + 1
    if (this.#size > longest) throw protocolError('an event of the stream is too long')
  }

  #dispatch(): StreamEvent | undefined {
    const event = { type: this.#type || 'message', data: this.#data.join('\n') }
    const complete = this.#data.length > 0
    this.#type = ''
    this.#data = []
    this.#size = 0
    return complete ? event : undefined
  }
}
