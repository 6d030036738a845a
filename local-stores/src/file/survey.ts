import type { CommitNumber } from '@rowkeep/kernel'
import { HEADER_BYTES, type Header } from './frame.ts'
import { LiveKeys } from './live-keys.ts'
import type { Reader } from './reader.ts'
import { type Damage, type Frame, isFrame, scan } from './scan.ts'

/** What one pass over a journal found. */
export interface Survey {
  /** `undefined`: the header is damaged. */
  readonly header: Header | undefined
  readonly base: CommitNumber
  readonly head: CommitNumber
  readonly starts: number[]
  /** Behind the last sound frame. */
  readonly end: number
  readonly live: LiveKeys
  /** In order; a torn tail is not among them. */
  readonly damage: readonly Damage[]
  /** Frames that are not sound, or not there at all; 0: the journal is whole. */
  readonly badFrames: number
}

/** Told of each frame and each damage in order; a salvage looks closer at them. */
export type Witness = (found: Frame | Damage) => Promise<void>

class Surveyor {
  readonly header: Header | undefined
  readonly live = new LiveKeys()
  readonly starts: number[] = []
  readonly damage: Damage[] = []
  base: CommitNumber
  head: CommitNumber
  end: number
  #parts = 0
  #missing = 0
  #outOfPlace = 0

  constructor(header: Header | undefined, end: number) {
    this.header = header
    this.base = header?.base ?? 0
    this.head = this.base
    this.end = end
  }

  frame({ kind, number, payload, offset, next }: Frame): void {
    this.end = next
    if (kind === 'part') this.#part(number)
    else this.#commit(number, offset)
    this.live.apply(payload, number)
  }

  #part(number: CommitNumber): void {
    this.#parts += 1
    // Without a header the snapshot's own frames say which commit it holds.
    if (!this.header) this.base = number
    else if (number !== this.base || this.starts.length > 0) this.#outOfPlace += 1
    this.head = Math.max(this.head, this.base)
  }

  #commit(number: CommitNumber, offset: number): void {
    if (number <= this.head) this.#outOfPlace += 1
    this.#missing += Math.max(0, number - this.head - 1)
    this.head = Math.max(this.head, number)
    this.starts.push(offset)
  }

  /** Whether every part of the snapshot that the header speaks of was seen. */
  get snapshotWhole(): boolean {
    return this.header !== undefined && this.#parts >= this.header.parts
  }

  get badFrames(): number {
    const lostParts = Math.max(0, (this.header?.parts ?? 0) - this.#parts)
    const lostCommits = this.header ? this.#missing : 0
    return Math.max(this.damage.length, lostParts + lostCommits) + this.#outOfPlace
  }
}

/**
 * Reads a whole journal. Damage that reaches the end of the file, with the snapshot whole, is a torn tail: the last append
 * was cut short. Damage anywhere else, and a number that is missing, counts as bad frames.
 */
export async function survey(reader: Reader, header: Header | undefined, witness?: Witness): Promise<Survey> {
  const bodyStart = header ? HEADER_BYTES : 0
  const found = new Surveyor(header, Math.min(HEADER_BYTES, reader.end))
  for await (const item of scan(reader, bodyStart, header?.salt)) {
    if (isFrame(item)) found.frame(item)
    else if (item.to === reader.end && found.snapshotWhole) break
    else found.damage.push(item)
    await witness?.(item)
  }
  if (!header && found.damage.length === 0) {
    // An empty file has no bytes to be damaged, and yet is no journal.
    const nothing = { from: 0, to: reader.end }
    found.damage.push(nothing)
    await witness?.(nothing)
  }
  const { base, head, starts, end, live, damage, badFrames } = found
  return { header, base, head, starts, end, live, damage, badFrames }
}
