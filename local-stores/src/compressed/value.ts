import type { Json } from '@rowkeep/kernel'
import { fromBase64, toBase64 } from '../common/base64.ts'
import { deflate, inflate } from './deflate.ts'

// A value is stored as it is, but for two kinds of text: `z:<bytes>:<base64>` is a compressed value, and `=:...` is a text that
// would otherwise be taken for one of the two.
const DEFLATED = 'z:'
const ESCAPED = '=:'

const decoder = new TextDecoder('utf-8', { fatal: true })

/** The value that stands for one whose JSON is `text`: compressed, where it has `minBytes` and that makes it smaller. */
export async function pack(value: Json, text: string, minBytes: number): Promise<Json> {
  if (text.length >= minBytes) {
    const bytes = new TextEncoder().encode(text)
    const packed = `${DEFLATED}${bytes.length}:${toBase64(await deflate(bytes))}`
    if (packed.length + 2 < bytes.length) return packed
  }
  const mistakable = typeof value === 'string' && (value.startsWith(DEFLATED) || value.startsWith(ESCAPED))
  return mistakable ? `${ESCAPED}${value}` : value
}

async function unpackText(stored: string, most: number): Promise<Json | undefined> {
  const [, length, base64] = /^z:(\d{1,12}):([A-Za-z0-9+/=]+)$/.exec(stored) ?? []
  const bytes = fromBase64(base64 ?? '')
  // What says that it is larger than any value may be is not even begun.
  if (!bytes || length === undefined || Number(length) > most) return undefined
  const whole = await inflate(bytes, Number(length))
  if (whole?.length !== Number(length)) return undefined
  try {
    return JSON.parse(decoder.decode(whole)) as Json
  } catch {
    return undefined
  }
}

/** The value that {@link pack} was given; `undefined` where it cannot be made out, or would be more than `most` bytes. */
export async function unpack(stored: Json, most: number): Promise<Json | undefined> {
  if (typeof stored !== 'string') return stored
  if (stored.startsWith(ESCAPED)) return stored.slice(ESCAPED.length)
  return stored.startsWith(DEFLATED) ? unpackText(stored, most) : stored
}
