import { decodeFrameHead, FRAME_BYTES, type FrameHead, frameHolds, MAGIC } from './frame.ts'
import type { Reader } from './reader.ts'

/** A frame whose checksum held. `next`: where the one after it starts. */
export interface Frame extends FrameHead {
  readonly payload: Buffer
  readonly offset: number
  readonly next: number
}

/** Bytes that are no valid frame, `from` up to but without `to`. */
export interface Damage {
  readonly from: number
  readonly to: number
}

const SEARCH_BYTES = 65_536

/** The frame at `offset`, or `undefined` if none is whole and sound there. Without `salt`, one of any file counts. */
async function frameAt(reader: Reader, offset: number, salt: number | undefined): Promise<Frame | undefined> {
  const bytes = await reader.bytes(offset, FRAME_BYTES)
  const head = decodeFrameHead(bytes)
  if (!head || (salt !== undefined && head.salt !== salt)) return undefined
  const next = offset + FRAME_BYTES + head.length
  if (next > reader.end) return undefined
  const payload = await reader.bytes(offset + FRAME_BYTES, head.length)
  return frameHolds(bytes, payload) ? { ...head, payload, offset, next } : undefined
}

/** The first place at or after `offset` where the magic stands. */
async function findMagic(reader: Reader, offset: number): Promise<number | undefined> {
  for (let at = offset; at < reader.end; at += SEARCH_BYTES) {
    // The overlap finds a magic that lies across two windows.
    const found = (await reader.bytes(at, SEARCH_BYTES + MAGIC.length - 1)).indexOf(MAGIC)
    if (found >= 0) return at + found
  }
  return undefined
}

/** The first sound frame at or after `offset`. */
async function resynchronise(reader: Reader, offset: number, salt: number | undefined): Promise<Frame | undefined> {
  let at = await findMagic(reader, offset)
  while (at !== undefined) {
    const frame = await frameAt(reader, at, salt)
    if (frame) return frame
    at = await findMagic(reader, at + 1)
  }
  return undefined
}

/**
 * Every sound frame from `offset` on, and the damage between, in order. Damage that reaches the end comes last. Without
 * `salt` (the header is lost) the first frame found sets it.
 */
export async function* scan(reader: Reader, offset: number, salt?: number): AsyncGenerator<Frame | Damage, void> {
  let at = offset
  let known = salt
  while (at < reader.end) {
    const frame = (await frameAt(reader, at, known)) ?? (await resynchronise(reader, at + 1, known))
    if (!frame || frame.offset > at) yield { from: at, to: frame?.offset ?? reader.end }
    if (!frame) return
    known ??= frame.salt
    yield frame
    at = frame.next
  }
}

/** Tells the two things apart that {@link scan} gives. */
export const isFrame = (found: Frame | Damage): found is Frame => 'payload' in found
