import { randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { CommitNumber } from '@rowkeep/kernel'

/*
 * The journal: one header, then frames. All numbers big-endian.
 *
 *   header  0 "ROWKEEP\n"  8 format u32  12 crc32 of 0..12  16 base u48  22 salt u32  26 parts u32  30 crc32 of 0..30
 *   frame   0 magic u32  4 salt u32  8 kind u8  9 number u48  15 length u32  19 crc32 of 4..19 and the payload  23 payload
 *
 * The first 16 bytes of the header stay as they are in every format, so that any version can tell a newer one from damage.
 */

/** The format this version writes, and the newest it reads. */
export const FORMAT = 1
export const HEADER_BYTES = 34
export const FRAME_BYTES = 23
/** Starts every frame. JSON in UTF-8 holds neither 0xff nor 0x00, so no payload can hold it. */
export const MAGIC: Buffer = Buffer.from([0xff, 0x52, 0x4b, 0x00])

const NAME = Buffer.from('ROWKEEP\n', 'latin1')
const COMMIT = 2
const PART = 1

/** What a journal says of itself. */
export interface Header {
  /** The commit its snapshot holds; its own commits go on from there. */
  readonly base: CommitNumber
  /** In every frame of this file, so that a frame of an older file, left on the disk, is never taken for one of this. */
  readonly salt: number
  /** How many frames its snapshot has. They were synced before the file got its name, so a missing one is damage. */
  readonly parts: number
}

/** Where a frame is and what it is: a `part` of the snapshot (numbered `base`), or one commit. */
export interface FrameHead {
  readonly kind: 'part' | 'commit'
  readonly number: CommitNumber
  readonly salt: number
  /** Bytes of the payload. */
  readonly length: number
  readonly checksum: number
}

/** A salt that no other file has. Not from Env: a seeded one would repeat, and it must differ between runs. */
export const newSalt = (): number => randomBytes(4).readUInt32BE()

export function encodeHeader({ base, salt, parts }: Header): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES)
  NAME.copy(bytes)
  bytes.writeUInt32BE(FORMAT, 8)
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 12)), 12)
  bytes.writeUIntBE(base, 16, 6)
  bytes.writeUInt32BE(salt, 22)
  bytes.writeUInt32BE(parts, 26)
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 30)), 30)
  return bytes
}

/** The header, or the number of a newer format, or `undefined` for damage. */
export function decodeHeader(bytes: Buffer): Header | { readonly newer: number } | undefined {
  if (bytes.length < 16 || !bytes.subarray(0, 8).equals(NAME)) return undefined
  if (crc32(bytes.subarray(0, 12)) !== bytes.readUInt32BE(12)) return undefined
  const format = bytes.readUInt32BE(8)
  if (format > FORMAT) return { newer: format }
  if (bytes.length < HEADER_BYTES || crc32(bytes.subarray(0, 30)) !== bytes.readUInt32BE(30)) return undefined
  return { base: bytes.readUIntBE(16, 6), salt: bytes.readUInt32BE(22), parts: bytes.readUInt32BE(26) }
}

const checksumOf = (head: Buffer, payload: Buffer): number => crc32(payload, crc32(head.subarray(4, 19)))

export function encodeFrame(kind: FrameHead['kind'], number: CommitNumber, salt: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(FRAME_BYTES)
  MAGIC.copy(head)
  head.writeUInt32BE(salt, 4)
  head.writeUInt8(kind === 'part' ? PART : COMMIT, 8)
  head.writeUIntBE(number, 9, 6)
  head.writeUInt32BE(payload.length, 15)
  head.writeUInt32BE(checksumOf(head, payload), 19)
  return Buffer.concat([head, payload])
}

/** What the first bytes of a frame say; `undefined` where no frame starts. */
export function decodeFrameHead(bytes: Buffer): FrameHead | undefined {
  if (bytes.length < FRAME_BYTES || !bytes.subarray(0, 4).equals(MAGIC)) return undefined
  const kind = bytes.readUInt8(8)
  if (kind !== PART && kind !== COMMIT) return undefined
  return {
    kind: kind === PART ? 'part' : 'commit',
    number: bytes.readUIntBE(9, 6),
    salt: bytes.readUInt32BE(4),
    length: bytes.readUInt32BE(15),
    checksum: bytes.readUInt32BE(19),
  }
}

/** Whether the checksum in `head` is that of head and payload. */
export const frameHolds = (head: Buffer, payload: Buffer): boolean =>
  checksumOf(head, payload) === head.readUInt32BE(19)
