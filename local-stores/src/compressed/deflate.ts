async function collect(stream: ReadableStream<Uint8Array>, most: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const parts: Uint8Array[] = []
  let length = 0
  // Not every browser iterates a stream.
  const reader = stream.getReader()
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    length += next.value.length
    if (length > most) {
      // No more than one part too many is ever made. What the end of it says is of no interest.
      reader.cancel().catch(() => undefined)
      return undefined
    }
    parts.push(next.value)
  }
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

const through = (
  bytes: Uint8Array<ArrayBuffer>,
  stream: CompressionStream | DecompressionStream,
): ReadableStream<Uint8Array> =>
  new Blob([bytes]).stream().pipeThrough(stream as unknown as TransformStream<Uint8Array, Uint8Array>)

/** Compresses bytes (DEFLATE, RFC 1951, without a header). */
export async function deflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const whole = await collect(through(bytes, new CompressionStream('deflate-raw')), Number.POSITIVE_INFINITY)
  return whole as Uint8Array
}

/** The bytes that {@link deflate} was given; `undefined` for damaged ones, and for any that would become more than `most`. */
export async function inflate(bytes: Uint8Array<ArrayBuffer>, most: number): Promise<Uint8Array | undefined> {
  try {
    return await collect(through(bytes, new DecompressionStream('deflate-raw')), most)
  } catch {
    return undefined
  }
}
