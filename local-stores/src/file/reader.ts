import type { OpenFile } from './files.ts'

const CHUNK_BYTES = 1_048_576

/** Reads a file forward through one chunk of read-ahead. Buffers it hands out stay valid. */
export class Reader {
  readonly #file: OpenFile
  /** Bytes of the file that count; what lies behind is never looked at. */
  readonly end: number
  #from = 0
  #chunk: Buffer = Buffer.alloc(0)

  constructor(file: OpenFile, end: number) {
    this.#file = file
    this.end = end
  }

  /** The bytes from `offset`: as many as asked for, or fewer at the end. */
  async bytes(offset: number, length: number): Promise<Buffer> {
    const wanted = Math.max(0, Math.min(length, this.end - offset))
    const held = offset >= this.#from && offset + wanted <= this.#from + this.#chunk.length
    if (!held) await this.#fill(offset, wanted)
    return this.#chunk.subarray(offset - this.#from, offset - this.#from + wanted)
  }

  async #fill(offset: number, wanted: number): Promise<void> {
    // A new buffer each time: views of the old one are still in the caller's hands.
    const chunk = Buffer.allocUnsafe(Math.min(Math.max(wanted, CHUNK_BYTES), this.end - offset))
    let filled = 0
    while (filled < chunk.length) {
      const count = await this.#file.read(chunk.subarray(filled), offset + filled)
      if (count === 0) throw Object.assign(new Error('the journal is shorter than it was'), { code: 'EIO' })
      filled += count
    }
    this.#from = offset
    this.#chunk = chunk
  }
}
