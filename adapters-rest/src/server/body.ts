import { type Json, SyncError } from '@rowkeep/kernel'
import { flawOf, maxDepth } from '../json.ts'

// What a value lies in: the list of operations, the operation, its change, one of the parts of it.
const envelopeDepth = 8

const tooLarge = (bytes: number): SyncError =>
  new SyncError('SYNC_TOO_LARGE', { message: `the body is larger than ${bytes} bytes: send fewer operations at once` })

/** The body's pieces; one that breaks off is the client's affair, not a failure of the server. */
async function* chunksOf(request: Request): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array>) yield chunk
  } catch (cause) {
    throw new SyncError('SYNC_PROTOCOL', { message: 'the body broke off', cause })
  }
}

/** Reads no further than allowed, whatever the headers say. */
async function bytesOf(request: Request, most: number): Promise<Uint8Array> {
  if (Number(request.headers.get('content-length') ?? 0) > most) throw tooLarge(most)
  const chunks: Uint8Array[] = []
  let length = 0
  // Leaving the loop by an error cancels the body.
  for await (const chunk of chunksOf(request)) {
    length += chunk.byteLength
    if (length > most) throw tooLarge(most)
    chunks.push(chunk)
  }
  const bytes = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return bytes
}

function parse(bytes: Uint8Array): Json {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as Json
  } catch {
    // The parser's message quotes the body, which may hold a record.
    throw new SyncError('SYNC_PROTOCOL', { message: 'the body is not JSON in UTF-8' })
  }
}

/**
 * The parsed body of a request.
 * @throws SyncError `SYNC_TOO_LARGE` beyond `most` bytes · `SYNC_PROTOCOL` for anything but JSON, for nesting beyond what a record may have, for a number that is not finite
 */
export async function bodyOf(request: Request, most: number): Promise<Json> {
  const value = parse(await bytesOf(request, most))
  const flaw = flawOf(value, maxDepth + envelopeDepth)
  if (flaw !== undefined) throw new SyncError('SYNC_PROTOCOL', { message: `the body cannot be taken: ${flaw}` })
  return value
}
