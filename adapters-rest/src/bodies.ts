import { untilAborted } from './abort.ts'
import { protocolError } from './errors.ts'

const errorBytes = 65_536

/** Gives up a body that nobody will read, so that its connection is free. */
export function discard({ body }: Response): void {
  // A stream that has already failed refuses to be cancelled, and is as free.
  body?.cancel().catch(() => undefined)
}

/** Whether an answer says that it is JSON: `application/json` or any `application/...+json` (RFC 6839). */
export const isJson = ({ headers }: Response): boolean =>
  /^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(headers.get('content-type') ?? '')

/** The body as it arrives. Frees the connection when the reader stops early or `signal` aborts. */
export async function* chunksOf({ body }: Response, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  if (body === null) return
  const reader = body.getReader()
  try {
    while (true) {
      const { done, value } = await untilAborted(reader.read(), signal)
      if (done) return
      yield value
    }
  } finally {
    // As in discard(): what failed was thrown by read().
    reader.cancel().catch(() => undefined)
  }
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.byteLength
  }
  return whole
}

/** The whole body; no more than `limit` bytes are ever read. */
async function readBytes(response: Response, limit: number, signal: AbortSignal): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of chunksOf(response, signal)) {
    size += chunk.byteLength
    if (size > limit) {
      throw protocolError(`the answer is longer than ${limit} bytes: ask for fewer rows, or raise responseBytes`)
    }
    chunks.push(chunk)
  }
  return joined(chunks, size)
}

/**
 * The body parsed as JSON in UTF-8 (RFC 8259).
 * @throws SyncError `SYNC_PROTOCOL` if it is longer than `limit` bytes, cut off, or no JSON; what reading the stream throws, as it is
 */
export async function readJson(response: Response, limit: number, signal: AbortSignal): Promise<unknown> {
  const bytes = await readBytes(response, limit, signal)
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    // The parser's own message quotes the text, which may be anything.
    throw protocolError(`the answer is no JSON in UTF-8, or was cut off after ${bytes.byteLength} bytes`)
  }
}

/** The parsed body of an error answer; `undefined` where none can be read: then the status alone speaks. */
export async function readErrorBody(response: Response, signal: AbortSignal): Promise<unknown> {
  if (!isJson(response)) {
    discard(response)
    return undefined
  }
  return readJson(response, errorBytes, signal).catch(() => undefined)
}
